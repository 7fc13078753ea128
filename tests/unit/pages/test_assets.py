"""The stylesheet and the logo are kept for long under their own hash, and can do nothing."""

import re

from sidegate.core.messages import RequestHead, Response
from sidegate.pages.brand import Brand, Picture
from sidegate.pages.render import Pages

PAGES = Pages("/oauth2")
SVG = Picture(b"<svg></svg>", "image/svg+xml")


def fields(response: Response) -> dict[str, str]:
    return dict(response.headers)


def asked(path: bytes, match: bytes | None = None) -> RequestHead:
    head = RequestHead()
    head.target = path
    head.index = {b"if-none-match": match} if match else {}
    return head


def css(query: bytes = b"", match: bytes | None = None) -> Response:
    head = asked(b"/oauth2/static/sidegate.css?" + query, match)
    return PAGES.assets.stylesheet(head)


def test_the_stylesheet_is_kept_for_long_only_under_its_own_hash() -> None:
    link = re.search(rb"sidegate\.css\?(v=\w+)", PAGES.signed_out("h", "/").body)
    assert link
    assert "immutable" in fields(css(link[1]))["Cache-Control"]
    assert fields(css(b"v=0"))["Cache-Control"] == "no-cache"
    assert fields(css())["Content-Type"] == "text/css; charset=utf-8"


def test_a_browser_that_has_the_stylesheet_is_told_so() -> None:
    tag = fields(css())["ETag"].encode()
    assert css(match=tag).status == 304
    assert css(match=b"W/" + tag).body == b""
    assert css(match=b'"other"').status == 200


def test_the_stylesheet_follows_light_and_dark_and_shows_the_focus() -> None:
    sheet = css().body
    assert b"prefers-color-scheme: dark" in sheet
    assert b":focus-visible" in sheet
    assert b"url(" not in sheet


def test_the_rules_of_the_site_come_behind_ours_under_another_hash() -> None:
    own = Pages("/oauth2", Brand(style=":root { --accent: #123456; }"))
    assert own.assets.stylesheet_address != PAGES.assets.stylesheet_address
    sheet = own.assets.stylesheet(asked(b"/oauth2/static/sidegate.css")).body
    assert sheet.endswith(b"#123456; }")


def test_a_logo_that_somebody_opens_can_do_nothing() -> None:
    served = Pages("/oauth2", Brand(logo=SVG)).assets.logo(asked(b"/oauth2/static/logo"))
    assert served
    assert served.body == SVG.content
    assert fields(served)["Content-Type"] == "image/svg+xml"
    assert fields(served)["X-Content-Type-Options"] == "nosniff"
    policy = fields(served)["Content-Security-Policy"]
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy.split("; "))


def test_a_logo_is_kept_for_long_under_its_own_hash() -> None:
    assets = Pages("/oauth2", Brand(logo=SVG)).assets
    served = assets.logo(asked(assets.logo_address.encode()))
    assert served
    assert "immutable" in fields(served)["Cache-Control"]


def test_there_is_no_logo_to_serve_where_it_is_elsewhere_or_nowhere() -> None:
    for logo in (None, "https://cdn.example.com/logo.svg"):
        assert Pages("/oauth2", Brand(logo=logo)).assets.logo(asked(b"/")) is None
