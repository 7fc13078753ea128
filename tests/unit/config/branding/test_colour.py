"""Whatever accent colour is accepted can be read, in light and in dark."""

import re

import pytest

from sidegate.config.branding.colour import (
    DARK_CARD,
    LIGHT_CARD,
    accent_rules,
    check_accent,
    contrast,
    parse_colour,
)
from sidegate.config.findings import Malformed


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("text", ["", "blue", "#12", "#1234", "#12345g", "#1f5fbf;}", "1f5fbf"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="is no colour"):
        check_accent(text)


def test_three_digits_mean_six() -> None:
    assert parse_colour("#1aF") == parse_colour("#11aaff")


@pytest.mark.parametrize("text", ["#ffcc00", "#7fb3ff", "#fff", "#999999"])
def test_a_colour_too_bright_to_read_is_refused_with_one_that_would_do(text: str) -> None:
    with pytest.raises(Malformed, match="has a contrast of") as refused:
        check_accent(text)
    near = re.search(r"#[0-9a-f]{6}", refused.value.remedy)
    assert near
    check_accent(near[0])


@pytest.mark.parametrize("text", ["#1f5fbf", "#000000", "#b3261e", "#767676", "#5a2ca0"])
def test_text_and_buttons_have_contrast_in_light_and_dark(text: str) -> None:
    check_accent(text)
    found = re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", accent_rules(text))
    light, dark = dict(found[:3]), dict(found[3:])
    assert light["accent"] == text
    for rules, card in ((light, LIGHT_CARD), (dark, DARK_CARD)):
        for name in ("accent", "accent-strong"):
            assert contrast(parse_colour(rules[name]), card) >= 4.5
            ground = parse_colour(rules[name])
            assert contrast(ground, parse_colour(rules["on-accent"])) >= 4.5
