"""Cookies that a browser would drop, or that would not protect, stop the start."""

import pytest

from tests.unit.config.conftest import Desk


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (("--cookie-name=a b",), "no cookie name"),
        (("--cookie-name=",), "no cookie name"),
        (("--cookie-name=a;b",), "no cookie name"),
        (("--cookie-name=" + "x" * 257,), "257 characters"),
        (("--cookie-name=__Host-a", "--cookie-domain=a.test"), "no domain"),
        (("--cookie-name=__Host-a", "--cookie-path=/x"), "path /"),
        (("--cookie-name=__host-a", "--cookie-secure=false"), "without Secure"),
        (("--cookie-name=__Secure-a", "--cookie-secure=false"), "without Secure"),
        (("--cookie-name=__HTTP-a", "--cookie-httponly=false"), "without HttpOnly"),
        (("--cookie-name=__Host-Http-a", "--cookie-httponly=false"), "without HttpOnly"),
        (("--cookie-name=__Http-a", "--cookie-secure=false"), "without Secure"),
        (("--cookie-samesite=none", "--cookie-secure=false"), "SameSite=None"),
        (("--cookie-csrf-samesite=none", "--cookie-secure=false"), "SameSite=None"),
        (("--cookie-samesite=bad",), '"bad" is not accepted'),
        (("--cookie-domain=https://a.test",), "is no domain"),
        (("--cookie-domain=a.test:80",), "is no domain"),
        (("--cookie-domain=*.a.test",), "is no domain"),
        (("--cookie-domain=.127.0.0.1",), "is no domain"),
        (("--cookie-path=x",), "not a path"),
        (("--cookie-path=/;x",), "not a path"),
        (("--cookie-refresh=200h",), "end after 168h"),
        (("--cookie-refresh=1h", "--cookie-expire=1h"), "end after 1h"),
        (("--cookie-refresh=-1h",), "negative"),
        (("--session-idle-timeout=168h",), "ends after 168h already"),
        (("--session-idle-timeout=1h", "--cookie-expire=1h"), "ends after 1h already"),
        (("--cookie-csrf-expire=0",), "more than zero"),
        (("--cookie-csrf-per-request=false",), "per attempt"),
        (("--cookie-csrf-per-request-limit=0",), "more than zero"),
        (("--session-store-type=file",), "is not accepted"),
    ],
)
def test_mistakes(desk: Desk, flags: tuple[str, ...], part: str) -> None:
    assert part in desk.mistake(*flags)


@pytest.mark.parametrize(
    "flags",
    [
        ("--cookie-name=__Host-gate",),
        ("--cookie-name=__Http-gate", "--cookie-domain=.a.test"),
        ("--cookie-name=a__Host-", "--cookie-secure=false"),
        ("--cookie-name=__Secure-gate", "--cookie-domain=.a.test", "--cookie-path=/x"),
        ("--cookie-name=" + "x" * 256,),
        ("--cookie-samesite=none",),
        ("--cookie-expire=0", "--cookie-refresh=1h"),
        ("--cookie-expire=2h", "--cookie-refresh=119m"),
    ],
)
def test_right_ones(desk: Desk, flags: tuple[str, ...]) -> None:
    assert desk.mistakes(*flags) == []


def test_a_choice_may_be_written_in_any_case(desk: Desk) -> None:
    assert desk.load("--cookie-samesite=Strict").settings.cookie.cookie_samesite == "strict"


def test_the_default_of_refresh_gives_way_to_a_session_that_is_shorter(desk: Desk) -> None:
    loaded = desk.load("--cookie-expire=30m")
    assert loaded.settings.cookie.cookie_refresh == 0
    assert loaded.values["cookie_refresh"].place == "default"
    assert loaded.warnings == []


def test_a_minimal_session_cannot_pass_tokens_on_or_be_renewed(desk: Desk) -> None:
    assert desk.load("--session-cookie-minimal").settings.cookie.session_cookie_minimal
    for flag in ("--pass-access-token", "--set-authorization-header", "--cookie-refresh=1h"):
        (mistake,) = desk.mistakes("--session-cookie-minimal", flag)
        assert "session_cookie_minimal" in mistake


def test_the_cookies_of_the_founding_document_are_the_defaults(desk: Desk) -> None:
    toml = """
    cookie_secure = true
    cookie_httponly = true
    cookie_samesite = "lax"
    cookie_expire = "168h"
    cookie_refresh = "1h"
    """
    assert desk.load(toml=toml).settings.cookie == desk.load().settings.cookie


def test_a_limit_that_would_refuse_our_own_cookies_is_told(desk: Desk) -> None:
    (warning,) = desk.load("--limit-header-bytes=16384").warnings
    assert "431" in warning
    assert desk.load("--limit-header-bytes=40960").warnings == []
