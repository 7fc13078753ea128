"""The answer about an opaque token: active is not enough (RFC 7662 section 4)."""

from typing import Any

import pytest

from sidegate.core.errors import IdTokenRejected, ProviderMisbehaved, ProviderUnavailable
from sidegate.core.secret import Secret
from sidegate.oidc.introspection import introspection_request, parse_introspection
from sidegate.oidc.token_endpoint import Client
from tests.unit.oidc.tokens import CLIENT_ID, ISSUER, NOW
from tests.unit.providers.script import reply

GOOD = {
    "active": True,
    "iss": ISSUER,
    "sub": "alice",
    "client_id": CLIENT_ID,
    "token_type": "Bearer",
    "exp": NOW + 300,
}


def judge(status: int = 200, **changes: Any) -> dict[str, Any]:
    body = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return parse_introspection(
        reply(body, status), issuer=ISSUER, audiences=frozenset({CLIENT_ID, "api"}), now=NOW
    )


def test_the_question_is_a_form_from_a_client_that_says_who_it_is() -> None:
    client = Client("gate", Secret("s"))
    request = introspection_request(ISSUER + "/introspect", client, Secret("canary/token"))
    assert (request.method, request.url) == ("POST", ISSUER + "/introspect")
    assert request.body == b"token=canary%2Ftoken&token_type_hint=access_token"
    assert any(name == "Authorization" for name, _ in request.headers)
    assert request.timeout <= 5
    assert request.limit <= 65536
    assert request.may_be_repeated
    assert "canary" not in repr(request)


def test_a_question_with_an_assertion_is_asked_once() -> None:
    client = Client("gate", Secret(""), assertion=Secret("eyJ.a.b"))
    request = introspection_request(ISSUER + "/introspect", client, Secret("canary/token"))
    assert not request.may_be_repeated


def test_an_active_access_token_of_ours_has_claims() -> None:
    assert judge()["sub"] == "alice"


@pytest.mark.parametrize("aud", ["api", [CLIENT_ID], ["account", "api"]])
def test_a_token_that_names_us_may_be_issued_to_any_client(aud: Any) -> None:
    assert judge(aud=aud, client_id="cli", token_type=None)["sub"] == "alice"


def test_a_token_without_an_audience_has_to_be_issued_to_somebody_trusted() -> None:
    assert judge(client_id="api")["sub"] == "alice"
    for client in ("cli", None, [CLIENT_ID]):
        with pytest.raises(IdTokenRejected, match="client_id"):
            judge(client_id=client)


@pytest.mark.parametrize(
    "wrong",
    [
        {"active": False},
        {"aud": "other"},
        {"aud": []},
        {"iss": "https://other.example"},
        {"exp": NOW - 30},
        {"exp": "soon"},
        {"nbf": NOW + 31},
        {"sub": ""},
        {"sub": 7},
        {"token_type": "DPoP"},
        {"token_type": "refresh_token"},
        {"token_type": 7},
        {"cnf": {"jkt": "x"}},
        {"typ": "Refresh"},
        {"typ": "ID"},
        {"token_type": None},  # as certified providers answer about a refresh token
    ],
)
def test_a_token_that_is_not_for_this_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(IdTokenRejected):
        judge(**wrong)


def test_the_type_may_stand_in_keycloaks_claim() -> None:
    assert judge(token_type=None, typ="Bearer")["sub"] == "alice"


def test_a_programs_own_token_is_its_own() -> None:
    assert judge(sub=None)["sub"] == CLIENT_ID


def test_an_inactive_token_says_nothing_else() -> None:
    with pytest.raises(IdTokenRejected, match="not active"):
        parse_introspection(reply({"active": False}), issuer="", audiences=frozenset(), now=NOW)


@pytest.mark.parametrize("active", [None, "true", 1, "false"])
def test_active_is_true_or_false_and_nothing_like_it(active: Any) -> None:
    with pytest.raises(ProviderMisbehaved):
        judge(active=active)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_provider_in_trouble_says_nothing_about_the_token(status: int) -> None:
    with pytest.raises(ProviderUnavailable):
        judge(status)


@pytest.mark.parametrize(("status", "part"), [(401, "may this client"), (302, "302"), (404, "404")])
def test_another_answer_is_the_providers_fault(status: int, part: str) -> None:
    with pytest.raises(ProviderMisbehaved, match=part):
        judge(status)


def test_an_answer_that_is_no_json_is_the_providers_fault() -> None:
    with pytest.raises(ProviderMisbehaved, match="not valid JSON"):
        parse_introspection(reply(b"<html>"), issuer="", audiences=frozenset(), now=NOW)
