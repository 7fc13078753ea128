"""A certified provider serves as one of plain OAuth 2.0: by its addresses, and no ID token."""

import pytest

pytestmark = pytest.mark.needs("oidc-provider")


def addresses(idp):
    """Return the flags that name the provider; nothing is discovered."""
    return (
        "--provider=oauth2",
        f"--login-url={idp.issuer}/auth",
        f"--redeem-url={idp.issuer}/token",
        f"--profile-url={idp.issuer}/me",
        "--scope=openid email",
    )


def test_people_sign_in_and_stay(gate, oidc_provider, app):
    opened = gate(*addresses(oidc_provider), "--cookie-refresh=1ms", idp=oidc_provider)
    with opened.person("alice") as alice:
        assert alice.sign_in("/oauth2/start?rd=/report").text == "hello from /report"
        assert alice.get("/other").text == "hello from /other"
    assert b"X-Forwarded-Email: alice@example.com\r\n" in app.requests[-1]
