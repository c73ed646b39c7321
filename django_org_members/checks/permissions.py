"""The setting PERMISSIONS: its shape, and that Django has each of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

from ..conf import settings
from .messages import caution, error


def rows() -> Iterator[CheckMessage]:
    """Django must have each of them in its table."""
    from ..policy import registry

    try:
        missing = registry.missing()
    except ImproperlyConfigured:  # E010 tells
        return
    for name, is_declared in missing.items():
        hint = 'Run "manage.py migrate": it makes what the models declare.'
        if not is_declared:
            hint = f"Correct the name, or declare {name.partition('.')[2]!r} in the Meta.permissions of a model of the app."
        yield caution("W005", f"PERMISSIONS: Django has no permission {name!r}.", hint)


def declared() -> Iterator[CheckMessage]:
    """They must be groups of names, each with words."""
    try:
        problems = [*_wrong_names(), *_missing_words()]
    except ImproperlyConfigured as wrong:
        problems = [str(wrong)]
    for problem in problems:
        hint = 'Give groups of (name, words): [("Tickets", [("tickets.view_ticket", "See the tickets")])].'
        yield error("E010", problem, hint)


def _wrong_names() -> Iterator[str]:
    from ..policy.permissions import PREFIX

    names = [name for _label, permissions in settings.PERMISSIONS for name, _words in permissions]
    for name in dict.fromkeys(names):
        app, _, codename = name.partition(".")
        if not (app.isidentifier() and codename) or name.split() != [name]:
            yield f"PERMISSIONS: {name!r} is not the name of a permission, app.codename."
        if app == PREFIX:
            yield f"PERMISSIONS: {name!r} is the package's own."
        if names.count(name) > 1:
            yield f"PERMISSIONS: {name!r} is there twice."


def _missing_words() -> Iterator[str]:
    for label, permissions in settings.PERMISSIONS:
        if not _is_text(label):
            yield f"PERMISSIONS: {label!r} is no label of a group."
        for name, words in permissions:
            if not _is_text(words):
                yield f"PERMISSIONS: {name!r} has no words that tell people what it lets them do."


def _is_text(words: object) -> bool:
    return isinstance(words, (str, Promise)) and bool(str(words).strip())
