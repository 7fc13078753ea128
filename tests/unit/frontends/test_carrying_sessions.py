"""What the answer of the application carries for a session: new seals, fewer tokens, no more."""

import base64
from dataclasses import replace
from random import Random

import pytest

from sidegate.app.sessions import stores_of
from sidegate.core.errors import SessionTooLarge
from sidegate.core.identity import Grant, Tokens
from sidegate.core.secret import Secret
from tests.kit.gate import ALICE, cookie_for, renewable, request, sent_fields
from tests.unit.frontends.conftest import Start
from tests.unit.frontends.test_admit import HOURLY, OK, set_cookies


def test_a_session_under_an_old_key_is_sealed_anew_with_the_answer(start: Start) -> None:
    wire, gate = start()
    cookie = cookie_for(gate)
    gate.base.ring.change([Secret(b"n" * 32), *gate.base.settings.cookie.cookie_secrets])
    for expected in (1, 0):
        wire.client_sends(request(cookie=cookie))
        wire.upstream_sends(OK)
        cookies = set_cookies(wire)
        assert [line.partition("=")[0] for line in cookies] == ["_oauth2_proxy"] * expected
        cookie = cookies[0].partition(";")[0].encode() if cookies else cookie
    gate.base.ring.change([Secret(b"n" * 32)])
    wire.client_sends(request(cookie=cookie))
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200


def test_shortly_before_a_renewal_nothing_is_sealed_anew(start: Start) -> None:
    # The answer to this request may come after the one that brings new tokens.
    wire, gate = start(HOURLY)
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 9999)
    gate.base.ring.change([Secret(b"n" * 32), *gate.base.settings.cookie.cookie_secrets])
    gate.now += 3600 - 59
    wire.client_sends(request(cookie=cookie))
    wire.upstream_sends(OK)
    assert set_cookies(wire) == []


def test_shortly_before_a_renewal_a_use_is_written_down_with_it(start: Start) -> None:
    wire, gate = start(HOURLY, "--session-idle-timeout=10m")
    gate.provider.renewal = Grant(ALICE, Tokens(refresh_token=Secret("refresh-2")))
    soon = gate.now - 3590
    cookie = cookie_for(gate, tokens=renewable(), refreshed_at=soon, ends_at=gate.now + 90000)
    wire.client_sends(request(cookie=cookie))
    wire.upstream_sends(OK)
    assert (set_cookies(wire), gate.provider.refreshed) == ([], 0)
    cookie = cookie_for(gate, tokens=renewable(), refreshed_at=soon + 60, ends_at=gate.now + 90000)
    gate.now += 61
    wire.client_sends(request(cookie=cookie))
    wire.upstream_sends(OK)
    assert (len(set_cookies(wire)), gate.provider.refreshed) == (1, 1)


def _large(size: int) -> tuple[str, ...]:
    """Return groups that do not deflate away, of so many bytes in all."""
    noise = Random(1).randbytes(size * 3 // 4)  # noqa: S311 - text that does not deflate away
    text = base64.urlsafe_b64encode(noise).decode()
    return tuple(text[start : start + 40] for start in range(0, size, 40))


def test_a_session_that_outgrew_the_cookies_ends_instead_of_failing_for_ever(start: Start) -> None:
    wire, gate = start(HOURLY)
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 9999)
    gate.provider.renewal = Grant(replace(ALICE, groups=_large(40_000)), renewable())
    gate.now += 3600
    wire.client_sends(request(b"/", b"Accept: text/html", cookie=cookie))
    wire.wait_for_work()
    answer = wire.client_got()
    assert answer.status == 403
    cleared = [value for name, value in answer.headers if name == "set-cookie"]
    assert all("Max-Age=0" in line for line in cleared)
    assert gate.base.observation.metrics.refresh_errors["session_too_large"] == 1
    wire.client_sends(request(b"/", b"Accept: text/html", cookie=cookie))
    assert wire.client_got().status == 403
    assert gate.provider.refreshed == 1
    assert wire.upstream_got() == b""


def test_a_hint_for_the_sign_out_goes_before_a_session_does(start: Start) -> None:
    _, gate = start("--oidc-end-session")
    hint = Secret("".join(_large(40_000)))
    sessions, _ = stores_of(gate.base)
    cookie = cookie_for(gate, tokens=Tokens(id_token=hint))
    kept = sessions.load(cookie, gate.now)
    assert kept is not None
    assert kept.tokens.id_token is None
    _, gate = start("--pass-authorization-header")
    with pytest.raises(SessionTooLarge):
        cookie_for(gate, tokens=Tokens(id_token=hint))


@pytest.mark.parametrize("size", [3_000, 5_000, 15_000, 21_000])
def test_an_application_gets_none_of_the_cookies_of_a_large_session(
    start: Start, size: int
) -> None:
    wire, gate = start()
    tokens = Tokens(refresh_token=Secret("".join(_large(size))))
    cookie = cookie_for(gate, tokens=tokens)
    assert len(cookie) > size
    wire.client_sends(request(cookie=b"theme=dark; " + cookie))
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200
    assert ("cookie", "theme=dark") in sent_fields(wire.upstream_got())
    assert len(wire.upstream_got()) < 1000
