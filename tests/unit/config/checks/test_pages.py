"""Mistakes about pages stop the start, each with its place."""

import pytest

from tests.unit.config.conftest import Desk

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("flag", "what"),
    [
        ("--accent-color=red", "is no colour"),
        ("--accent-color=#ffee00", "contrast"),
        ("--custom-sign-in-logo=gone.png", "gone.png"),
        ("--custom-sign-in-logo=client-secret", "is no PNG, JPEG or SVG"),
        ("--custom-sign-in-logo=http://cdn.test/l.png", "is not https"),
        ("--banner=<script>x</script>", "holds <script>"),
        ("--footer=<img src=x>", "holds <img>"),
        ("--custom-templates-dir=nowhere", "has none of the pages"),
        ("--help-url=http://wiki.test/errors", "plain http is accepted on loopback hosts only"),
        ("--help-url=https://wiki.test/errors#top", "holds a fragment"),
    ],
)
def test_mistakes(desk: Desk, flag: str, what: str) -> None:
    assert what in desk.mistake(flag)


def test_what_is_right_is_kept(desk: Desk) -> None:
    desk.files["logo.png"] = PNG
    pages = desk.load(
        "--brand-name=Corp",
        "--accent-color=#1f5fbf",
        "--custom-sign-in-logo=logo.png",
        "--banner=Fish & <b>chips</b>",
        "--footer=-",
    ).settings.pages
    assert (pages.brand_name, pages.accent_color) == ("Corp", "#1f5fbf")
    assert (pages.banner, pages.footer) == ("Fish &amp; <b>chips</b>", "-")


@pytest.mark.parametrize("logo", ["-", "https://cdn.test/logo.svg"])
def test_a_logo_may_be_none_or_elsewhere(desk: Desk, logo: str) -> None:
    assert desk.mistakes(f"--custom-sign-in-logo={logo}") == []


def test_each_template_that_is_there_is_checked(desk: Desk) -> None:
    desk.files |= {
        "pages/sign_in.html": b"{{.ClientSecret}}",
        "pages/error.html": b"<p onclick=x>",
        "pages/robots.txt": b"User-agent: *",
    }
    mistakes = desk.mistakes("--custom-templates-dir=pages/")
    assert len(mistakes) == 2
    assert "pages/sign_in.html: uses .ClientSecret" in mistakes[0]
    assert "pages/error.html: has <p onclick" in mistakes[1]


def test_styles_that_do_not_come_along_are_mentioned(desk: Desk) -> None:
    link = b'<link rel="stylesheet" href="/css/bulma/bulma.min.css">'
    desk.files["pages/error.html"] = link
    loaded = desk.load("--custom-templates-dir=pages")
    assert any("bulma.min.css is not there" in warning for warning in loaded.warnings)


def test_internal_errors_on_pages_are_a_weak_choice(desk: Desk) -> None:
    loaded = desk.load("--show-debug-on-error")
    assert any("show-debug-on-error" in warning for warning in loaded.warnings)
