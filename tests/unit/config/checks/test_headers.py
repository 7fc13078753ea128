"""Claims become fields that mean nothing else, and identity tokens name who made them for whom."""

import pytest

from tests.unit.config.conftest import Desk

ON = "--pass-identity-token"
FOR_APP = "--identity-token-audience=https://app.example.com"
BY = "--identity-token-issuer=https://gate.example.com"


def test_claims_of_headers_are_kept_in_the_session(desk: Desk) -> None:
    flags = "--claim-header=X-Department=department,X-Roles=realm_access.roles"
    settings = desk.load(flags).settings
    assert settings.headers.claim_headers == (
        ("X-Department", "department"),
        ("X-Roles", "realm_access.roles"),
    )
    assert settings.providers[0].kept_claims == ("department", "realm_access.roles")


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ("X-Department", "no field and claim"),
        ("=department", "no field and claim"),
        ("X Department=department", "no field and claim"),
        ("X_Department=department", "no field and claim"),
        ("X-Department:=d", "no field and claim"),
        ("Host=department", "something else"),
        ("X-Forwarded-Email=email", "something else"),
        ("x-auth-request-jwt=department", "something else"),
        ("Transfer-Encoding=department", "something else"),
        ("Sec-Fetch-Site=department", "something else"),
        ("X-A=a,x-a=b", "given twice"),
    ],
)
def test_a_field_has_one_meaning(entry: str, part: str, desk: Desk) -> None:
    assert part in desk.mistake(f"--claim-header={entry}")


def test_an_identity_token_names_the_gate_and_the_application(desk: Desk) -> None:
    headers = desk.load(ON, FOR_APP, BY).settings.headers
    assert headers.identity_token_issuer == "https://gate.example.com"
    redirect = "--redirect-url=https://app.example.com/oauth2/callback"
    found = desk.load(ON, FOR_APP, redirect).settings.headers
    assert found.identity_token_issuer == "https://app.example.com/oauth2"
    assert found.identity_token_audience == "https://app.example.com"


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        ((ON, BY), "--identity-token-audience"),
        ((ON, FOR_APP), "--identity-token-issuer"),
        ((ON, BY, "--identity-token-audience=my app"), "is no name"),
        ((ON, FOR_APP, "--identity-token-issuer=gate"), "--identity-token-issuer"),
        ((ON, FOR_APP, "--identity-token-issuer=http://gate.example"), "plain http"),
        ((ON, FOR_APP, BY, "--identity-token-lifetime=5s"), "from 30 seconds"),
        ((ON, FOR_APP, BY, "--identity-token-lifetime=24h"), "from 30 seconds"),
        ((FOR_APP,), "does nothing without"),
        ((BY,), "does nothing without"),
    ],
)
def test_half_of_it_is_a_mistake(flags: tuple[str, ...], part: str, desk: Desk) -> None:
    assert part in desk.mistake(*flags)
