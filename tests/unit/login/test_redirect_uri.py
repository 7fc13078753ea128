"""The redirect URI is the one address that the provider knows us by."""

import pytest

from sidegate.core.messages import Asker
from sidegate.login.redirect_uri import redirect_uri


@pytest.mark.parametrize(
    ("option", "scheme", "host", "secure", "expected"),
    [
        ("", "http", "in.test:4180", False, "http://in.test:4180/oauth2/callback"),
        ("", "http", "in.test:4180", True, "https://in.test:4180/oauth2/callback"),
        ("", "https", "in.test", False, "https://in.test/oauth2/callback"),
        ("", "http", "localhost:4180", True, "http://localhost:4180/oauth2/callback"),
        ("", "http", "[::1]:4180", True, "http://[::1]:4180/oauth2/callback"),
        ("", "http", "localhost.evil.test", True, "https://localhost.evil.test/oauth2/callback"),
        ("/custom/cb", "http", "in.test", True, "https://in.test/custom/cb"),
        ("https://a.test", "http", "in.test", False, "https://a.test/oauth2/callback"),
        ("https://a.test/cb", "http", "in.test", False, "https://a.test/cb"),
        ("http://localhost:9/cb", "http", "in.test", True, "http://localhost:9/cb"),
    ],
)
def test_the_option_counts_first_then_the_asked_host(
    option: str, scheme: str, host: str, *, secure: bool, expected: str
) -> None:
    asker = Asker("10.1.1.1", scheme, host, trusted=False)
    assert redirect_uri(option, "/oauth2", asker, cookie_secure=secure) == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("", "https://in.test/oauth2/callback/corp"),
        ("/custom/cb", "https://in.test/custom/cb/corp"),
        ("https://a.test", "https://a.test/oauth2/callback/corp"),
        ("https://a.test/cb?x=1", "https://a.test/cb/corp?x=1"),
    ],
)
def test_one_of_several_providers_has_an_address_of_its_own(option: str, expected: str) -> None:
    asker = Asker("10.0.0.1", "https", "in.test", trusted=False)
    found = redirect_uri(option, "/oauth2", asker, cookie_secure=True, suffix="/corp")
    assert found == expected
