"""What browsers do with our cookies at the public address."""

import asyncio

import pytest

from sidegate.doctor.cookies import check_cookies
from tests.unit.doctor.conftest import MakeScene

HTTPS = "https://app.example.com"


def found(make_scene: MakeScene, *flags: str, url: str = HTTPS) -> list[tuple[str, str]]:
    findings = asyncio.run(check_cookies(make_scene(*flags, url=url)))
    return [(str(one.severity), one.id) for one in findings]


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--cookie-domain=example.com"],
        ["--cookie-domain=other.test", "--cookie-domain=app.example.com"],
        ["--cookie-domain=example.com", "--whitelist-domain=.example.com"],
    ],
)
def test_cookies_that_fit(make_scene: MakeScene, flags: list[str]) -> None:
    assert found(make_scene, *flags) == [("fine", "cookies")]


@pytest.mark.parametrize("url", ["http://localhost:4180", "http://127.0.0.1:4180"])
def test_secure_cookies_are_kept_on_loopback(make_scene: MakeScene, url: str) -> None:
    assert found(make_scene, url=url) == [("fine", "cookies")]


@pytest.mark.parametrize(
    ("flags", "url", "finding"),
    [
        (["--cookie-domain=other.test"], HTTPS, ("problem", "cookie_domain")),
        (["--cookie-domain=ample.com"], HTTPS, ("problem", "cookie_domain")),
        (["--whitelist-domain=.example.com"], HTTPS, ("warning", "cookie_domain")),
        ([], "http://app.example.com", ("problem", "cookie_secure")),
        (["--cookie-secure=false"], HTTPS, ("warning", "cookie_secure")),
        (["--cookie-path=/app"], HTTPS, ("problem", "cookie_path")),
    ],
)
def test_cookies_that_do_not_fit(
    make_scene: MakeScene, flags: list[str], url: str, finding: tuple[str, str]
) -> None:
    assert finding in found(make_scene, *flags, url=url)


def test_an_application_that_no_cookie_reaches_is_named(make_scene: MakeScene) -> None:
    flags = ["--cookie-path=/oauth2", "--upstream=http://127.0.0.1:8080/shop/"]
    (one,) = asyncio.run(check_cookies(make_scene(*flags, url=HTTPS)))
    assert one.seen == "cookies are for /oauth2, applications at /shop/"


def test_nothing_is_said_where_nobody_knows_the_address(make_scene: MakeScene) -> None:
    assert asyncio.run(check_cookies(make_scene())) == []
