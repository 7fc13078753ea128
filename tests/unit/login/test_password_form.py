"""The form for a password is bound to a browser; programs need none."""

import pytest

from sidegate.core.errors import ForeignForm
from sidegate.login.form import Form
from sidegate.login.password_form import PasswordForm
from tests.unit.login.fakes import HOST, Kit, Visitors, exchange

OWN = {"origin": f"https://{HOST}", "sec_fetch_site": "same-origin", "user_agent": "Mozilla/5.0"}
CURL = {"user_agent": "curl/8.5.0", "accept": "*/*"}


def form_of(kit: Kit) -> PasswordForm:
    return PasswordForm(visitors=Visitors(), tokens=kit.tokens)


def check(kit: Kit, token: str | None, **fields: str) -> None:
    raw = b"username=u1" if token is None else f"username=u1&token={token}".encode()
    form_of(kit).check(exchange("/oauth2/sign_in", "POST", **fields), Form(raw))


def token_of(kit: Kit) -> str:
    token, cookies = form_of(kit).token(exchange())
    assert cookies == [f"visitor=v1; Domain={HOST}"]
    return token


def test_a_browser_sends_back_the_form_it_was_given() -> None:
    kit = Kit()
    token = token_of(kit)
    check(kit, token, cookie="visitor=v1", **OWN)
    # Our pages send no referrer, and browsers then no origin either.
    check(kit, token, **{**OWN, "origin": "null"}, cookie="visitor=v1")
    check(kit, token, user_agent="Mozilla/4.0", cookie="visitor=v1")


def test_a_browser_that_has_its_cookie_gets_no_other() -> None:
    _, cookies = form_of(Kit()).token(exchange(cookie="visitor=v1"))
    assert cookies == []


@pytest.mark.parametrize(
    "fields",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "", "origin": "https://evil.test"},
        {"sec_fetch_site": "", "origin": "http://app.example.com"},
        {"sec_fetch_site": "", "origin": "https://app.example.com:8443"},
    ],
)
def test_a_page_of_another_origin_cannot_send_it_even_with_the_token(
    fields: dict[str, str],
) -> None:
    kit = Kit()
    sent = {name: value for name, value in {**OWN, **fields}.items() if value}
    with pytest.raises(ForeignForm):
        check(kit, token_of(kit), cookie="visitor=v1", **sent)


def test_without_the_token_of_this_browser_no_browser_can_send_it() -> None:
    kit = Kit()
    token = token_of(kit)
    another = kit.tokens.make("sign_in", "v2")
    for_sign_out = kit.tokens.make("sign_out", "v1")
    for sent, cookie in (
        (None, "visitor=v1"),
        ("", "visitor=v1"),
        (another, "visitor=v1"),
        (for_sign_out, "visitor=v1"),
        (token[:-1], "visitor=v1"),
        (token, "other=1"),
    ):
        with pytest.raises(ForeignForm):
            check(kit, sent, cookie=cookie, **OWN)


@pytest.mark.parametrize(
    "sign",
    [
        {"origin": f"https://{HOST}"},
        {"origin": "null"},
        {"referer": f"https://{HOST}/"},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_mode": "navigate"},
        {"sec_fetch_dest": "document"},
        {"user_agent": "Mozilla/5.0 (X11)"},
    ],
)
def test_whatever_shows_a_browser_needs_the_token(sign: dict[str, str]) -> None:
    with pytest.raises(ForeignForm):
        check(Kit(), None, **{**CURL, **sign})


def test_a_program_needs_no_token_even_with_a_jar_of_cookies() -> None:
    check(Kit(), None, **CURL)
    check(Kit(), None)
    check(Kit(), None, cookie="session=old", **CURL)
