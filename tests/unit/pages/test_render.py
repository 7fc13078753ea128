"""Pages are plain, safe and reachable: what a person and a screen reader get."""

import re
from html.parser import HTMLParser

import pytest

from sidegate.core import errors
from sidegate.core.messages import RequestHead, Response
from sidegate.pages.render import Pages, PasswordFields, SignInOption

PAGES = Pages("/oauth2")
ONE = [SignInOption("Corp", "/s")]
EVIL = "\"'><script>alert(1)</script>{start}"


def every_page(text: str = "app.example.com") -> list[Response]:
    return [
        PAGES.sign_in(200, text, [SignInOption(text, text)]),
        PAGES.sign_in(401, text, [], PasswordFields(text, text, text)),
        PAGES.error(errors.NotAuthorized, text, (text, text)),
        PAGES.error(errors.UpstreamSilent("secret detail"), text),
        PAGES.error(errors.SignInLoop, text, (text, text), [text, text]),
        PAGES.signed_out(text, text),
        PAGES.confirm_sign_out(200, text, text, text),
        PAGES.onward(text),
    ]


def fields(response: Response) -> dict[str, str]:
    assert len({name for name, _ in response.headers}) == len(response.headers)
    return dict(response.headers)


class Outline(HTMLParser):
    """The tags and attributes of a page, as a parser sees them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("page", every_page(EVIL))
def test_whatever_enters_a_page_stays_text(page: Response) -> None:
    outline = Outline(page.body)
    assert "script" not in outline.tags
    assert "style" not in outline.tags
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "style"]
    assert b"{" not in page.body.replace(b"{start}", b"")


@pytest.mark.parametrize("page", every_page())
def test_a_page_has_one_heading_a_language_and_a_main_landmark(page: Response) -> None:
    outline = Outline(page.body)
    assert outline.tags.count("h1") == 1
    assert outline.tags.count("main") == 1
    assert ("lang", "en") in outline.attributes
    assert ("name", "viewport") in outline.attributes
    targets = [value for name, value in outline.attributes if name == "action"]
    assert targets in ([], ["/oauth2/sign_out"], ["/oauth2/sign_in"])


@pytest.mark.parametrize("page", every_page())
def test_a_page_is_not_stored_framed_or_sniffed(page: Response) -> None:
    found = fields(page)
    assert "no-store" in found["Cache-Control"]
    assert found["Expires"] == "Thu, 01 Jan 1970 00:00:00 UTC"
    assert found["X-Accel-Expires"] == "0"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Referrer-Policy"] == "no-referrer"
    assert found["X-Frame-Options"] == "DENY"
    assert found["Content-Type"] == "text/html; charset=utf-8"
    # The password form may lead on, see below.
    policy = found["Content-Security-Policy"].replace(" https: http:", "").split("; ")
    assert policy[0] == "default-src 'none'"
    assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(policy)
    assert not any("unsafe" in part for part in policy)


def test_the_titles_are_those_that_monitoring_knows() -> None:
    assert b"<title>Sign In</title>" in PAGES.sign_in(200, "h", ONE).body
    assert b"<title>403 Forbidden</title>" in PAGES.error(errors.NotAuthorized, "r").body
    assert b"<title>504 Gateway Timeout</title>" in PAGES.error(errors.UpstreamSilent, "r").body


def test_an_error_page_has_code_request_and_public_words_only() -> None:
    page = PAGES.error(errors.UpstreamSilent("10.0.0.7 is silent"), "req-7")
    assert page.status == 504
    assert b"upstream_timeout" in page.body
    assert b"req-7" in page.body
    assert errors.UpstreamSilent.public.encode() in page.body
    assert b"10.0.0.7" not in page.body


def subclasses(kind: type[errors.SidegateError]) -> list[type[errors.SidegateError]]:
    below = [found for child in kind.__subclasses__() for found in subclasses(child)]
    return [kind, *below]


@pytest.mark.parametrize("error", subclasses(errors.SidegateError))
def test_every_error_has_a_page(error: type[errors.SidegateError]) -> None:
    page = PAGES.error(error, "r")
    assert page.status == error.status
    assert error.code.encode() in page.body


def css(query: bytes = b"", match: bytes | None = None) -> Response:
    head = RequestHead()
    head.target = b"/oauth2/static/sidegate.css?" + query
    head.index = {b"if-none-match": match} if match else {}
    return PAGES.stylesheet(head)


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


def test_the_password_form_is_labelled_and_known_to_password_managers() -> None:
    page = PAGES.sign_in(401, "h", ONE, PasswordFields("/back", "tok", "Wrong.")).body.decode()
    for name, kind in (("username", "username"), ("password", "current-password")):
        assert f'<label for="{name}">' in page
        assert re.search(rf'<input id="{name}" name="{name}"[^>]* autocomplete="{kind}"', page)
    assert '<p class="problem" id="problem" role="alert">Wrong.</p>' in page
    assert page.count("Wrong.") == 1
    assert '<form method="post" action="/oauth2/sign_in">' in page
    assert b"<form" not in PAGES.sign_in(200, "h", ONE).body


def test_only_the_password_form_may_end_at_another_site() -> None:
    with_form = fields(PAGES.sign_in(200, "h", ONE, PasswordFields("/", "t")))
    without = fields(PAGES.sign_in(200, "h", ONE))
    name = "Content-Security-Policy"
    assert "form-action 'self' https: http:;" in with_form[name]
    assert without[name] == with_form[name].replace(" https: http:", "")
