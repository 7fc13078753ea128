"""One accent colour, and what follows from it: readable in light and in dark (WCAG 2.2, 1.4.3)."""

import re
from typing import Final

from sidegate.config.findings import Malformed

READABLE: Final = 4.5
"""The contrast that text of any size needs."""

# The cards of `pages/sidegate.css`, on which the colour stands as text and as a button.
LIGHT_CARD: Final = (255, 255, 255)
DARK_CARD: Final = (29, 33, 39)
_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
_INK_ON_BRIGHT: Final = (13, 26, 46)
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")

Colour = tuple[int, int, int]


def parse_colour(text: str) -> Colour:
    """Read `#rgb` or `#rrggbb`. Raises Malformed."""
    if not _HEX.fullmatch(text):
        raise Malformed("is no colour", 'Write it as in "#1f5fbf".')
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))


def check_accent(text: str) -> None:
    """Raise Malformed for what is no colour, and for one that is hard to read on white."""
    colour = parse_colour(text)
    found = contrast(colour, LIGHT_CARD)
    if found < READABLE:
        near = hex_of(towards(colour, _BLACK, LIGHT_CARD))
        raise Malformed(
            f"has a contrast of {found:.1f} to white, and text needs {READABLE}",
            f'Write a darker one, for example "{near}". For dark pages it is made brighter.',
        )


def accent_rules(text: str) -> str:
    """Return the style rules that put a checked accent colour in place of ours."""
    light = parse_colour(text)
    dark = towards(light, _WHITE, DARK_CARD)
    return (
        f":root {{ {_rules(light, mixed(light, _BLACK, 0.25), _WHITE)} }}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f"  :root {{ {_rules(dark, mixed(dark, _WHITE, 0.35), _INK_ON_BRIGHT)} }}\n}}\n"
    )


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, definitions)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def towards(colour: Colour, end: Colour, card: Colour) -> Colour:
    """Return the nearest mixture with `end` that is easily read on `card`."""
    for step in range(101):
        found = mixed(colour, end, step / 100)
        # A little more than is needed, for the same colour is the ground of a button.
        if contrast(found, card) >= READABLE + 0.5:
            return found
    return end


def mixed(colour: Colour, end: Colour, share: float) -> Colour:
    """Return a mixture of which `share` (0 to 1) is `end`."""
    red, green, blue = (round(of + (to - of) * share) for of, to in zip(colour, end, strict=True))
    return (red, green, blue)


def hex_of(colour: Colour) -> str:
    """Return the colour as style sheets write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _rules(accent: Colour, strong: Colour, on_accent: Colour) -> str:
    names = (("--accent", accent), ("--accent-strong", strong), ("--on-accent", on_accent))
    return " ".join(f"{name}: {hex_of(value)};" for name, value in names)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
