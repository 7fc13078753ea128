"""Origins are named whole, over https, and by somebody who wants them."""

import pytest

from tests.unit.config.conftest import Desk

FLAG = "--cors-allowed-origin="


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://spa.example.com", "https://spa.example.com"),
        ("HTTPS://SPA.example.com:8443", "https://spa.example.com:8443"),
        ("https://spa.example.com:443", "https://spa.example.com"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(desk: Desk, given: str, kept: str) -> None:
    assert desk.load(FLAG + given).settings.access.cors_allowed_origins == (kept,)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "spa.example.com",
        "https://*.example.com",
        "https://spa.example.com/",
        "https://spa.example.com/app",
        "https://user@spa.example.com",
        "https://spa.example.com:port",
        "ftp://spa.example.com",
        "https://",
    ],
)
def test_what_is_no_origin_is_refused(desk: Desk, origin: str) -> None:
    assert "is no origin" in desk.mistake(FLAG + origin)


def test_plain_http_is_for_loopback(desk: Desk) -> None:
    assert "plain http" in desk.mistake(FLAG + "http://spa.example.com")


def test_who_answers_preflights_needs_origins(desk: Desk) -> None:
    assert "there are none" in desk.mistake("--cors-preflight=application")
    asked = ("--cors-preflight=Application", FLAG + "https://spa.example.com")
    assert desk.load(*asked).settings.access.cors_preflight == "application"
