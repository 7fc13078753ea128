"""The identity token reaches the application, is for it alone, and comes from nobody else."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.kit.gate import NOW, cookie_for, request
from tests.kit.wire import Wire
from tests.unit.frontends.conftest import Start, got, signed_in

TOKENS = (
    "--pass-identity-token",
    "--identity-token-issuer=https://gate.test/oauth2",
    "--identity-token-audience=https://{host}",
)
SPOOFED = (b"X-Auth-Request-Jwt: a.b.c", b"x_auth_request_jwt: a.b.c")


def claims_of(token: str, wire: Wire) -> dict[str, Any]:
    """Return what a token says, verified by the keys that the gate publishes."""
    wire.client_sends(request(b"/oauth2/jwks"))
    answer = wire.client_got()
    assert answer.header("cache-control") == "public, max-age=300"
    keys = KeySet.import_key_set(json.loads(answer.body))
    return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


def test_the_application_gets_a_token_that_it_can_verify(start: Start) -> None:
    wire, gate = start(*TOKENS)
    wire.client_sends(signed_in(gate))
    (token,) = got(wire, "x-auth-request-jwt")
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert wire.client_got().header("x-auth-request-jwt") is None
    found = claims_of(token, wire)
    assert (found["sub"], found["aud"]) == ("sub-1", "https://app.test")
    assert (found["iss"], found["exp"]) == ("https://gate.test/oauth2", NOW + 120)


def test_a_token_of_a_client_goes_nowhere(start: Start) -> None:
    wire, gate = start(*TOKENS, "--skip-auth-route=^/public/")
    wire.client_sends(request(b"/public/", *SPOOFED))
    assert got(wire, "x-auth-request-jwt") == []
    wire.upstream_sends(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    wire.client_got()
    wire.client_sends(request(b"/", *SPOOFED, cookie=cookie_for(gate)))
    assert "a.b.c" not in got(wire, "x-auth-request-jwt")


def test_another_proxy_is_given_the_token_of_the_application_it_asks_for(start: Start) -> None:
    wire, gate = start(*TOKENS)
    wire.client_sends(request(b"/oauth2/auth", cookie=cookie_for(gate)))
    answer = wire.client_got()
    assert answer.status == 202
    token = answer.header("x-auth-request-jwt")
    assert token is not None
    assert claims_of(token, wire)["aud"] == "https://app.test"


def test_nobody_who_may_not_pass_gets_a_token(start: Start) -> None:
    wire, _ = start(*TOKENS)
    wire.client_sends(request(b"/oauth2/auth"))
    answer = wire.client_got()
    assert (answer.status, answer.header("x-auth-request-jwt")) == (401, None)


def test_one_token_serves_for_a_while_and_then_there_is_a_new_one(start: Start) -> None:
    wire, gate = start(*TOKENS)
    cookie = cookie_for(gate)

    def token() -> str | None:
        wire.client_sends(request(b"/oauth2/auth", cookie=cookie))
        return wire.client_got().header("x-auth-request-jwt")

    first = token()
    gate.now += 29
    assert token() == first
    gate.now += 2
    assert token() != first
    gate.now -= 3600  # a clock that is set back
    assert token() != first


def test_a_new_secret_signs_at_once_and_the_old_one_still_verifies(start: Start) -> None:
    wire, gate = start(*TOKENS)
    (old,) = gate.base.settings.cookie.cookie_secrets
    cookie = cookie_for(gate)
    wire.client_sends(request(b"/oauth2/auth", cookie=cookie))
    first = wire.client_got().header("x-auth-request-jwt")
    new = type(old)(b"n" * 32)
    gate.base.ring.change([new, old])
    wire.client_sends(request(b"/oauth2/auth", cookie=cookie))
    second = wire.client_got().header("x-auth-request-jwt")
    assert first is not None
    assert second is not None
    assert first.partition(".")[0] != second.partition(".")[0], "another key id"
    assert claims_of(first, wire)["sub"] == claims_of(second, wire)["sub"] == "sub-1"


@pytest.mark.parametrize("path", [b"/oauth2/jwks", b"/oauth2/jwks?x=1"])
def test_without_the_option_there_are_no_keys_to_fetch(path: bytes, start: Start) -> None:
    wire, _ = start()
    wire.client_sends(request(path))
    assert wire.client_got().status == 403
