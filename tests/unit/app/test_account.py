"""The page stands behind the gate as everything else, and only where it is on."""

import json
from dataclasses import replace

import pytest

from sidegate.app.account import as_kept, naming
from sidegate.core.identity import Tokens, VerifiedToken
from sidegate.core.secret import Secret
from sidegate.login.device import device_of, no_name
from sidegate.session.codec import Keep
from tests.kit.gate import ALICE, FakeTokens, cookie_for, proxy, renewable, request, session_of
from tests.kit.wire import Answer, Wire
from tests.unit.app.conftest import MakeSettings

PATH = b"/oauth2/account"
FORM = b"Content-Type: application/x-www-form-urlencoded"
CANARY = "canary-of-a-token"
TOKENS = Tokens(Secret(f"{CANARY}-a"), Secret(f"{CANARY}-i"), Secret(f"{CANARY}-r"))


def answer(raw: bytes, *flags: str) -> Answer:
    gate = proxy(*flags)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(raw)
        assert wire.upstream_got() == b""
        return wire.client_got()


def test_it_shows_what_this_gate_keeps_and_no_token() -> None:
    gate = proxy("--pass-access-token")
    cookie = cookie_for(gate, tokens=TOKENS)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(PATH, cookie=cookie))
        page = wire.client_got()
        wire.client_sends(request(PATH + b"?download", cookie=cookie))
        taken = wire.client_got()
    assert page.status == 200
    assert b"alice@example.com" in page.body
    assert b"access token, refresh token" in page.body
    assert b"no-store" in (page.header("Cache-Control") or "").encode()
    document = json.loads(taken.body)
    assert document["session"]["tokens_kept"] == ["access_token", "refresh_token"]
    assert CANARY.encode() not in page.body + taken.body


def test_a_session_that_was_just_renewed_shows_no_more_than_is_kept() -> None:
    gate = proxy("--cookie-refresh=1m")
    gate.provider.renewal = replace(gate.provider.grant, tokens=TOKENS)
    cookie = cookie_for(gate, tokens=renewable(), refreshed_at=gate.now - 100)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(PATH + b"?download", cookie=cookie))
        taken = wire.client_got()
    assert gate.provider.refreshed == 1
    assert taken.header("Set-Cookie")
    assert json.loads(taken.body)["session"]["tokens_kept"] == ["refresh_token"]


def test_nobody_else_sees_it() -> None:
    turned_away = answer(request(PATH))
    assert turned_away.status == 403
    assert b'href="/oauth2/start?rd=/oauth2/account"' in turned_away.body  # and they come back
    assert answer(request(PATH, b"Accept: application/json")).status == 401
    assert b"sidegate" not in answer(request(PATH, b"Accept: application/json")).body


def test_a_token_of_a_program_opens_no_page_of_a_person() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0.c2ln"
    known = FakeTokens(**{token: VerifiedToken(ALICE, None, "oidc")})
    gate = proxy("--skip-jwt-bearer-tokens", tokens=known)
    bearer = f"Authorization: Bearer {token}".encode()
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/oauth2/userinfo", bearer))
        assert wire.client_got().status == 200
        wire.client_sends(request(PATH, bearer))
        assert wire.client_got().status == 403


def test_a_public_path_makes_nobody_known() -> None:
    flags = "--skip-auth-route=^/"
    assert answer(request(PATH), flags).status == 403


CLOSED = """
[[rules]]
name = "closed"
deny = "everybody"
"""


def test_a_rule_that_closes_the_application_does_not_close_the_page() -> None:
    gate = proxy(toml=CLOSED)
    cookie = cookie_for(gate)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(b"/x", cookie=cookie))
        assert wire.client_got().status == 403
        wire.client_sends(request(PATH, cookie=cookie))
        assert b"alice@example.com" in wire.client_got().body


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"OPTIONS"])
def test_other_methods_are_none_of_it(method: bytes) -> None:
    assert answer(request(PATH, method=method)).status == 405


def test_turned_off_the_path_is_the_applications() -> None:
    gate = proxy("--account-page=false")
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(PATH, cookie=cookie_for(gate)))
        assert wire.upstream_got().startswith(b"GET /oauth2/account ")


def test_a_form_of_the_page_signs_out() -> None:
    gate = proxy()
    cookie = cookie_for(gate)
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(PATH, cookie=cookie))
        page = wire.client_got().body.decode()
        form = page.split('action="/oauth2/sign_out">')[1]
        body = b"token=" + form.split('value="')[1].split('"')[0].encode()
        fields = (FORM, b"Content-Length: %d" % len(body), b"Origin: null", b"User-Agent: Mozilla/")
        wire.client_sends(
            request(b"/oauth2/sign_out", *fields, cookie=cookie, method=b"POST", body=body)
        )
        assert wire.client_got().status == 302
        wire.client_sends(request(PATH, cookie=cookie))
        assert wire.client_got().status == 403


def test_where_requests_go_is_wired() -> None:
    url = "--erasure-request-url=http://127.0.0.1:9/erasure"
    gate = proxy(url, "--erasure-request-secret=0123456789abcdef01234567")
    cookie = cookie_for(gate)
    body = b"do=ask"
    with Wire(gate, refuse=gate.refuse) as wire:
        sent = (FORM, b"Content-Length: 6", b"Sec-Fetch-Site: same-origin")
        wire.client_sends(request(PATH, *sent, cookie=cookie, method=b"POST", body=body))
        assert b"Ask for erasure?" in wire.client_got().body


def test_browsers_are_named_only_where_somebody_is_shown_the_names(
    settings: MakeSettings,
) -> None:
    redis = ("--session-store-type=redis", "--redis-connection-url=redis://127.0.0.1:1")
    assert naming(settings(*redis)) is device_of
    assert naming(settings(*redis, "--account-page=false")) is no_name
    assert naming(settings()) is no_name


def test_what_is_kept_is_what_the_store_makes_of_it() -> None:
    session = session_of(proxy(), tokens=TOKENS, provider_session_id="sid")
    kept = as_kept(session, Keep(refresh_token=False))
    assert (kept.tokens, kept.provider_session_id) == (Tokens(), "")
    assert (kept.id, kept.identity) == (session.id, session.identity)
