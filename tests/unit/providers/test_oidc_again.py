"""An issuer that is asked anew may have moved, and may fail: then it stays what it was."""

import asyncio

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import ProviderUnavailable
from tests.unit.oidc.tokens import claims
from tests.unit.providers.script import reply
from tests.unit.providers.test_oidc import CERTS, DISCOVERY, METADATA, Stage


@pytest.fixture
def stage(rsa: RSAKey) -> Stage:
    return Stage(rsa).discover()


def test_an_issuer_that_moves_its_endpoints_is_followed(stage: Stage) -> None:
    moved = "https://elsewhere.example"
    document = {**METADATA, "token_endpoint": f"{moved}/token", "jwks_uri": f"{moved}/certs"}
    stage.fetch.expect(DISCOVERY, reply(document))
    stage.fetch.expect(f"GET {moved}/certs", stage.keys)
    stage.run_discovery()
    assert stage.provider.metadata().token_endpoint == f"{moved}/token"


@pytest.mark.parametrize("broken", ["document", "keys"])
def test_an_issuer_that_fails_when_asked_anew_stays_what_it_was(stage: Stage, broken: str) -> None:
    gone = ProviderUnavailable("down")
    moved = {**METADATA, "token_endpoint": "https://elsewhere.example/token"}
    stage.fetch.expect(DISCOVERY, gone if broken == "document" else reply(moved))
    if broken == "keys":
        stage.fetch.expect(CERTS, gone)
    with pytest.raises(ProviderUnavailable):
        asyncio.run(stage.provider.discover())
    assert stage.provider.unready_reason() == ""
    stage.answers(claims())
    assert stage.redeem()
