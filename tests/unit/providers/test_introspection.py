"""The provider is asked about opaque tokens, by a client that says who it is."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from sidegate.config.settings import BearerSettings
from sidegate.core.errors import (
    IdTokenRejected,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.core.secret import Secret
from sidegate.providers.introspection import MOST_AT_ONCE, Introspector
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER
from tests.unit.providers.script import reply
from tests.unit.providers.settings import provider_settings
from tests.unit.providers.test_oidc import Stage

ASK, ME = f"POST {ISSUER}/introspect", f"GET {ISSUER}/me"
ENDPOINTS = {"introspection_endpoint": f"{ISSUER}/introspect", "userinfo_endpoint": f"{ISSUER}/me"}
TOKEN = Secret("canary-opaque")
ACTIVE = {"active": True, "sub": "alice", "client_id": CLIENT_ID, "token_type": "Bearer"}
WHO = {"email": "alice@example.com", "groups": ["staff"]}


def bearer_settings(**changes: Any) -> BearerSettings:
    values: dict[str, Any] = {
        "skip_jwt_bearer_tokens": True,
        "bearer_token_login_fallback": False,
        "extra_jwt_issuers": (),
        "bearer_token_introspection": True,
        "introspection_url": "",
        "introspection_cache_ttl": 30.0,
    }
    return BearerSettings(**{**values, **changes})


def introspector(
    stage: Stage, settings: dict[str, Any] | None = None, **changes: Any
) -> Introspector:
    return Introspector(
        stage.provider,
        provider_settings(**(settings or {})),
        bearer_settings(**changes),
        stage.fetch,
        lambda: stage.now,
    )


def ask(
    stage: Stage, settings: dict[str, Any] | None = None, **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    return asyncio.run(introspector(stage, settings, **changes).claims(TOKEN))


@pytest.fixture
def stage(rsa: RSAKey) -> Stage:
    return Stage(rsa).discover(**ENDPOINTS)


def test_one_question_is_enough_when_the_answer_says_who_it_is(stage: Stage) -> None:
    stage.fetch.expect(ASK, reply({**ACTIVE, **WHO}))
    assert ask(stage) == ({**ACTIVE, **WHO}, {})
    assert stage.fetch.is_played()


def test_userinfo_fills_what_the_answer_leaves_out(stage: Stage) -> None:
    stage.fetch.expect(ASK, reply(ACTIVE))
    stage.fetch.expect(ME, reply({"sub": "alice", **WHO}))
    assert ask(stage)[1]["email"] == "alice@example.com"
    assert ("Authorization", "Bearer canary-opaque") in stage.fetch.asked[-1].headers


def test_userinfo_about_somebody_else_refuses_the_token(stage: Stage) -> None:
    stage.fetch.expect(ASK, reply(ACTIVE))
    stage.fetch.expect(ME, reply({"sub": "bob", **WHO}))
    with pytest.raises(IdTokenRejected):
        ask(stage)


def test_a_token_that_may_not_read_userinfo_has_none(stage: Stage) -> None:
    stage.fetch.expect(ASK, reply(ACTIVE))
    stage.fetch.expect(ME, reply(b"", 403))
    assert ask(stage) == (ACTIVE, {})


def test_the_operators_address_comes_before_the_discovered_one(stage: Stage) -> None:
    stage.fetch.expect(f"POST {ISSUER}/other", reply({**ACTIVE, **WHO}))
    ask(stage, introspection_url=f"{ISSUER}/other")
    assert stage.fetch.is_played()


def test_the_issuer_is_compared_unless_the_operator_says_otherwise(stage: Stage) -> None:
    lax = {"insecure_oidc_skip_issuer_verification": True}
    for _ in range(2):
        stage.fetch.expect(ASK, reply({**ACTIVE, **WHO, "iss": "https://tenant.example"}))
    assert ask(stage, lax)[0]["sub"] == "alice"
    with pytest.raises(IdTokenRejected, match="iss"):
        ask(stage)


def test_without_any_address_the_remedy_is_named(rsa: RSAKey) -> None:
    with pytest.raises(ProviderMisbehaved, match="introspection_url"):
        ask(Stage(rsa).discover())


def test_before_discovery_nobody_is_asked(rsa: RSAKey) -> None:
    with pytest.raises(ProviderUnavailable):
        ask(Stage(rsa))


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        ({}, "Authorization"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_post"]}, "form"),
        ({"introspection_endpoint_auth_methods_supported": ["client_secret_post"]}, "form"),
    ],
)
def test_our_authentication_is_what_the_endpoint_takes(
    rsa: RSAKey, metadata: dict[str, Any], where: str
) -> None:
    stage = Stage(rsa).discover(**ENDPOINTS, **metadata)
    stage.fetch.expect(ASK, reply({**ACTIVE, **WHO}))
    ask(stage)
    request = stage.fetch.asked[-1]
    assert (b"client_secret=" in request.body) == (where == "form")
    assert any(name == "Authorization" for name, _ in request.headers) == (where != "form")


def test_a_flood_of_tokens_is_no_flood_at_the_provider(stage: Stage) -> None:
    asked: list[FetchRequest] = []

    async def flood() -> list[Any]:
        answer = asyncio.Event()

        async def fetch(request: FetchRequest, /) -> FetchResponse:
            asked.append(request)
            await answer.wait()
            return reply({**ACTIVE, **WHO})

        made = introspector(stage)
        made._fetch = fetch
        loop = asyncio.get_running_loop()
        waiting = [loop.create_task(made.claims(Secret(str(n)))) for n in range(200)]
        await asyncio.sleep(0)
        answer.set()
        outcome = await asyncio.gather(*waiting, return_exceptions=True)
        await made.claims(TOKEN)
        return outcome

    outcome = asyncio.run(flood())
    assert len(asked) == MOST_AT_ONCE + 1
    assert sum(isinstance(one, ProviderUnavailable) for one in outcome) == 200 - MOST_AT_ONCE
