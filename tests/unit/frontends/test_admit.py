"""The one way in: a session is found, renewed once when its time has come, and judged."""

import asyncio
import base64
from pathlib import Path

import pytest

from sidegate.core.decision import Admission, Allow, Deny, SignIn
from sidegate.core.errors import StoreUnavailable
from sidegate.core.identity import Grant, Identity, Tokens
from sidegate.core.secret import Secret
from sidegate.frontends.admit import Gate
from sidegate.gate.routes import Routes
from sidegate.gate.rules import Rules
from sidegate.gate.trust import Trust
from sidegate.stores.refresh import Refresher
from tests.kit.gate import ALICE, FakeProvider, cookie_for, proxy, renewable, request, sent_fields
from tests.kit.wire import Wire
from tests.unit.frontends.conftest import Start
from tests.unit.login.fakes import NOW as FAKE_NOW
from tests.unit.login.fakes import a_session, exchange
from tests.unit.login.slow import SlowSessions

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HOURLY = "--cookie-refresh=1h"
AUDITOR = Identity("sub-1", "alice@example.com", "alice", ("auditors",))


def set_cookies(wire: Wire) -> list[str]:
    return [value for name, value in wire.client_got().headers if name == "set-cookie"]


def test_a_valid_session_passes_and_names_the_user_for_the_log(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(request(cookie=cookie_for(gate)))
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200
    assert set_cookies(wire) == []
    assert wire.observed[0].user == "alice@example.com"


@pytest.mark.parametrize("target", [b"/", b"/oauth2/auth"])
def test_a_session_that_is_over_does_not_pass(start: Start, target: bytes) -> None:
    wire, gate = start()
    cookie = cookie_for(gate)
    wire.client_sends(request(b"/", cookie=cookie))
    wire.upstream_sends(OK)
    gate.now += 3600
    wire.client_sends(request(target, cookie=cookie))
    assert wire.client_got().status in (401, 403)
    assert len(wire.upstream_got().split(b"HTTP/1.1\r\n")) == 2


def test_a_changed_cookie_is_no_session(start: Start) -> None:
    wire, gate = start()
    cookie = bytearray(cookie_for(gate))
    cookie[40] ^= 1
    wire.client_sends(request(cookie=bytes(cookie)))
    assert wire.client_got().status == 403
    assert wire.upstreams == []


def test_a_cookie_of_another_gate_with_the_same_secret_is_no_session(start: Start) -> None:
    _, other = start("--client-id=other")
    wire, _ = start()
    wire.client_sends(request(cookie=cookie_for(other)))
    assert wire.client_got().status == 403


def test_a_public_route_knows_who_is_signed_in(start: Start) -> None:
    wire, gate = start("--skip-auth-route=^/public/")
    wire.client_sends(request(b"/public/x", cookie=cookie_for(gate)))
    assert ("x-forwarded-user", "sub-1") in sent_fields(wire.upstream_got())


@pytest.mark.parametrize(
    "target", [b"/public/../x", b"/public//x", b"/public/%2e%2e/x", b"/public/;/x", b"/x?/public/"]
)
def test_an_ambiguous_path_opens_nothing(start: Start, target: bytes) -> None:
    wire, _ = start("--skip-auth-route=/public/")
    wire.client_sends(request(target))
    assert wire.client_got().status in (301, 403)  # the sign-in, or first a plain path
    assert wire.upstreams == []


def test_a_trusted_address_passes_without_a_session(start: Start) -> None:
    wire, _ = start("--trusted-ip=192.0.2.0/24")
    wire.client_sends(request())
    assert wire.upstream_got().startswith(b"GET / ")


def test_a_claimed_address_is_not_the_trusted_one(start: Start) -> None:
    wire, _ = start("--trusted-ip=10.0.0.1")
    wire.client_sends(request(b"/", b"X-Forwarded-For: 10.0.0.1", b"X-Real-IP: 10.0.0.1"))
    assert wire.upstreams == []


# Renewal


def test_a_renewed_session_comes_back_once_with_the_answer(start: Start) -> None:
    wire, gate = start(HOURLY)
    gate.provider.renewal = Grant(AUDITOR, Tokens(refresh_token=Secret("refresh-2")))
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    wire.client_sends(request(cookie=cookie))
    assert ("x-forwarded-groups", "auditors") in sent_fields(wire.upstream_got())
    wire.upstream_sends(OK)
    (line,) = set_cookies(wire)
    assert line.startswith("_oauth2_proxy=")
    assert "Max-Age=0" not in line
    assert gate.provider.refreshed == 1
    wire.client_sends(request(cookie=line.partition(";")[0].encode()))
    wire.upstream_sends(OK)
    assert set_cookies(wire) == []
    assert gate.provider.refreshed == 1


def test_two_requests_at_once_renew_once(start: Start) -> None:
    wire, gate = start(HOURLY)
    gate.provider.renewal = Grant(ALICE, Tokens(refresh_token=Secret("refresh-2")))
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    first = wire.client
    second = wire.connect()

    def both() -> None:
        for transport in (first, second):
            transport.protocol.data_received(request(cookie=cookie))

    wire.run(both)
    assert len(wire.upstreams) == 2
    assert gate.provider.refreshed == 1


def test_a_renewal_that_fails_for_good_signs_out_and_asks_to_sign_in(start: Start) -> None:
    wire, gate = start(HOURLY)
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    wire.client_sends(request(cookie=cookie))
    assert wire.client_got().status == 403
    assert b"Sign in" in wire.client_got().body
    (line,) = set_cookies(wire)
    assert line.startswith("_oauth2_proxy=; ")
    assert wire.upstreams == []
    assert wire.observed[0].user == ""


def test_somebody_who_lost_their_group_at_the_renewal_is_signed_out(start: Start) -> None:
    wire, gate = start(HOURLY, "--allowed-group=staff")
    gate.provider.renewal = Grant(AUDITOR, Tokens(refresh_token=Secret("refresh-2")))
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    wire.client_sends(request(cookie=cookie))
    # The browser obeys the last word on a name: that has to be the end of the session.
    assert "Max-Age=0" in set_cookies(wire)[-1]


def test_somebody_who_lost_their_group_is_refused_at_the_renewal(start: Start) -> None:
    wire, gate = start(HOURLY, "--allowed-group=staff")
    gate.provider.renewal = Grant(AUDITOR, Tokens(refresh_token=Secret("refresh-2")))
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    wire.client_sends(request(cookie=cookie))
    assert wire.client_got().status == 403
    assert wire.upstreams == []


def test_a_renewal_that_fails_for_good_leaves_a_public_route_open(start: Start) -> None:
    wire, gate = start(HOURLY, "--skip-auth-route=^/public/")
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    wire.client_sends(request(b"/public/x", cookie=cookie))
    assert b"sub-1" not in wire.upstream_got()
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200
    assert "Max-Age=0" in set_cookies(wire)[0]


def test_a_session_that_ends_while_it_is_renewed_opens_nothing(start: Start) -> None:
    wire, gate = start(HOURLY)
    gate.provider.renewal = Grant(ALICE, Tokens(refresh_token=Secret("refresh-2")))
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    first, second = wire.client, wire.connect()

    def both() -> None:
        first.protocol.data_received(request(cookie=cookie))
        second.protocol.data_received(request(b"/oauth2/sign_out", cookie=cookie))

    wire.run(both)
    assert gate.provider.refreshed == 1
    assert wire.upstreams == []
    assert wire.client_got().status == 403
    (line,) = set_cookies(wire)
    assert "Max-Age=0" in line
    assert {one.user for one in wire.observed} == {"", "alice@example.com"}


def test_forward_auth_carries_the_renewed_cookie(start: Start) -> None:
    wire, gate = start(HOURLY)
    gate.provider.renewal = Grant(ALICE, Tokens(refresh_token=Secret("refresh-2")))
    cookie = cookie_for(gate, tokens=renewable(), ends_at=gate.now + 90000)
    gate.now += 3600
    wire.client_sends(request(b"/oauth2/auth", cookie=cookie))
    assert wire.client_got().status == 202
    assert len(set_cookies(wire)) == 1


# Passwords

P1 = "{SHA}t49XZhHsBvlq88plTCIXKl10bEA="
RIGHT = b"Authorization: Basic dTE6cDE="
WRONG = b"Authorization: Basic dTE6YmFk"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    path.write_text(f"u1:{P1}\n")
    return path


def test_a_password_lets_in_whom_no_email_rule_knows_and_sets_nothing(
    start: Start, users: Path
) -> None:
    wire, _ = start(f"--htpasswd-file={users}", "--htpasswd-user-group=hg")
    wire.client_sends(request(b"/", RIGHT))
    wire.wait_for_work()
    told = sent_fields(wire.upstream_got())
    assert ("x-forwarded-user", "u1") in told
    assert ("x-forwarded-groups", "hg") in told
    wire.upstream_sends(OK)
    assert set_cookies(wire) == []
    assert wire.observed[0].user == "u1"


def test_a_password_that_is_wrong_leaves_it_to_the_cookie(start: Start, users: Path) -> None:
    wire, gate = start(f"--htpasswd-file={users}", "--htpasswd-limit-per-user=1")
    for number in range(3):  # the later ones may not even ask
        field = b"Authorization: Basic " + base64.b64encode(b"u1:x%d" % number)
        wire.client_sends(request(b"/", field, cookie=cookie_for(gate)))
        wire.wait_for_work()
        wire.upstream_sends(OK)
        assert wire.client_got().status == 200
        assert wire.observed[-1].reason == ""
        assert wire.observed[-1].user == "alice@example.com"


def test_whoever_may_not_ask_now_is_told_to_wait(start: Start, users: Path) -> None:
    wire, _ = start(f"--htpasswd-file={users}", "--htpasswd-limit-per-user=1")
    wire.client_sends(request(b"/", WRONG))
    wire.wait_for_work()
    assert wire.client_got().status == 403
    wire.client_sends(request(b"/", RIGHT, b"Accept: application/json"))
    wire.wait_for_work()
    answer = wire.client_got()
    assert answer.status == 429
    assert answer.header("retry-after") == "600"
    assert wire.upstreams == []


def test_a_public_route_does_not_wait(start: Start, users: Path) -> None:
    wire, _ = start(
        f"--htpasswd-file={users}", "--htpasswd-limit-per-user=1", "--skip-auth-route=^/public"
    )
    for field in (WRONG, RIGHT):
        wire.client_sends(request(b"/public", field))
        wire.wait_for_work()
        wire.upstream_sends(OK)
        assert wire.client_got().status == 200


def test_the_allowed_groups_hold_for_passwords_as_well(start: Start, users: Path) -> None:
    wire, _ = start(f"--htpasswd-file={users}", "--allowed-group=zz")
    wire.client_sends(request(b"/", RIGHT))
    wire.wait_for_work()
    assert wire.client_got().status == 403
    assert wire.upstreams == []


def test_a_password_that_is_remembered_counts_by_the_same_rules(start: Start, users: Path) -> None:
    flags = (f"--htpasswd-file={users}", "--skip-auth-route=GET=^/open/")
    free, _ = start(*flags)
    held, _ = start(*flags, "--allowed-group=zz")
    for _ in range(2):
        for wire, target in ((free, b"/"), (held, b"/open/x"), (held, b"/")):
            wire.client_sends(request(target, RIGHT))
            wire.wait_for_work()
            if target != b"/" or wire is free:
                wire.upstream_sends(OK)
    assert [(seen.user, seen.status) for seen in free.observed] == [("u1", 200)] * 2
    assert [seen.status for seen in held.observed] == [200, 403] * 2
    assert b"u1" not in held.upstream_got()


def test_without_a_file_a_password_is_the_applications_own_affair(start: Start) -> None:
    wire, gate = start()
    wire.client_sends(request(b"/", RIGHT))
    assert wire.client_got().status == 403
    wire.client_sends(request(b"/", RIGHT, cookie=cookie_for(gate)))
    assert ("authorization", "Basic dTE6cDE=") in sent_fields(wire.upstream_got())


def test_a_session_by_password_ends_with_its_line(start: Start, users: Path) -> None:
    wire, gate = start(f"--htpasswd-file={users}")
    form = b"Content-Type: application/x-www-form-urlencoded"
    body = b"username=u1&password=p1"
    sign_in = request(
        b"/oauth2/sign_in", form, b"Content-Length: %d" % len(body), method=b"POST", body=body
    )
    wire.client_sends(sign_in)
    wire.wait_for_work()
    assert wire.client_got().status == 302
    cookie = set_cookies(wire)[0].partition(";")[0].encode()
    wire.client_sends(request(cookie=cookie))
    wire.upstream_sends(OK)
    assert wire.client_got().status == 200
    users.write_text(f"u2:{P1}\n")
    (watched,) = gate.base.watched
    watched.read()()
    wire.client_sends(request(cookie=cookie))
    assert wire.client_got().status == 403


def test_without_the_file_no_session_by_password_is_one(start: Start) -> None:
    wire, gate = start("--email-domain=*")
    wire.client_sends(request(cookie=cookie_for(gate, provider="htpasswd:abc")))
    assert wire.client_got().status == 403


# A store that has to be asked


class Stage:
    """A gate before a store that has to be asked."""

    def __init__(
        self, *, public: str = "^/public/", groups: tuple[str, ...] = (), idle_timeout: float = 0.0
    ) -> None:
        self.sessions = SlowSessions(a_session())
        self.gate = Gate(
            store=self.sessions,
            refresher=Refresher(
                FakeProvider(), lambda: FAKE_NOW, asyncio.get_running_loop().create_task
            ),
            trust=Trust(proxy().base.settings.trust),
            routes=Routes((public,), ()),
            rules=Rules(("*",), frozenset(), groups),
            clock=lambda: FAKE_NOW,
            cookie_refresh=0,
            idle_timeout=idle_timeout,
        )

    async def admit(self, target: str) -> Admission:
        made = exchange(target, cookie="session=1")
        admission = self.gate.admit(made, b"GET", target.encode())
        assert not isinstance(admission, Admission)
        return await admission


async def _asked() -> None:
    stage = Stage()
    assert isinstance((await stage.admit("/")).decision, Allow)
    stage.sessions.held = None
    admission = await stage.admit("/")
    assert isinstance(admission.decision, SignIn)
    assert admission.cookies == ("session=; Max-Age=0; Domain=app.example.com",)
    assert stage.sessions.cleared == 0


def test_the_decision_waits_for_a_store_that_has_to_be_asked() -> None:
    asyncio.run(_asked())


async def _down() -> None:
    stage = Stage()
    stage.sessions.is_down = True
    with pytest.raises(StoreUnavailable):
        await stage.admit("/")
    assert (await stage.admit("/public/x")).decision == Allow(None)


async def _ended_meanwhile() -> None:
    stage = Stage(idle_timeout=600.0)
    stage.sessions.ends_at_the_next_save = True
    admission = await stage.admit("/")
    assert isinstance(admission.decision, SignIn)
    assert admission.cookies == ("session=; Max-Age=0; Domain=app.example.com",)


def test_a_session_that_the_store_does_not_know_any_more_when_its_use_is_written_down_is_none() -> (
    None
):
    asyncio.run(_ended_meanwhile())


async def _down_at_a_use() -> None:
    stage = Stage(idle_timeout=600.0)
    stage.sessions.takes_nothing = True
    admission = await stage.admit("/")
    assert isinstance(admission.decision, Allow)
    assert admission.cookies == ()


def test_a_store_that_takes_no_note_of_a_use_turns_nobody_away() -> None:
    asyncio.run(_down_at_a_use())


def test_without_the_store_only_public_paths_are_open_and_for_nobody_in_particular() -> None:
    asyncio.run(_down())


async def _denied() -> None:
    stage = Stage(groups=("admins",))
    for down in (True, False):
        stage.sessions.is_down = down
        stage.sessions.held = a_session()
        denial = Deny("allowed_groups", stage.sessions.held)
        if down:
            admission = await stage.gate._deny(exchange("/", cookie="session=1"), denial)
        else:
            admission = await stage.admit("/")
        assert isinstance(admission.decision, Deny)
        assert admission.cookies == ("session=; Max-Age=0; Domain=app.example.com",)
    assert (stage.sessions.cleared, stage.sessions.held) == (1, None)


def test_whom_a_rule_refuses_is_signed_out_of_the_store_as_far_as_it_answers() -> None:
    asyncio.run(_denied())


async def _again() -> None:
    public = exchange("/public/x", cookie="session=1")
    assert isinstance(Stage().gate.judge_again(public, a_session()), Allow)
    again = Stage(groups=("admins",)).gate.judge_again(public, a_session())
    assert isinstance(again, Deny)


def test_what_stays_open_is_judged_again_by_who_asked_for_it_wherever_it_leads() -> None:
    asyncio.run(_again())


# Idleness


def test_whoever_works_stays_beyond_the_idle_timeout_and_whoever_does_not_is_out(
    start: Start,
) -> None:
    wire, gate = start("--session-idle-timeout=10m")
    cookie = cookie_for(gate)
    for minutes, sets in ((0.5, 0), (1, 1), (9, 1), (10, 1)):
        gate.now += minutes * 60
        wire.client_sends(request(cookie=cookie))
        wire.upstream_sends(OK)
        lines = set_cookies(wire)
        assert len(lines) == sets, minutes
        if lines:
            cookie = lines[0].partition(";")[0].encode()
    gate.now += 660
    wire.client_sends(request(cookie=cookie))
    assert wire.client_got().status == 403


def test_a_use_is_written_down_on_the_answer_to_another_proxy_too(start: Start) -> None:
    wire, gate = start("--session-idle-timeout=10m")
    cookie = cookie_for(gate)
    gate.now += 300
    wire.client_sends(request(b"/oauth2/auth", cookie=cookie))
    (line,) = set_cookies(wire)
    assert "Max-Age=660" in line


def test_a_session_that_a_rule_refuses_is_not_kept_alive(start: Start) -> None:
    wire, gate = start("--session-idle-timeout=10m", "--allowed-group=nobody")
    cookie = cookie_for(gate)
    gate.now += 300
    wire.client_sends(request(cookie=cookie))
    assert all("Max-Age=0" in line for line in set_cookies(wire))


def test_a_signed_out_cookie_opens_nothing_for_whoever_has_a_copy(start: Start) -> None:
    wire, gate = start()
    cookie = cookie_for(gate)
    wire.client_sends(request(b"/oauth2/sign_out", cookie=cookie))
    assert wire.client_got().status == 302
    wire.client_sends(request(cookie=cookie))
    assert wire.client_got().status == 403
