"""Text that is stored to be compared: names and e-mail addresses in one folded form."""

from __future__ import annotations

import unicodedata

MOST_WORDS = 10
"""More narrow a search no further, and each costs one comparison a row."""


def folded(text: str) -> str:
    """Return `text` for ordering and searching without regard to case or compatibility forms (NFKC, casefolded)."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def first_words(text: str) -> list[str]:
    """Return the words of a search as they were typed; the first `MOST_WORDS` count."""
    return text.split(maxsplit=MOST_WORDS)[:MOST_WORDS]


def search_words(text: str) -> list[str]:
    """Return the words of a search, folded."""
    return [folded(word) for word in first_words(text)]


def normalized_email(address: str) -> str:
    """Return the one form in which an address is stored and compared: NFKC, trimmed, lower case, the domain as DNS has it.

    The local part is folded too: mail systems that tell `Ada@` from `ada@` are not met in practice, and treating the
    two as one person is the safe side for invitations. A domain with letters beyond ASCII becomes `xn--…`, so one that
    only looks like another is seen to differ.
    """
    folded_address = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = folded_address.rpartition("@")
    if not at or domain.isascii():
        return folded_address
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return folded_address


def spellings(address: str) -> tuple[str, ...]:
    """Return a normalized address, and how it may stand in a column that nobody normalized: the domain in letters."""
    local, at, domain = address.rpartition("@")
    try:
        return tuple(dict.fromkeys((address, f"{local}{at}{domain.encode().decode('idna')}")))
    except UnicodeError:
        return (address,)
