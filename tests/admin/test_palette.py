"""Every colour of the palette can be read: contrast by WCAG 2.2, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import django_org_members
from django_org_members.models import Role

CSS = Path(django_org_members.__file__).parent / "static" / "org_members" / "css" / "tokens.css"
TEXT, GRAPHIC = 4.5, 3.0
PAGE = {"light": "#ffffff", "dark": "#121212"}
"""The background of the admin, on which marks stand."""


def palette():
    """Return {colour: {variable: (light, dark)}} as the style sheet has them."""
    found = {}
    for name, rules in re.findall(r"\.om-color-(\w+) \{([^}]+)\}", CSS.read_text(encoding="utf-8")):
        pairs = re.findall(r"--om-(\w+): light-dark\((#\w+), (#\w+)\)", rules)
        found[name] = {variable: (light, dark) for variable, light, dark in pairs}
    return found


PALETTE = palette()


def luminance(color):
    digits = color[1:]
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_right():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


def test_every_colour_that_a_role_can_have_is_there():
    assert set(PALETTE) == {color.value for color in Role.Color}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", PALETTE)
def test_text_on_a_badge_can_be_read(name, theme):
    colors = PALETTE[name]
    assert contrast(colors["fg"][theme], colors["bg"][theme]) >= TEXT


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", [name for name, colors in PALETTE.items() if "mark" in colors])
def test_a_mark_is_seen_on_the_page(name, theme):
    background = PAGE["light" if theme == 0 else "dark"]
    assert contrast(PALETTE[name]["mark"][theme], background) >= GRAPHIC
