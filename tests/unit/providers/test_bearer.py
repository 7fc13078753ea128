"""Tokens of several issuers, each judged by its own keys and its own audiences."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.core.errors import BearerRejected, EmailUnverified, ProviderUnavailable
from sidegate.core.identity import Identity, VerifiedToken
from sidegate.core.secret import Secret
from sidegate.providers.bearer import build
from tests.unit.oidc.tokens import ISSUER, NOW, claims, jwk, key_set, sign
from tests.unit.providers.script import Turn, reply
from tests.unit.providers.settings import provider_settings
from tests.unit.providers.test_introspection import ACTIVE, ASK, WHO, bearer_settings
from tests.unit.providers.test_oidc import CERTS, DISCOVERY, METADATA, Stage

CI = "https://ci.example"
HEADER = {"alg": "RS256", "kid": "k1"}


class Tokens:
    """A provider, an issuer of a build system, and what verifies tokens of both."""

    def __init__(self, rsa: RSAKey, ci: RSAKey, **bearer: Any) -> None:
        pairs = {"extra_jwt_issuers": ((CI, "deploy"), (CI, "test")), **bearer}
        self.stage = Stage(rsa)
        self.rsa, self.ci = rsa, ci
        self.verifier, self.others = build(
            self.stage.provider,
            provider_settings(),
            bearer_settings(**pairs),
            self.stage.fetch,
            lambda: self.stage.now,
            Turn,
            fetch_of=lambda _: self.stage.fetch,
        )

    def discover(self) -> "Tokens":
        self.stage.discover(introspection_endpoint=f"{ISSUER}/introspect")
        fetch = self.stage.fetch
        for other in self.others:
            if other.issuer == CI:
                document = reply({"issuer": CI, "jwks_uri": CI + "/keys"})
                fetch.expect(f"GET {CI}/.well-known/openid-configuration", document)
                fetch.expect(f"GET {CI}/keys", reply(key_set(jwk(self.ci, kid="c1"))))
            else:
                fetch.expect(DISCOVERY, reply(METADATA))
                fetch.expect(CERTS, self.stage.keys)
            asyncio.run(other.discover())
        return self

    def verify(self, token: str) -> VerifiedToken:
        return asyncio.run(self.verifier.verify(Secret(token)))

    def of_provider(self, **changes: Any) -> VerifiedToken:
        return self.verify(sign(self.rsa, HEADER, claims(**changes)))

    def of_ci(self, kid: str = "c1", **changes: Any) -> VerifiedToken:
        theirs = {"iss": CI, "aud": "deploy", "sub": "job", "email": None, **changes}
        return self.verify(sign(self.ci, {"alg": "RS256", "kid": kid}, claims(**theirs)))


@pytest.fixture
def tokens(rsa: RSAKey, other_rsa: RSAKey) -> Tokens:
    return Tokens(rsa, other_rsa).discover()


def test_a_token_of_another_issuer_is_no_person_of_the_provider(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens.stage.provider, "person", None)
    assert tokens.of_ci().identity == Identity("job")


def test_a_token_says_who_and_until_when(tokens: Tokens) -> None:
    assert tokens.of_provider(groups=["staff"]) == VerifiedToken(
        Identity("248289761001", "alice@example.com", "", ("staff",)), NOW + 300, "oidc"
    )
    assert tokens.of_ci().identity == Identity("job")
    assert tokens.of_ci().provider == CI  # at which nobody signs in
    assert tokens.of_ci(aud=["test"]).identity.user == "job"


def test_an_audience_counts_for_its_own_issuer_only(tokens: Tokens) -> None:
    with pytest.raises(BearerRejected, match="aud"):
        tokens.of_ci(aud="gate")
    with pytest.raises(BearerRejected, match="aud"):
        tokens.of_provider(aud="deploy")


def test_an_issuer_signs_for_itself_only(tokens: Tokens) -> None:
    with pytest.raises(BearerRejected, match="signature"):
        tokens.of_ci("k1", iss=ISSUER, aud="gate")
    with pytest.raises(BearerRejected, match="signature"):
        tokens.verify(sign(tokens.rsa, {"alg": "RS256", "kid": "c1"}, claims(iss=CI, aud="test")))
    with pytest.raises(BearerRejected, match="iss"):
        tokens.of_provider(iss="https://nobody.example")


def test_a_token_costs_nobody_but_its_issuer_a_call(tokens: Tokens) -> None:
    asked = len(tokens.stage.fetch.asked)
    tokens.stage.fetch.expect(f"GET {CI}/keys", reply(key_set(jwk(tokens.ci, kid="c2"))))
    assert tokens.of_ci("c2").identity.user
    assert len(tokens.stage.fetch.asked) == asked + 1


@pytest.mark.parametrize(
    "foreign", [{"iss": "https://app.example"}, {"aud": "x"}, {"exp": NOW - 99}]
)
def test_a_token_that_would_be_refused_anyway_has_no_keys_fetched(
    tokens: Tokens, foreign: dict[str, Any]
) -> None:
    with pytest.raises(BearerRejected):
        tokens.verify(sign(tokens.rsa, {"alg": "RS256", "kid": "unknown"}, claims(**foreign)))


def test_an_unverified_address_is_refused(tokens: Tokens) -> None:
    with pytest.raises(EmailUnverified):
        tokens.of_provider(email_verified=False)
    with pytest.raises(EmailUnverified):
        tokens.of_ci(email="ceo@example.com", email_verified=False)


def test_a_dead_issuer_stops_its_own_tokens_and_nothing_else(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    tokens = Tokens(rsa, other_rsa)
    tokens.stage.discover()
    with pytest.raises(ProviderUnavailable):
        tokens.of_ci()
    assert tokens.of_provider().identity.user
    assert tokens.stage.provider.unready_reason() == ""


def test_the_provider_may_be_an_extra_issuer_with_another_audience(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    pairs = ((CI, "deploy"), (ISSUER, "api"))
    tokens = Tokens(rsa, other_rsa, extra_jwt_issuers=pairs).discover()
    assert tokens.of_provider(aud="api", azp="cli").identity.user
    assert tokens.of_provider().identity.user
    with pytest.raises(BearerRejected):
        tokens.of_provider(aud="deploy")


STAFF = "https://staff.example"


def of_two(rsa: RSAKey, staff_key: RSAKey, token: str) -> VerifiedToken:
    """Let a gate with a second provider judge a token."""
    first, second = Stage(rsa).discover(), Stage(staff_key, id="staff", oidc_issuer_url=STAFF)
    document = {**METADATA, "issuer": STAFF, "jwks_uri": STAFF + "/keys"}
    second.fetch.expect(f"GET {STAFF}/.well-known/openid-configuration", reply(document))
    second.fetch.expect(f"GET {STAFF}/keys", second.keys)
    asyncio.run(second.provider.discover())
    settings, clock = bearer_settings(), lambda: float(NOW)
    verifier, _ = build(
        first.provider,
        provider_settings(),
        settings,
        first.fetch,
        clock,
        Turn,
        [second.provider],
        fetch_of=lambda _: first.fetch,
    )
    return asyncio.run(verifier.verify(Secret(token)))


def test_of_several_providers_the_issuer_of_a_token_says_whose_it_is(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    first, second = sign(rsa, HEADER, claims()), sign(other_rsa, HEADER, claims(iss=STAFF))
    assert of_two(rsa, other_rsa, first).provider == "oidc"
    assert of_two(rsa, other_rsa, second).provider == "staff"


def test_a_provider_signs_for_its_own_issuer_only(rsa: RSAKey, other_rsa: RSAKey) -> None:
    for token in (sign(rsa, HEADER, claims(iss=STAFF)), sign(other_rsa, HEADER, claims())):
        with pytest.raises(BearerRejected, match="signature"):
            of_two(rsa, other_rsa, token)


def test_a_token_of_nobody_is_refused_by_several_providers_too(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    with pytest.raises(BearerRejected, match="iss"):
        of_two(rsa, other_rsa, sign(rsa, HEADER, claims(iss="https://nobody.example")))


def test_an_opaque_token_is_introspected_and_a_jwt_is_not(tokens: Tokens) -> None:
    tokens.stage.fetch.expect(ASK, reply({**ACTIVE, **WHO, "exp": NOW + 9}))
    assert tokens.verify("opaque") == VerifiedToken(
        Identity("alice", "alice@example.com", "", ("staff",)), NOW + 9, "oidc"
    )
    tokens.of_provider()
    assert tokens.stage.fetch.is_played()


def test_a_token_that_is_not_active_is_refused(tokens: Tokens) -> None:
    tokens.stage.fetch.expect(ASK, reply({"active": False}))
    with pytest.raises(BearerRejected, match="not active"):
        tokens.verify("revoked")


def test_without_introspection_an_opaque_token_is_refused_unasked(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    tokens = Tokens(rsa, other_rsa, bearer_token_introspection=False).discover()
    with pytest.raises(BearerRejected, match="no JWT"):
        tokens.verify("opaque")


def test_with_introspection_alone_every_token_is_asked_about(
    rsa: RSAKey, other_rsa: RSAKey
) -> None:
    tokens = Tokens(rsa, other_rsa, skip_jwt_bearer_tokens=False)
    assert tokens.others == []
    tokens.discover().stage.fetch.expect(ASK, reply({"active": False}))
    with pytest.raises(BearerRejected, match="not active"):
        tokens.of_provider()


@pytest.mark.parametrize("junk", ["ey.ey.x", "eyJ.eyJ.eyJ", "eyJ" * 9000 + ".ey.x"])
def test_what_only_looks_like_a_jwt_is_refused(tokens: Tokens, junk: str) -> None:
    with pytest.raises(BearerRejected):
        tokens.verify(junk)


def test_the_reason_does_not_quote_the_token(tokens: Tokens) -> None:
    for changes in ({"aud": "canary"}, {"azp": "canary"}, {"iss": "canary"}, {"sub": "canary\n"}):
        with pytest.raises(BearerRejected) as raised:
            tokens.of_provider(**changes)
        assert "canary" not in str(raised.value)
