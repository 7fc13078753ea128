"""What rules ask for is looked up in userinfo, at the sign-in and with each refresh."""

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import IdTokenRejected, ProviderUnavailable
from sidegate.core.identity import Identity
from sidegate.core.secret import Secret
from tests.unit.oidc.tokens import claims
from tests.unit.providers.script import reply
from tests.unit.providers.test_oidc import ME, Stage


def test_a_claim_that_a_rule_asks_for_is_looked_up_or_the_sign_in_ends(rsa: RSAKey) -> None:
    stage = Stage(rsa, kept_claims=("dept",)).with_userinfo()
    stage.answers(claims())
    stage.fetch.expect(ME, reply({"sub": "248289761001", "dept": "it"}))
    assert stage.redeem().identity.claims == {"dept": ("it",)}
    stage.answers(claims())
    stage.fetch.expect(ME, ProviderUnavailable("down"))
    with pytest.raises(ProviderUnavailable):
        stage.redeem()


def test_a_refresh_without_id_token_asks_userinfo_who_left_a_group(rsa: RSAKey) -> None:
    old = Identity("248289761001", "alice@example.com", "", ("admins", "staff"))
    stage = Stage(rsa).with_userinfo()
    stage.answers(None)
    stage.fetch.expect(ME, reply({"sub": "248289761001", "groups": ["staff"]}))
    assert stage.refresh(old).identity.groups == ("staff",)
    stage.answers(None)
    stage.fetch.expect(ME, reply({"sub": "somebody-else", "groups": ["admins"]}))
    with pytest.raises(IdTokenRejected):
        stage.refresh(old)
    stage.answers(None, refresh_token="rt-2")
    stage.fetch.expect(ME, ProviderUnavailable("down"))
    grant = stage.refresh(old)
    assert (grant.identity, grant.tokens.refresh_token) == (old, Secret("rt-2"))
