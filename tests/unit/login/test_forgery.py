"""What another site has a browser send is told from what the person or a program sends."""

import pytest

from sidegate.core.messages import Exchange
from sidegate.login.forgery import ForgeryGuard
from sidegate.login.return_url import Whitelist
from tests.unit.login.fakes import exchange

LISTED = "https://tools.example.com"


def refuses(method: str = "POST", *, exempt: bool = False, **fields: str) -> bool:
    guard = ForgeryGuard(
        Whitelist(["tools.example.com"]),
        is_exempt=lambda method, path: exempt and (method, path) == (b"POST", b"/hook"),
        has_session=lambda cookies: cookies == b"session",
    )
    made: Exchange = exchange("/hook?x=1", method, **fields)
    return guard.refuses(made, method.encode(), b"/hook")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "null"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "same-site", "origin": LISTED},
        {"origin": "https://app.example.com"},
        {"origin": "https://app.example.com:443"},
        {"origin": LISTED},
    ],
)
def test_our_own_pages_listed_hosts_and_programs_pass(fields: dict[str, str]) -> None:
    assert not refuses(**fields)


FOREIGN = [
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "cross-site", "origin": "https://app.example.com"},
    {"sec_fetch_site": "cross-site", "origin": LISTED},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "same-site", "origin": "https://other.example.com"},
    {"sec_fetch_site": "same-site", "origin": "null"},
    {"sec_fetch_site": "same-origin, cross-site"},
    {"sec_fetch_site": "Same-Origin"},
    {"sec_fetch_site": ""},
    {"origin": "https://evil.test"},
    {"origin": "https://app.example.com.evil.test"},
    {"origin": "https://app.example.com:8443"},
    {"origin": "https://app.example.com, https://evil.test"},
    {"origin": "null"},
    {"origin": ""},
]


@pytest.mark.parametrize("fields", FOREIGN)
def test_a_foreign_page_is_refused(fields: dict[str, str]) -> None:
    assert refuses(**fields)
    assert refuses(cookie="session", authorization="Bearer abc", **fields)
    assert refuses(authorization="Basic abc", **fields)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_token_without_a_session_cookie_is_no_browsers_doing(scheme: str) -> None:
    assert not refuses(sec_fetch_site="cross-site", authorization=f"{scheme} abc")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_methods_that_change_nothing_pass(method: str) -> None:
    assert not refuses(method, sec_fetch_site="cross-site")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "get", "PROPFIND", "QUERY"])
def test_any_other_method_may_change_something(method: str) -> None:
    assert refuses(method, sec_fetch_site="cross-site")


def test_an_exempt_route_is_left_alone() -> None:
    assert not refuses(exempt=True, sec_fetch_site="cross-site")
    assert refuses("PUT", exempt=True, sec_fetch_site="cross-site")
