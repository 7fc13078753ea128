"""What the checks look at."""

import pytest

from sidegate.doctor.scene import Address, parse_address
from tests.unit.doctor.conftest import MakeScene


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://App.Example.com", Address("https", "app.example.com", 443)),
        ("http://app.test:8080/path?x", Address("http", "app.test", 8080)),
        ("https://[::1]:8443", Address("https", "::1", 8443)),
        ("ftp://app.test", None),
        ("app.test", None),
        ("https://", None),
        ("https://app.test:99999", None),
    ],
)
def test_an_address_is_an_origin(url: str, address: Address | None) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize("url", ["https://app.test", "http://app.test:8080", "https://[::1]:8443"])
def test_an_address_is_written_as_it_was_read(url: str) -> None:
    assert str(parse_address(url)) == url


def test_the_public_address_is_what_was_told_else_that_of_the_callback(
    make_scene: MakeScene,
) -> None:
    assert make_scene().public is None
    configured = make_scene("--redirect-url=https://app.test/oauth2/callback")
    assert (str(configured.public), configured.is_told) == ("https://app.test", False)
    told = make_scene("--redirect-url=https://app.test", url="https://other.test/x")
    assert (str(told.public), told.is_told) == ("https://other.test", True)
