"""A page may open a WebSocket only to its own site, or from a site that was listed."""

import pytest

from sidegate.core.messages import Asker
from sidegate.login.return_url import Whitelist
from sidegate.login.websocket_origin import is_allowed_origin, is_listed_origin

NOBODY = Whitelist(())


def allowed(origin: str, host: str, whitelist: Whitelist = NOBODY) -> bool:
    return is_allowed_origin(origin, Asker("192.0.2.1", "http", host, trusted=False), whitelist)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://app.test", "app.test"),
        ("http://app.test", "app.test"),
        ("https://app.test:443", "app.test"),
        ("https://app.test", "app.test:443"),
        ("http://app.test", "app.test:80"),
        ("http://app.test:4180", "app.test:4180"),
        ("https://APP.test", "app.TEST"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://[::1]", "[::1]"),
    ],
)
def test_the_same_host_and_port_may(origin: str, host: str) -> None:
    assert allowed(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.test", "app.test"),
        ("https://app.test.evil.test", "app.test"),
        ("https://evil-app.test", "app.test"),
        ("https://sub.app.test", "app.test"),
        ("https://app.test:8443", "app.test"),
        ("https://app.test", "app.test:8443"),
        ("http://app.test:443", "app.test:80"),
        ("null", "app.test"),
        ("", "app.test"),
        ("file://app.test", "app.test"),
        ("ws://app.test", "app.test"),
        ("https://app.test/", "app.test"),
        ("https://user@app.test", "app.test"),
        ("https://app.test evil", "app.test"),
        ("https://app.test, https://evil.test", "app.test"),
        ("https://app.test\n", "app.test"),
        ("https://[::1]", "[::2]"),
        ("https://", ""),
    ],
)
def test_everything_else_may_not(origin: str, host: str) -> None:
    assert not allowed(origin, host)


def test_a_listed_host_may() -> None:
    listed = Whitelist(["friend.test", ".corp.test", "odd.test:8443"])
    assert allowed("https://friend.test", "app.test", listed)
    assert allowed("https://a.corp.test", "app.test", listed)
    assert allowed("https://odd.test:8443", "app.test", listed)
    assert not allowed("https://odd.test:9443", "app.test", listed)
    assert not allowed("https://friend.test.evil.test", "app.test", listed)


@pytest.mark.parametrize(
    ("origin", "listed"),
    [
        ("https://a.example.com", True),
        ("https://A.example.com", True),
        ("https://a.example.com:8443", False),
        ("https://example.org", False),
        ("null", False),
        ("https://a.example.com/", False),
        ("", False),
    ],
)
def test_a_listed_origin_is_a_page_of_a_listed_host(origin: str, *, listed: bool) -> None:
    assert is_listed_origin(origin, Whitelist((".example.com",))) is listed
