"""Pages are plain, safe and reachable: what a person and a screen reader get."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from sidegate.core import errors
from sidegate.core.messages import Response
from sidegate.pages.brand import Brand
from sidegate.pages.parts import script
from sidegate.pages.policy import source_of
from sidegate.pages.render import Pages, PasswordFields, SignInOption

PAGES = Pages("/oauth2")
ONE = [SignInOption("Corp", "/s")]
EVIL = "\"'><script>alert(1)</script>{start}"


BRAND = Brand(
    name=EVIL,
    logo="https://cdn.example.com/logo.svg",
    banner=Markup("Staff <b>only</b>"),
    footer=Markup('<a href="/imprint">Imprint</a>'),
    describe=str,
)


def every_page(text: str = "app.example.com", brand: Brand | None = None) -> list[Response]:
    pages = Pages("/oauth2", brand)
    one, form = [SignInOption(text, text)], PasswordFields(text, text, text)
    return [
        pages.sign_in(200, text, one),
        pages.sign_in(401, text, one * 8, form),
        pages.sign_in(403, text, one * 2, form, beside=text),
        pages.error(errors.NotAuthorized, text, (text, text)),
        pages.error(errors.UpstreamSilent("secret detail"), text),
        pages.error(errors.SignInLoop, text, (text, text), [text, text]),
        pages.error(errors.SessionTooLarge(text), text, (text, text)),
        pages.signed_out(text, text),
        pages.confirm_sign_out(200, text, text, text),
        pages.onward(text),
        pages.passing(403, text),
        pages.restoring(text),
    ]


def fields(response: Response) -> dict[str, str]:
    assert len({name for name, _ in response.headers}) == len(response.headers)
    return dict(response.headers)


OURS = {script("keep"), script("keep") + script("pass"), script("restore")}
NEVER_CLOSED = {"meta", "link", "input", "img", "br"}


class Outline(HTMLParser):
    """The tags and attributes of a page, as a parser sees them, and what does not fit together."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(page.decode())
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in NEVER_CLOSED:
            self._open.append(tag)
        if tag == "script":
            self.scripts.append("")
        if len(dict(attrs)) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["script"]:
            self.scripts[-1] += data

    def values(self, wanted: str) -> list[str]:
        return [value or "" for name, value in self.attributes if name == wanted]


WITH_AND_WITHOUT_BRAND = [*every_page(EVIL), *every_page(EVIL, BRAND)]


@pytest.mark.parametrize("page", WITH_AND_WITHOUT_BRAND)
def test_whatever_enters_a_page_stays_text(page: Response) -> None:
    outline = Outline(page.body)
    assert set(outline.scripts) <= OURS
    assert "style" not in outline.tags
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "style"]
    rest = page.body
    for code in outline.scripts:
        rest = rest.replace(code.encode(), b"")
    assert b"{" not in rest.replace(b"{start}", b"")
    assert b"[[" not in rest


@pytest.mark.parametrize("page", WITH_AND_WITHOUT_BRAND)
def test_a_page_is_html_whose_parts_fit_together(page: Response) -> None:
    outline = Outline(page.body)
    assert page.body.startswith(b"<!doctype html>\n<html lang=")
    assert outline.faults == []
    names = outline.values("id")
    assert len(set(names)) == len(names)
    assert set(outline.values("for") + outline.values("aria-describedby")) <= set(names)
    assert outline.tags.count("label") == len(
        [n for n in outline.values("type") if n != "hidden"]
    ) + (outline.values("autocomplete").count("username"))


@pytest.mark.parametrize("page", [*every_page(), *every_page(brand=BRAND)])
def test_a_page_has_one_heading_a_language_and_a_main_landmark(page: Response) -> None:
    outline = Outline(page.body)
    for tag in ("h1", "main", "title"):
        assert outline.tags.count(tag) == 1
    assert outline.tags.count("footer") <= 1
    assert ("lang", "en") in outline.attributes
    assert ("name", "viewport") in outline.attributes
    targets = [value for name, value in outline.attributes if name == "action"]
    assert targets in ([], ["/oauth2/sign_out"], ["/oauth2/sign_in"])


@pytest.mark.parametrize("page", every_page())
def test_only_the_script_of_a_page_may_run_in_it(page: Response) -> None:
    allowed = re.findall(r"script-src ([^;]*)", fields(page)["Content-Security-Policy"])
    scripts = Outline(page.body).scripts
    assert allowed == [source_of(code) for code in scripts]


@pytest.mark.parametrize("page", [*every_page(), *every_page(brand=BRAND)])
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


def test_one_provider_is_a_button_and_several_are_a_list() -> None:
    assert Outline(PAGES.sign_in(200, "h", ONE).body).tags.count("li") == 0
    many = [SignInOption(f"Provider {number}", f"/s/{number}") for number in range(8)]
    page = PAGES.sign_in(200, "h", many).body
    assert Outline(page).tags.count("li") == 8
    assert b'href="/s/7">Sign in with Provider 7</a>' in page


def test_whose_form_did_not_arrive_is_told_how_it_still_can() -> None:
    page = PAGES.sign_in(403, "h", ONE, beside="/oauth2/sign_in?rd=/form")
    assert page.status == 403
    assert b"<h1>Your form was not sent</h1>" in page.body
    assert b"<title>Sign In</title>" in page.body
    link = b'<a href="/oauth2/sign_in?rd=/form" target="_blank" rel="noopener">'
    assert link in page.body


def test_the_site_has_its_name_logo_banner_and_footer() -> None:
    page = Pages("/oauth2", replace(BRAND, name="Example Corp")).sign_in(200, "h", ONE)
    assert b"<title>Sign In - Example Corp</title>" in page.body
    assert b'<img class="logo" src="https://cdn.example.com/logo.svg" alt="">' in page.body
    assert b'<p class="name">Example Corp</p>' in page.body
    assert b'<div class="banner">Staff <b>only</b></div>' in page.body
    assert b'<div class="site"><a href="/imprint">Imprint</a></div>' in page.body
    policy = fields(page)["Content-Security-Policy"]
    assert "img-src 'self' data: https://cdn.example.com/logo.svg;" in policy


def test_a_logo_without_a_name_beside_it_has_words() -> None:
    page = Pages("/oauth2", Brand(logo="https://cdn.example.com/logo.svg")).signed_out("h", "/")
    assert b'alt="Logo"' in page.body


def test_the_inside_of_an_error_is_shown_only_where_that_was_asked_for() -> None:
    error = errors.UpstreamSilent("10.0.0.7 is silent")
    assert b"10.0.0.7" in Pages("/oauth2", Brand(describe=str)).error(error, "r").body
    assert b"10.0.0.7" not in PAGES.error(error, "r").body


def test_an_error_says_what_the_person_and_whoever_looks_after_the_site_can_do() -> None:
    page = PAGES.error(errors.SessionTooLarge("9 KiB"), "r", ("/s", "Start again")).body
    assert b"tell whoever looks after this site" in page
    assert b"pass_access_token" in page


def test_going_on_works_without_a_script() -> None:
    for page in (PAGES.passing(403, "/s?rd=/x"), PAGES.restoring("/s?rd=/x")):
        assert (
            b'<noscript><meta http-equiv="refresh" content="0; url=/s?rd=/x"></noscript>'
            in page.body
        )
        assert b'href="/s?rd=/x"' in page.body
        assert "Refresh" not in fields(page)


def test_a_code_leads_to_what_explains_it_where_that_is() -> None:
    plain = Pages("/oauth2").error(errors.StateMismatch, "r").body
    assert b"<code>state_mismatch</code>" in plain
    linked = Pages("/oauth2", Brand(help_url='https://wiki.test/errors?a="b')).error(
        errors.StateMismatch, "r"
    )
    link = b'<a href="https://wiki.test/errors?a=&#34;b#state_mismatch">state_mismatch</a>'
    assert link in linked.body
