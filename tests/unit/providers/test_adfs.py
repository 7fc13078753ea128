"""AD FS as a script of requests and answers."""

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import IdTokenRejected
from sidegate.providers.adfs import AdfsProvider
from tests.unit.oidc.tokens import claims
from tests.unit.providers.script import reply
from tests.unit.providers.test_oidc import ATTEMPT, ME, Stage


@pytest.mark.parametrize(
    ("changes", "email"),
    [
        ({"upn": "alice@corp.example"}, "alice@example.com"),
        ({"email": None, "upn": "alice@corp.example"}, "alice@corp.example"),
        ({"email": None, "upn": "CORP\\alice"}, ""),
        ({"email": None, "upn": ["a@b.c"]}, ""),
        ({"email": None}, ""),
    ],
)
def test_the_sign_in_name_is_the_address_of_whoever_has_none(
    rsa: RSAKey, changes: dict[str, Any], email: str
) -> None:
    stage = Stage(rsa, AdfsProvider).discover()
    stage.answers(claims(**changes))
    assert stage.redeem().identity.email == email


def test_userinfo_says_who_it_is_and_is_not_missed_when_it_fails(rsa: RSAKey) -> None:
    stage = Stage(rsa, AdfsProvider, needs_groups=True).with_userinfo()
    stage.answers(claims(email=None, upn="alice@corp.example", group=["staff"]))
    stage.fetch.expect(ME, reply({}, 401))
    assert stage.redeem().identity.email == "alice@corp.example"
    stage.answers(claims(upn="alice@corp.example"))
    stage.fetch.expect(ME, reply({"sub": "bob"}))
    with pytest.raises(IdTokenRejected):
        stage.redeem()


def test_the_resource_is_named_where_there_is_one(rsa: RSAKey) -> None:
    bare = Stage(rsa, AdfsProvider, needs_groups=True).discover()
    plain = bare.provider.authorization_url(ATTEMPT)
    assert "resource" not in plain
    assert "&scope=openid%20email%20profile&" in plain
    stage = Stage(rsa, AdfsProvider, resource="urn:app").discover()
    assert stage.provider.authorization_url(ATTEMPT).endswith("&resource=urn%3Aapp")
    assert stage.provider.display_name == "AD FS"
