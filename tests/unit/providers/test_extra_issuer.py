"""An issuer nobody signs in at: its keys are found, and its tokens count for its audiences."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved, ProviderUnavailable
from sidegate.oidc.bearer_token import read_bearer_token
from sidegate.providers.extra_issuer import ExtraIssuer
from tests.unit.oidc.tokens import NOW, claims, jwk, key_set, sign
from tests.unit.providers.script import ScriptedFetch, Turn, reply
from tests.unit.providers.settings import provider_settings

ISSUER = "https://ci.example/"
DISCOVERY = "GET https://ci.example/.well-known/openid-configuration"
USUAL = "GET https://ci.example/.well-known/jwks.json"
# As build systems and clusters have it: no endpoint at which anybody could sign in.
DOCUMENT = {"issuer": ISSUER, "jwks_uri": "https://ci.example/keys"}


class Stage:
    """An issuer, its script, and who signs for it."""

    def __init__(self, rsa: RSAKey, **settings: Any) -> None:
        self.rsa = rsa
        self.fetch = ScriptedFetch()
        self.issuer = ExtraIssuer(
            ISSUER,
            frozenset({"deploy"}),
            provider_settings(**settings),
            self.fetch,
            lambda: float(NOW),
            Turn(),
        )

    def answers(self, line: str, *replies: Any) -> None:
        for answer in replies:
            self.fetch.expect(line, answer)

    def discover(self) -> None:
        asyncio.run(self.issuer.discover())
        assert self.fetch.is_played()

    def verify(self, header: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        token = {"iss": ISSUER, "aud": "deploy", "sub": "repo:a/b", "nonce": None, **changes}
        text = sign(self.rsa, {"alg": "RS256", "kid": "k1", **(header or {})}, claims(**token))
        return asyncio.run(self.issuer.verify_bearer(read_bearer_token(text)))


@pytest.fixture
def stage(rsa: RSAKey) -> Stage:
    stage = Stage(rsa)
    stage.answers(DISCOVERY, reply(DOCUMENT))
    stage.answers("GET https://ci.example/keys", reply(key_set(jwk(rsa, kid="k1"))))
    stage.discover()
    return stage


def test_a_token_for_the_audience_of_the_pair_is_accepted(stage: Stage) -> None:
    assert stage.verify()["sub"] == "repo:a/b"


@pytest.mark.parametrize(
    "wrong", [{"aud": "gate"}, {"iss": "https://ci.example"}, {"exp": NOW - 30}]
)
def test_a_token_for_anybody_else_is_refused(stage: Stage, wrong: dict[str, Any]) -> None:
    with pytest.raises(IdTokenRejected):
        stage.verify(**wrong)


def test_an_audience_that_is_trusted_at_the_provider_is_not_one_here(rsa: RSAKey) -> None:
    stage = Stage(rsa, oidc_extra_audiences=("api",))
    stage.answers(DISCOVERY, reply(b"", 404))
    stage.answers(USUAL, reply(key_set(jwk(rsa, kid="k1"))))
    stage.discover()
    with pytest.raises(IdTokenRejected, match="aud"):
        stage.verify(aud="api")


def test_without_a_document_the_keys_are_where_they_usually_are(rsa: RSAKey) -> None:
    stage = Stage(rsa)
    stage.answers(DISCOVERY, reply(b"", 404))
    stage.answers(USUAL, reply(key_set(jwk(rsa, kid="k1"))))
    stage.discover()
    assert stage.verify({"alg": "PS256"})["sub"]


def test_a_document_of_another_issuer_is_no_silence(rsa: RSAKey) -> None:
    stage = Stage(rsa)
    stage.answers(DISCOVERY, reply({**DOCUMENT, "issuer": "https://other.example"}))
    with pytest.raises(ProviderMisbehaved, match="last character"):
        stage.discover()


def test_until_it_answers_its_tokens_are_refused_and_nobody_is_asked(rsa: RSAKey) -> None:
    stage = Stage(rsa)
    with pytest.raises(ProviderUnavailable):
        stage.verify()
    stage.answers(DISCOVERY, ProviderUnavailable("https://ci.example: refused"))
    with pytest.raises(ProviderUnavailable):
        stage.discover()
    with pytest.raises(ProviderUnavailable):
        stage.verify()


def test_the_operators_list_of_algorithms_counts_here_too(rsa: RSAKey) -> None:
    stage = Stage(rsa, oidc_enabled_signing_algs=("ES256",))
    stage.answers(DISCOVERY, reply(DOCUMENT))
    with pytest.raises(ProviderMisbehaved, match="algorithm"):
        stage.discover()


def test_an_issuer_shows_its_name_and_nothing_else(stage: Stage) -> None:
    assert repr(stage.issuer) == f"<ExtraIssuer {ISSUER}>"
