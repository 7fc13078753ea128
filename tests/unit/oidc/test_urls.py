"""Addresses of providers."""

import pytest

from sidegate.oidc.urls import endpoint_fault, origin_of, with_parameters


@pytest.mark.parametrize(
    "url",
    [
        "https://idp.example/token",
        "https://idp.example:8443/a?tenant=b",
        "http://localhost:8080/token",
        "http://127.0.0.1/token",
        "http://127.1.2.3/token",
        "http://[::1]:9000/token",
    ],
)
def test_https_everywhere_and_http_on_loopback_may_be_called(url: str) -> None:
    assert endpoint_fault(url) == ""


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://idp.example/token", "https"),
        ("http://127.0.0.1.evil.example/", "https"),
        ("http://localhost.evil.example/", "https"),
        ("http://127.evil/", "https"),
        ("ftp://localhost/", "https"),
        ("javascript:alert(1)", "host"),
        ("https:///token", "host"),
        ("/token", "host"),
        ("https://user:pw@idp.example/", "user"),
        ("https://@idp.example/", "user"),
        ("https://idp.example/#x", "fragment"),
        ("https://idp.example:99999/", "address"),
        ("https://[::1/", "address"),
        ("https://idp.example\\@evil.example/", "characters"),
        ("https://idp.example/a b", "characters"),
        ("https://idp.example/\r\nX: 1", "characters"),
        ("https://b\u00fccher.example/", "characters"),
    ],
)
def test_every_other_address_is_named_with_its_fault(url: str, fault: str) -> None:
    assert fault in endpoint_fault(url)


def test_the_own_query_of_an_endpoint_stays() -> None:
    url = with_parameters("https://idp.example/a?tenant=x%20y&state=old", [("state", "n w")])
    assert url == "https://idp.example/a?tenant=x%20y&state=n%20w"
    assert with_parameters("https://idp.example/a?", [("b", "&")]) == "https://idp.example/a?b=%26"


def test_the_origin_has_scheme_host_and_port() -> None:
    assert origin_of("https://idp.test:8443/realms/one?x") == "https://idp.test:8443"
