"""Text that is stored to be compared: names and e-mail addresses in one folded form."""

from __future__ import annotations

import unicodedata

MOST_WORDS = 10
"""More narrow a search no further, and each costs one comparison a row."""


def folded(text: str) -> str:
    """Return `text` for ordering and searching without regard to case or compatibility forms (NFKC, casefolded)."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def looks(text: str) -> str:
    """Return what is the same for two texts that people can hardly tell apart.

    Folded, without what is not seen, one space between words, and the letters of other scripts that look like Latin
    ones as these. Not every trick: figures for letters are seen by who looks.
    """
    shown = (character for character in folded(text) if not _is_unseen(character))
    return " ".join("".join(shown).translate(_LOOK_ALIKES).split())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in _UNSEEN


_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0").union(
    map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0))
)
"""Fillers, joiners and selectors of variants, beside the format characters (zero width and the like)."""
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0585\u057c\u0578\u0131"
    "\u1d00\u0299\u1d05\u1d07\u026a\u1d0d\u0274\u1d0f\u0280\u1d21",
    "abekmhopctyxsijhdqw" + "abeikmnoptyxonni" + "abdeimnorw",
)
"""Folded letters that look like Latin ones, small or large: Cyrillic, Greek and Armenian, and the small capitals."""


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


def is_storable(text: str) -> bool:
    """Whether a database takes the text at all: NUL, and halves of characters, come in JSON."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text))
