"""Browsers and operating systems in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

SHORTENED_TO = 60


def in_words(user_agent: str) -> str:
    """Return such as "Firefox on Linux", if ua-parser is installed and knows the client; else the shortened agent string.

    What the client says of itself is all that is known: it may call itself anything.
    """
    browser, system = _families(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _shortened(user_agent) or _("Unknown client")


def _families(user_agent: str) -> tuple[str, str]:
    try:
        from ua_parser import parse_os, parse_user_agent
    except ImportError:  # the extra `agents` is not installed
        return "", ""
    browser, system = parse_user_agent(user_agent), parse_os(user_agent)
    return browser.family if browser else "", system.family if system else ""


def _shortened(user_agent: str) -> str:
    return user_agent if len(user_agent) <= SHORTENED_TO else f"{user_agent[: SHORTENED_TO - 1]}…"
