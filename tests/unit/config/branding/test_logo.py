"""A logo is a picture by its content, and an SVG is nothing but one."""

import pytest

from sidegate.config.branding.logo import MOST_BYTES, check_address, is_address, media_type
from sidegate.config.findings import Malformed

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (SVG, "image/svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by -->\n' + SVG, "image/svg+xml"),
    ],
)
def test_the_first_bytes_tell_the_kind(content: bytes, kind: str) -> None:
    assert media_type(content) == kind


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"<html><svg></svg></html>", b"<p>", b"hello <svg>", b"PNG"]
)
def test_anything_else_is_no_logo(content: bytes) -> None:
    with pytest.raises(Malformed, match="is no PNG, JPEG or SVG"):
        media_type(content)


@pytest.mark.parametrize(
    "inner",
    [
        b"<script>alert(1)</script>",
        b"<SCRIPT/>",
        b'<g onload="alert(1)"/>',
        b"<g\nonclick = 'x'/>",
        b'<g id="a"/onload=x>',
        b"<foreignObject/>",
        b'<a href="javascript:alert(1)"/>',
        b'<image href="https://tracker.test/x.png"/>',
        b"<use xlink:href='//tracker.test/x.svg#a'/>",
        b"<style>@import url(https://tracker.test/)</style>",
    ],
)
def test_an_svg_that_runs_or_reaches_out_is_refused(inner: bytes) -> None:
    with pytest.raises(Malformed, match="is an SVG that holds"):
        media_type(SVG.replace(b"<path", inner + b"<path"))


def test_an_svg_declares_no_entities() -> None:
    with pytest.raises(Malformed):
        media_type(b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG)
    with pytest.raises(Malformed, match="ENTITY"):
        media_type(SVG + b'<!ENTITY a "b">')


def test_a_logo_is_small() -> None:
    with pytest.raises(Malformed, match="more than"):
        media_type(SVG + b" " * MOST_BYTES)


def test_an_address_is_https() -> None:
    assert is_address("https://cdn.example.com/logo.svg")
    assert not is_address("/etc/logo.svg")
    check_address("https://cdn.example.com/logo.svg?v=1")
    for wrong in ("http://cdn.example.com/l.png", "https://", "https://a.test/x; script-src *"):
        with pytest.raises(Malformed):
            check_address(wrong)
