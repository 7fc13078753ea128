"""The parts are put together as the settings say."""

from pathlib import Path

import pytest

from sidegate.app.wiring import request_ids, what_to_keep
from sidegate.core.identity import Grant, Tokens
from sidegate.core.secret import Secret
from tests.kit.gate import ALICE, Proxy, cookie_for, proxy, request
from tests.kit.wire import Wire
from tests.unit.app.conftest import MakeSettings


def play(gate: Proxy) -> Wire:
    return Wire(gate, refuse=gate.refuse)


def test_a_browser_signs_in_and_reaches_the_application() -> None:
    gate = proxy()
    gate.provider.grant = Grant(ALICE, Tokens(refresh_token=Secret("rt")))
    with play(gate) as wire:
        wire.client_sends(request(b"/oauth2/start?rd=/report"))
        begun = wire.client_got()
        state = (begun.header("location") or "").partition("state=")[2]
        attempt = (begun.header("set-cookie") or "").partition(";")[0]
        target = f"/oauth2/callback?state={state}&code=c1".encode()
        wire.client_sends(request(target, cookie=attempt.encode()))
        done = wire.client_got()
        assert (done.status, done.header("location")) in [(302, "/report"), (303, "/report")]
        cookies = [v.partition(";")[0] for k, v in done.headers if k == "set-cookie"]
        (session,) = [cookie for cookie in cookies if cookie.startswith("_oauth2_proxy=")]
        wire.client_sends(request(b"/report", cookie=session.encode()))
        assert b"X-Forwarded-User: sub-1\r\n" in wire.upstream_got()


@pytest.mark.parametrize(
    ("flags", "access", "identity"),
    [
        ((), False, False),
        (("--pass-access-token",), True, False),
        (("--pass-authorization-header",), False, True),
        (("--set-authorization-header",), False, True),
        (("--oidc-end-session",), False, True),
    ],
)
def test_a_session_keeps_only_the_tokens_that_are_used(
    settings: MakeSettings, flags: tuple[str, ...], *, access: bool, identity: bool
) -> None:
    made = settings(*flags)
    keep = what_to_keep(made, made.providers[0])
    assert (keep.access_token, keep.id_token, keep.refresh_token) == (access, identity, True)


def test_a_session_of_another_issuer_or_client_is_not_ours() -> None:
    foreign = [proxy("--client-id=other"), proxy("--oidc-issuer-url=https://other.test")]
    for gate in foreign:
        with play(proxy()) as wire:
            wire.client_sends(request(cookie=cookie_for(gate)))
            assert wire.client_got().status == 403


def test_a_session_is_no_sign_in_attempt() -> None:
    gate = proxy()
    value = cookie_for(gate).partition(b"=")[2]
    with play(gate) as wire:
        cookie = b"_oauth2_proxy_AAAAAAAA_csrf=" + value
        wire.client_sends(
            request(b"/oauth2/callback?state=" + b"A" * 43 + b"&code=c", cookie=cookie)
        )
        assert wire.client_got().status == 403


def test_the_emails_file_is_read_when_the_gate_is_built(tmp_path: Path) -> None:
    emails = tmp_path / "emails"
    emails.write_text("alice@example.com\n")
    listed = proxy("--email-domain=other.test", f"--authenticated-emails-file={emails}")
    with play(listed) as wire:
        wire.client_sends(request(cookie=cookie_for(listed)))
        assert len(wire.upstreams) == 1


def test_ready_tells_the_reasons() -> None:
    gate = proxy()
    gate.not_ready = ["draining"]
    with play(gate) as wire:
        wire.client_sends(request(b"/ready"))
        assert (wire.client_got().status, wire.client_got().body) == (503, b"draining\n")


def test_forward_auth_asks_about_what_a_trusted_proxy_forwards() -> None:
    line = b"X-Forwarded-Uri: /public/x"
    for peer, status in ((("127.0.0.1", 1), 202), (("192.0.2.1", 1), 401)):
        gate = proxy("--reverse-proxy", "--skip-auth-route=^/public/")
        with Wire(gate, refuse=gate.refuse, peer=peer) as wire:
            wire.client_sends(request(b"/oauth2/auth", line))
            assert wire.client_got().status == status


def test_request_ids_are_unique_in_and_across_processes() -> None:
    one, other = request_ids(b"\x01" * 8), request_ids(b"\x02" * 8)
    made = [one(), one(), other(), other()]
    assert len(set(made)) == 4
    assert made[0] == "010101010101010100000001"
