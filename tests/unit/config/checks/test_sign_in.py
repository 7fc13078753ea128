"""A sign-in whose cookie a browser would not bring back is told at the start."""

import pytest

from tests.unit.config.conftest import Desk

FORM_POST = "--auth-request-response-mode=form_post"


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        ((FORM_POST, "--cookie-secure=false"), "without Secure"),
        ((FORM_POST, "--cookie-csrf-samesite=lax"), "would not bring"),
        ((FORM_POST, "--cookie-csrf-samesite=strict"), "would not bring"),
        ((FORM_POST, "--redirect-url=https://a.test/x?y=1"), "query"),
        (("--auth-request-response-mode=fragment",), "not accepted"),
        (("--auth-request-response-mode=form_post.jwt",), "not accepted"),
    ],
)
def test_mistakes(desk: Desk, flags: tuple[str, ...], part: str) -> None:
    assert part in "".join(desk.mistakes(*flags))


@pytest.mark.parametrize(("mode", "samesite"), [("query", ""), ("form_post", "none")])
def test_with_form_post_the_sign_in_cookie_comes_from_another_site(
    desk: Desk, mode: str, samesite: str
) -> None:
    loaded = desk.load(f"--auth-request-response-mode={mode}")
    assert loaded.settings.cookie.cookie_csrf_samesite == samesite
    assert loaded.settings.cookie.cookie_samesite == "lax"
    assert loaded.warnings == []


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (("--cookie-samesite=strict",), "strict sign-in cookie"),
        (("--cookie-csrf-samesite=strict",), "strict sign-in cookie"),
        (("--redirect-url=https://a.test", "--cookie-domain=b.test"), "nobody can sign in"),
        (("--redirect-url=https://ba.test", "--cookie-domain=a.test"), "nobody can sign in"),
        (("--cookie-path=/app",), "/oauth2/callback"),
        (("--redirect-url=https://a.test/back", "--cookie-path=/app"), "/back"),
        (("--cookie-path=/oauth2",), "to the application"),
        (("--cookie-path=/oauth2/callback",), "to the application"),
    ],
)
def test_warnings(desk: Desk, flags: tuple[str, ...], part: str) -> None:
    (warning,) = desk.load(*flags).warnings
    assert part in warning


@pytest.mark.parametrize(
    "flags",
    [
        ("--cookie-samesite=strict", "--cookie-csrf-samesite=lax"),
        ("--redirect-url=https://app.a.test", "--cookie-domain=b.test,.A.test"),
        ("--redirect-url=https://app.a.test/app/back", "--cookie-path=/app"),
        ("--cookie-path=/gate", "--proxy-prefix=/gate/oauth2"),
    ],
)
def test_right_ones(desk: Desk, flags: tuple[str, ...]) -> None:
    assert desk.load(*flags).warnings == []
