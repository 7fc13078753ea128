"""How the gate may ask the directory: with a key of its own, or through the machine."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from sidegate.config.settings import ClientKey, GoogleServiceAccount
from sidegate.core.errors import ProviderMisbehaved, ProviderUnavailable
from sidegate.core.secret import Secret
from sidegate.providers.google_credentials import AdminToken, admin_token
from tests.unit.providers.script import ScriptedFetch, reply
from tests.unit.providers.settings import provider_settings

NOW = 1_700_000_000.0
TOKEN = "POST https://oauth2.googleapis.com/token"
LOCAL = "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default"
SIGN = (
    "POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/s@p.example:signJwt"
)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOD = {"access_token": "canary-admin", "token_type": "Bearer", "expires_in": 3599}


def rights(fetch: ScriptedFetch, **settings: Any) -> AdminToken:
    found = admin_token(
        provider_settings(google_admin_email="root@example.com", **settings), fetch, lambda: NOW
    )
    assert found is not None
    return found


def test_without_an_option_there_are_none() -> None:
    assert admin_token(provider_settings(), ScriptedFetch(), lambda: NOW) is None


def test_a_service_account_signs_for_the_administrator(rsa: RSAKey) -> None:
    fetch = ScriptedFetch()
    key = ClientKey(pem=Secret(rsa.as_pem(private=True)), kind="RSA")
    account = GoogleServiceAccount(email="s@p.example", key_id="k7", key=key)
    found = rights(fetch, google_service_account=account, google_use_organization_id=True)
    fetch.expect(TOKEN, reply(GOOD))
    assert asyncio.run(found.token()) == Secret("canary-admin")
    form = parse_qs(fetch.asked[0].body.decode())
    assert form["grant_type"] == [GRANT]
    token = jwt.decode(form["assertion"][0], rsa, algorithms=["RS256"])
    assert token.header["kid"] == "k7"
    base = "https://www.googleapis.com/auth/admin.directory"
    assert token.claims == {
        "iss": "s@p.example",
        "sub": "root@example.com",
        "aud": "https://oauth2.googleapis.com/token",
        "scope": f"{base}.group.readonly {base}.user.readonly",
        "iat": int(NOW),
        "exp": int(NOW) + 3600,
    }


def test_a_machine_has_google_sign_for_the_named_account() -> None:
    fetch = ScriptedFetch()
    found = rights(
        fetch,
        google_use_application_default_credentials=True,
        google_target_principal="s@p.example",
    )
    fetch.expect(f"{LOCAL}/token", reply({"access_token": "machine-at"}))
    fetch.expect(SIGN, reply({"signedJwt": "a.b.c"}))
    fetch.expect(TOKEN, reply(GOOD))
    assert asyncio.run(found.token()) == Secret("canary-admin")
    local, signing, redeeming = fetch.asked
    assert ("Metadata-Flavor", "Google") in local.headers
    assert ("Authorization", "Bearer machine-at") in signing.headers
    payload = json.loads(json.loads(signing.body)["payload"])
    assert (payload["iss"], payload["sub"]) == ("s@p.example", "root@example.com")
    assert parse_qs(redeeming.body.decode())["assertion"] == ["a.b.c"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"{}", ProviderMisbehaved),
        (200, b"{}", ProviderMisbehaved),
        (200, b"no", ProviderMisbehaved),
        (200, b'{"signedJwt": "a\\nb"}', ProviderMisbehaved),
        (429, b"", ProviderUnavailable),
        (503, b"", ProviderUnavailable),
    ],
)
def test_what_google_does_not_sign_gives_no_rights(
    status: int, body: bytes, error: type[Exception]
) -> None:
    fetch = ScriptedFetch()
    found = rights(
        fetch,
        google_use_application_default_credentials=True,
        google_target_principal="s@p.example",
    )
    fetch.expect(f"{LOCAL}/token", reply({"access_token": "machine-at"}))
    fetch.expect(SIGN, reply(body, status))
    with pytest.raises(error):
        asyncio.run(found.token())
