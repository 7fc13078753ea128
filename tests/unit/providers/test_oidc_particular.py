"""What a kind of provider adds to OpenID Connect, and when it is asked."""

from dataclasses import replace

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import (
    GrantRejected,
    IdTokenRejected,
    NotAuthorized,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.identity import Identity
from sidegate.core.secret import Secret
from sidegate.oidc.claims import Claims
from sidegate.providers.oidc import OidcProvider
from tests.unit.oidc.tokens import claims
from tests.unit.providers.test_oidc import ATTEMPT, Stage, session


class Particular(OidcProvider):
    """A provider that tells of groups elsewhere."""

    name = "Particular"
    ending: Exception | None = None

    def least_scope(self) -> str:
        return "openid"

    def extra_parameters(self) -> tuple[tuple[str, str], ...]:
        return (("access_type", "offline"),)

    async def complete(self, identity: Identity, claims: Claims, token: Secret[str]) -> Identity:
        if self.ending is not None:
            raise self.ending
        return replace(identity, groups=(f"{len(claims) > 0}", token.reveal()))


@pytest.fixture
def particular(rsa: RSAKey) -> tuple[Particular, Stage]:
    stage = Stage(rsa, Particular).discover()
    assert isinstance(stage.provider, Particular)
    return stage.provider, stage


def test_a_particular_provider_says_more_and_asks_more(
    particular: tuple[Particular, Stage],
) -> None:
    provider, stage = particular
    assert provider.authorization_url(ATTEMPT).endswith("&access_type=offline")
    assert "&scope=openid&" in provider.authorization_url(ATTEMPT)
    assert provider.display_name == "Particular"
    stage.answers(claims())
    assert stage.redeem().identity.groups == ("True", "canary-at")
    stage.answers(None)
    assert stage.refresh().identity.groups == ("False", "canary-at"), "asked again at a refresh"


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (ProviderUnavailable("down"), None),
        (ProviderMisbehaved("odd"), None),
        (GrantRejected("gone"), GrantRejected),
        (NotAuthorized("left"), IdTokenRejected),
        (IdTokenRejected("bad"), IdTokenRejected),
    ],
)
def test_a_refresh_ends_by_who_may_not_stay_and_not_by_who_cannot_tell(
    ending: Exception,
    outcome: type[Exception] | None,
    particular: tuple[Particular, Stage],
) -> None:
    provider, stage = particular
    provider.ending = ending
    stage.answers(claims(nonce=None))
    if outcome is None:
        assert stage.refresh().identity == session().identity
    else:
        with pytest.raises(outcome):
            stage.refresh()
