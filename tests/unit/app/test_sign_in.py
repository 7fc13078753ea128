"""The parts of a sign-in work together, and what is sealed for one thing serves no other."""

from sidegate.core.identity import Grant, Tokens
from sidegate.core.secret import Secret
from tests.kit.gate import ALICE, cookie_for, proxy, request
from tests.kit.wire import Wire


def test_a_browser_signs_in_and_reaches_the_application() -> None:
    gate = proxy()
    gate.provider.grant = Grant(ALICE, Tokens(refresh_token=Secret("rt")))
    with Wire(gate, refuse=gate.refuse) as wire:
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


def test_a_session_is_no_sign_in_attempt() -> None:
    gate = proxy()
    value = cookie_for(gate).partition(b"=")[2]
    with Wire(gate, refuse=gate.refuse) as wire:
        cookie = b"_oauth2_proxy_AAAAAAAA_csrf=" + value
        wire.client_sends(
            request(b"/oauth2/callback?state=" + b"A" * 43 + b"&code=c", cookie=cookie)
        )
        assert wire.client_got().status == 403
