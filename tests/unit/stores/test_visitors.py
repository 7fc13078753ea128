"""A browser without a session is known by one random cookie, and by nothing it made up."""

import pytest

from sidegate.stores.visitors import Visitors, visitor_name
from tests.unit.stores.kit import HOST, settings


def visitors(**changes: object) -> Visitors:
    return Visitors(settings(**changes), lambda count: b"\xff" * count)


def test_a_new_browser_is_given_a_cookie_that_it_is_known_by_from_then_on() -> None:
    given, [cookie] = visitors().greet(b"other=1", HOST)
    assert cookie.startswith(f"_oauth2_proxy_form={given}; Path=/; HttpOnly; Secure")
    assert "Max-Age" not in cookie
    brought = cookie.partition(";")[0].encode()
    assert visitors().known(b"other=1; " + brought) == given
    assert visitors().greet(brought, HOST) == (given, [])


@pytest.mark.parametrize(
    "value", [b"", b"short", b"A" * 23, b"A" * 21 + b"=", b"A" * 21 + b" ", "é".encode() * 11]
)
def test_what_we_would_not_give_is_not_known(value: bytes) -> None:
    assert visitors().known(b"_oauth2_proxy_form=" + value) == ""


def test_the_name_is_never_longer_than_a_browser_takes() -> None:
    assert len(visitor_name("n" * 256)) == 256
    given, [cookie] = visitors(cookie_name="n" * 256).greet(None, HOST)
    assert visitors(cookie_name="n" * 256).known(cookie.partition(";")[0].encode()) == given
