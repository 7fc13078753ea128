"""The Domain of our cookies is the configured one that fits the host best."""

import pytest

from sidegate.stores.attributes import CookieAttributes
from tests.unit.stores.kit import settings


@pytest.mark.parametrize(
    ("host", "domains", "domain"),
    [
        ("example.com", (), ""),
        ("www.cookies.test", ("www.cookies.test",), "www.cookies.test"),
        ("www.cookies.test", (".cookies.test",), ".cookies.test"),
        ("www.example.com", (".example.com", "www.example.com"), "www.example.com"),
        ("www.example.com:8443", (".example.com", "www.example.com"), "www.example.com"),
        ("EXAMPLE.com", ("example.com", ".b.example.com"), "example.com"),
        ("xexample.com", (".b.example.com", "example.com", ".test"), ".test"),
        ("www.cookies.test", (".cookies.wrong", ".cookies.false"), ".cookies.false"),
        ("[::1]:80", ("www.example.com", ".example.com"), ".example.com"),
        ("example.com", ("*.example.com",), ""),
        ("example.com", ("example.com:8443",), ""),
        ("example.com", ("",), ""),
        ("evil.test\r\n", ("example.com",), "example.com"),
    ],
)
def test_the_domain_is_chosen_for_the_host(
    host: str, domains: tuple[str, ...], domain: str
) -> None:
    attributes = CookieAttributes(settings(cookie_domains=domains))
    assert attributes.domain_for(host) == domain
    assert ("Domain=" in attributes.clear("n", host)) == bool(domain)


def test_a_path_that_is_empty_is_left_out() -> None:
    attributes = CookieAttributes(settings(cookie_path="", cookie_samesite=""))
    assert attributes.render("n", "v", "h", None) == "n=v; HttpOnly; Secure"
