"""The causes that are named are those that the configuration and the addresses show."""

import pytest

from sidegate.core.messages import Asker
from sidegate.login import causes
from tests.unit.stores.kit import settings


def asker(host: str = "app.example.com", scheme: str = "https") -> Asker:
    return Asker("192.0.2.1", scheme, host, trusted=False)


@pytest.mark.parametrize(
    ("who", "domain", "secure", "words"),
    [
        (asker(), "", True, []),
        (asker(), "example.com", True, []),
        (asker(scheme="http"), "", True, ["cookie_secure"]),
        (asker(scheme="http"), "", False, []),
        (asker("localhost:4180", "http"), "", True, []),
        (asker("app.localhost", "http"), "", True, []),
        (asker(), ".example.org", True, ["given for example.org (cookie_domains)"]),
        (asker("[::1]:80", "http"), "example.org", True, ["leaves out [::1]"]),
    ],
)
def test_why_a_sign_in_cookie_did_not_come_back(
    who: Asker, domain: str, *, secure: bool, words: list[str]
) -> None:
    found = causes.of_attempt(settings(cookie_secure=secure), who, domain)
    assert len(found) == len(words)
    assert all(word in cause for word, cause in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("url", "domain", "path", "words"),
    [
        ("/x?y=https://other.test", "", "/", []),
        ("https://APP.example.com:8443/x", "", "/", []),
        ("https://b.example.com/", "example.com", "/", []),
        ("https://b.example.com", "", "/", ["app.example.com (cookie_domains)"]),
        ("https://b.example.com?x", ".a.test", "/", ["given for a.test (cookie_domains)"]),
        ("http://app.example.com/", "", "/", ["cookie_secure"]),
        ("http://localhost:3000/", "", "/", ["leaves out localhost"]),
        ("/x#y", "", "/app", ["cookie_path"]),
        ("/app/x", "", "/app", []),
        ("https://app.example.com/x?y#z", "", "/app", ["cookie_path"]),
        ("https://[::::]/", "", "/", ["leaves out [::::]"]),
    ],
)
def test_why_a_session_may_not_arrive(url: str, domain: str, path: str, words: list[str]) -> None:
    found = causes.of_session(settings(cookie_path=path), url, asker(), domain)
    assert len(found) == len(words)
    assert all(word in cause for word, cause in zip(words, found, strict=True))


def test_what_the_browser_brought_tells_three_causes_apart() -> None:
    told = {
        causes.of_request(brought=brought, opens=opens)
        for brought, opens in ((False, False), (True, False), (True, True))
    }
    assert len(told) == 3
