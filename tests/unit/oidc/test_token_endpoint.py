"""Requests to the token endpoint, and what its answers mean."""

import json
from base64 import b64decode
from typing import Any

import pytest

from sidegate.core.errors import (
    GrantRejected,
    ProviderError,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.core.secret import Secret
from sidegate.oidc.strict_json import JsonRejected
from sidegate.oidc.token_endpoint import (
    Client,
    TokenAnswer,
    code_request,
    parse_answer,
    parse_form,
    refresh_request,
)

GOOD = {"access_token": "at", "token_type": "Bearer"}


def ask(client: Client) -> FetchRequest:
    return code_request(
        "https://idp.example/token",
        client,
        code="c&d",
        redirect_uri="https://app.example/cb",
        verifier=Secret("v"),
    )


def answer(status: int = 200, **values: Any) -> FetchResponse:
    return FetchResponse(status, {}, json.dumps(values).encode())


def test_id_and_secret_are_form_encoded_before_basic() -> None:
    request = ask(Client("gate:1", Secret("a:b%+ \u00f6"), ("client_secret_basic",)))
    kind, _, value = dict(request.headers)["Authorization"].partition(" ")
    assert (kind, b64decode(value)) == ("Basic", b"gate%3A1:a%3Ab%25%2B+%C3%B6")
    assert request.body == (
        b"grant_type=authorization_code&code=c%26d"
        b"&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=v"
    )


def test_the_secret_goes_into_the_body_where_only_that_is_offered() -> None:
    request = ask(Client("gate", Secret("s&"), ("private_key_jwt", "client_secret_post")))
    assert "Authorization" not in dict(request.headers)
    assert request.body.endswith(b"&client_id=gate&client_secret=s%26")


def test_an_assertion_takes_the_place_of_the_secret() -> None:
    methods = ("client_secret_basic", "client_secret_post")
    request = ask(Client("gate", Secret("canary"), methods, Secret("eyJ.a+b.c")))
    assert "Authorization" not in dict(request.headers)
    assert request.body.endswith(
        b"&client_id=gate"
        b"&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        b"&client_assertion=eyJ.a%2Bb.c"
    )


def test_a_public_client_only_names_itself() -> None:
    request = ask(Client("gate", Secret("")))
    assert "Authorization" not in dict(request.headers)
    assert request.body.endswith(b"&client_id=gate")


def test_a_request_shows_no_secret_in_its_repr() -> None:
    shown = repr(refresh_request("https://idp.example/t", Client("g", Secret("s")), Secret("rt")))
    assert "Basic" not in shown
    assert "rt" not in shown


def test_a_refresh_sends_the_refresh_token() -> None:
    request = refresh_request("https://idp.example/t", Client("g", Secret("s")), Secret("r t"))
    assert request.body == b"grant_type=refresh_token&refresh_token=r+t"


def test_a_kind_of_provider_may_say_more_and_changes_nothing_else() -> None:
    more = (("resource", "https://graph.example"), ("grant_type", "evil"))
    request = refresh_request("https://idp.example/t", Client("g", Secret("s")), Secret("r"), more)
    assert request.body == (
        b"resource=https%3A%2F%2Fgraph.example&grant_type=refresh_token&refresh_token=r"
    )


def test_a_full_answer_gives_every_token() -> None:
    found = parse_answer(answer(**GOOD, id_token="i", refresh_token="r", expires_in=300))
    assert found.access_token.reveal() == "at"
    assert found.id_token == Secret("i")
    assert found.refresh_token == Secret("r")
    assert found.expires_in == 300


def test_a_short_answer_leaves_the_rest_unknown() -> None:
    found = parse_answer(answer(access_token="at", token_type="bEARER", refresh_token=""))
    assert (found.id_token, found.refresh_token, found.expires_in) == (None, None, None)


@pytest.mark.parametrize(("value", "seconds"), [("3599", 3599), (0, 0), (10**30, 315360000)])
def test_a_lifetime_may_be_digits_and_is_capped(value: Any, seconds: int) -> None:
    assert parse_answer(answer(**GOOD, expires_in=value)).expires_in == seconds


@pytest.mark.parametrize(
    "changes",
    [
        {"token_type": "mac"},
        {"token_type": None},
        {"token_type": ["Bearer"]},
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": "a\r\nX: 1"},
        {"access_token": "\u00fc"},
        {"id_token": ["x"]},
        {"expires_in": -1},
        {"expires_in": True},
        {"expires_in": 1.5},
        {"expires_in": "\u00b2"},
        {"expires_in": "+5"},
        {"expires_in": "1_0"},
        {"expires_in": "9" * 5000},
    ],
)
def test_an_answer_that_is_no_success_is_the_providers_fault(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderMisbehaved):
        parse_answer(answer(**{**GOOD, **changes}))


@pytest.mark.parametrize(
    ("status", "values", "error", "message"),
    [
        (400, {"error": "invalid_grant"}, GrantRejected, "invalid_grant"),
        (200, {"error": "invalid_grant"}, GrantRejected, "invalid_grant"),
        (401, {"error": "invalid_client"}, ProviderMisbehaved, "check client_id and its secret"),
        (400, {"error": "interaction_required"}, GrantRejected, "interaction_required"),
        (
            400,
            {"error": "invalid_grant", "error_codes": [50173, "canary", True, 700082]},
            GrantRejected,
            "invalid_grant AADSTS50173 AADSTS700082$",
        ),
        (
            401,
            {"error": "invalid_client", "error_codes": [7000222]},
            ProviderMisbehaved,
            "AADSTS7000222; check",
        ),
        (400, {"error": ["x"]}, ProviderMisbehaved, "no code"),
        (400, {"error": "canary token"}, ProviderMisbehaved, "no code"),
        (404, {}, ProviderMisbehaved, "404"),
        (302, {**GOOD}, ProviderMisbehaved, "302"),
        (429, {}, ProviderUnavailable, "429"),
        (503, {"error": "invalid_grant"}, ProviderUnavailable, "503"),
    ],
)
def test_a_refusal_says_whose_fault_it_is(
    status: int, values: dict[str, Any], error: type[ProviderError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        parse_answer(answer(status, **values, error_description="canary"))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>canary", b"access_token=canary", b"[]"])
def test_a_body_that_is_no_object_is_refused_and_not_quoted(body: bytes) -> None:
    with pytest.raises(ProviderMisbehaved) as caught:
        parse_answer(FetchResponse(200, {}, body))
    assert "canary" not in str(caught.value)


def test_a_form_is_an_answer_only_where_that_is_taken() -> None:
    kind = {"content-type": "Application/X-WWW-Form-Urlencoded ; charset=utf-8"}
    response = FetchResponse(200, kind, b"access_token=a&token_type=bearer&expires_in=60")
    assert parse_answer(response, takes_forms=True) == TokenAnswer(Secret("a"), expires_in=60)
    with pytest.raises(ProviderMisbehaved, match="not valid JSON"):
        parse_answer(response)


@pytest.mark.parametrize("body", [b"a=1&a=2", b"a=%ff", b"a=\xff"])
def test_a_form_that_two_readers_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(JsonRejected):
        parse_form(body)


def test_an_error_of_the_providers_own_stands_for_a_registered_one() -> None:
    response = FetchResponse(200, {}, b'{"error": "bad_verification_code"}')
    with pytest.raises(GrantRejected, match="bad_verification_code"):
        parse_answer(response, aliases={"bad_verification_code": "invalid_grant"})
    with pytest.raises(ProviderMisbehaved):
        parse_answer(response)
