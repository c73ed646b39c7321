"""Names, addresses and numbers as people type them: checked once, wherever they come in."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from ..form_errors import field_error
from ..models.text import looks, normalized_email

NAME_LIMIT, EMAIL_LIMIT, PHONE_LIMIT = 150, 254, 50

_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters: controls, halves of a character, and Unicode's own breaks of lines and paragraphs."""
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the writing direction of what follows: they can make a name read as another."""


def clean_name(text: str, *, field: str = "full_name", limit: int = NAME_LIMIT) -> str:
    """Return a name, trimmed; raises `ValidationError` at the field if nothing of it is seen, or it is long or not one line."""
    name = unicodedata.normalize("NFC", text).strip()
    if not looks(name):
        raise field_error(field, _("A name is needed."), "required")
    return _one_line(field, name, limit)


def clean_email(text: str) -> str:
    """Return an address in its normalized form; raises `ValidationError` at `email` if it is none."""
    address = normalized_email(_one_line("email", text.strip(), EMAIL_LIMIT))
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError({"email": error}) from None
    return address


def clean_phone(text: str) -> str:
    """Return a phone number, trimmed, as it was written; raises `ValidationError` at `phone`. Empty is fine."""
    phone = _one_line("phone", text.strip(), PHONE_LIMIT)
    if phone and not any(character.isdecimal() for character in phone):
        raise field_error("phone", _("A phone number has digits."), "invalid")
    return phone


def clean_remark(text: str, *, field: str, limit: int) -> str:
    """Return a remark on one line, with single spaces; raises `ValidationError` at the field. Empty is fine."""
    return _one_line(field, " ".join(unicodedata.normalize("NFC", text).split()), limit)


def clean_lines(text: str, *, field: str, limit: int) -> str:
    """Return a remark of one or several lines, trimmed; raises `ValidationError` at the field if it is empty or long.

    Every kind of line break becomes a line feed; other control characters are refused as everywhere.
    """
    lines = unicodedata.normalize("NFC", text).replace("\t", " ").strip().splitlines()
    if not lines:
        raise field_error(field, _("This field is required."), "required")
    for line in lines:
        _check_characters(field, line)
    return _within(field, "\n".join(line.rstrip() for line in lines), limit)


def _one_line(field: str, text: str, limit: int) -> str:
    _check_characters(field, _within(field, text, limit))
    return text


def _within(field: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise field_error(field, _("At most %(limit)d characters fit here."), "max_length", limit=limit)
    return text


def _check_characters(field: str, text: str) -> None:
    if any(unicodedata.category(character) in _CONTROLS or character in _OVERRIDES for character in text):
        raise field_error(field, _("Line breaks and control characters are not allowed here."), "characters")
