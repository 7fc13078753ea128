"""A process starts whole or not at all, and ends without losing a request."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from sidegate.app import process
from sidegate.app.process import Process
from sidegate.config.settings import Settings
from sidegate.core.errors import ProviderUnavailable
from sidegate.core.messages import Exchange, Peer, Respond
from sidegate.net import persist
from sidegate.net.room import Refused
from tests.unit.app.conftest import MakeSettings
from tests.unit.login.fakes import exchange

Script = Callable[[Process], Coroutine[Any, Any, None]]


def play(settings: Settings, script: Script) -> None:
    async def inside() -> None:
        await script(Process(settings))

    asyncio.run(inside())


class Connection:
    """A client connection that is idle or not."""

    def __init__(self) -> None:
        self.is_idle = False
        self.aborted = False

    def close_if_idle(self, before: float) -> None:
        del before

    def abort(self) -> None:
        self.aborted = True


def test_an_unusable_certificate_stops_the_start(
    settings: MakeSettings, capfd: pytest.CaptureFixture[str]
) -> None:
    async def script(gate: Process) -> None:
        assert await gate.run([]) == 1

    play(settings("--tls-cert-file=/nowhere/c", "--tls-key-file=/nowhere/k"), script)
    printed = capfd.readouterr()
    assert "--tls-cert-file" in printed.err


def test_ready_says_why_not_without_telling_strangers_details(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        assert gate._unready() == ["provider"]
        gate._is_draining = True
        assert gate._unready() == ["draining", "provider"]
        gate._observation.close()

    play(settings(), script)


def test_the_metrics_are_behind_a_listener_of_their_own(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        gate_listener, metrics_listener = gate._listeners
        assert (str(gate_listener.address), str(metrics_listener.address)) == (
            "127.0.0.1:4180",
            "127.0.0.1:9100",
        )
        made = Exchange(exchange("/metrics").head, Peer("a"), 0.0)
        plan = gate._services[1].handler(made)
        assert isinstance(plan, Respond)
        assert b"oauth2_proxy_requests_in_flight" in plan.response.body
        assert gate._services[0].handler is not gate._services[1].handler
        gate._observation.close()

    play(settings("--http-address=127.0.0.1:4180", "--metrics-address=127.0.0.1:9100"), script)


def test_limits_and_timeouts_reach_the_connections(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        (service,) = gate._services
        assert service.limits.fields == 7
        assert service.timeouts.header == 3.0
        gate._observation.close()

    play(settings("--limit-header-fields=7", "--header-timeout=3s"), script)


def test_limits_of_size_and_number_reach_the_service(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        (service,) = gate._services
        assert (service.body_limit, service.limits.pipelined) == (1000, 3)
        assert service.room.most == 2
        assert [service.room.enter(Peer("192.0.2.1")) for _ in range(2)] == [True, False]
        for proxy in ("", "127.0.0.1", "10.1.2.3"):
            assert all(service.room.enter(Peer(proxy)) for _ in range(2))
        gate._observation.close()

    flags = (
        *("--limit-body-bytes=1000", "--limit-pipelined-requests=3", "--limit-connections=2"),
        *("--limit-connections-per-address=1", "--reverse-proxy", "--trusted-proxy-ip=10.0.0.0/8"),
    )
    play(settings(*flags), script)


@pytest.mark.parametrize(
    ("flag", "line"),
    [
        ("--hsts-max-age=1h", b"Strict-Transport-Security: max-age=3600\r\n"),
        ("--hsts-max-age=0", b""),
    ],
)
def test_how_long_browsers_stay_with_https_is_an_option(
    settings: MakeSettings, flag: str, line: bytes
) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        assert gate._services[0].hsts == line
        gate._observation.close()

    play(settings(flag), script)


def test_clients_never_get_more_than_three_quarters_of_the_descriptors(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        service = gate._services[0]
        assert service.room.most == 144
        assert service.pool.make_room == service.make_way
        assert gate._services[0].body_limit > 1 << 60
        gate._observation.close()

    monkeypatch.setattr(process, "raise_limit", lambda: 256)
    play(settings("--limit-connections=0"), script)


def test_every_reason_for_want_of_room_has_its_counter(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        for reason in Refused:
            gate._observation.connection_refused(reason)
        assert set(gate._observation.metrics.connections_refused) == set(Refused)
        assert set(gate._observation.metrics.connections_refused.values()) == {1}
        gate._observation.close()

    play(settings(), script)


def test_the_end_is_unready_first_then_quiet_then_done(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        order: list[str] = []

        async def wait_for(awaitable: Coroutine[Any, Any, object], seconds: float) -> None:
            awaitable.close()
            order.append(f"waits {seconds:g}, unready {gate._unready()[0]}")
            raise TimeoutError

        monkeypatch.setattr(gate._listeners[0], "close", lambda: order.append("listener closed"))
        monkeypatch.setattr(process.asyncio, "wait_for", wait_for)
        assert await gate._end() == 0
        assert order[:2] == ["waits 5, unready draining", "listener closed"]
        assert gate._services[0].is_closing

    play(settings("--drain-delay=5s"), script)


def test_the_first_signal_waits_and_the_second_does_not(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        connection = Connection()
        gate._services[0].connections.add(connection)
        gate._signalled()
        assert gate._stop.is_set()
        assert not connection.aborted
        gate._signalled()
        assert connection.aborted
        gate._observation.close()

    play(settings(), script)


def test_a_second_signal_ends_the_drain_delay(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        gate._signalled()
        ending = asyncio.get_running_loop().create_task(gate._end())
        await asyncio.sleep(0)
        gate._signalled()
        done, _ = await asyncio.wait([ending], timeout=0.3)
        ending.cancel()
        gate._observation.close()
        assert done

    play(settings("--drain-delay=60s", "--shutdown-timeout=1s"), script)


def test_a_provider_that_is_away_is_told_with_the_next_try(
    settings: MakeSettings, capfd: pytest.CaptureFixture[str]
) -> None:
    async def script(gate: Process) -> None:
        gate._not_discovered(ProviderUnavailable("https://idp.test: refused"), 2.0, "away")
        gate._observation.close()

    play(settings(), script)
    printed = "".join(capfd.readouterr())
    assert "https://idp.test: refused" in printed
    assert "2.0s" in printed
    assert "reason=provider_unavailable" in printed


def test_what_verifies_tokens_is_there_only_where_an_option_asks(settings: MakeSettings) -> None:
    async def script(gate: Process) -> None:
        gate._build()
        assert gate._issuers == []
        assert gate._token_verifier() is None
        gate._observation.close()

    async def with_tokens(gate: Process) -> None:
        gate._build()
        assert [one.provider.id for one in gate._issuers] == ["https://ci.test"]
        assert gate._unready() == ["provider"]  # an issuer of programs keeps nobody out
        gate._observation.close()

    play(settings(), script)
    pairs = "--extra-jwt-issuers=https://ci.test=a,https://ci.test=b"
    play(settings("--skip-jwt-bearer-tokens", pairs), with_tokens)
    play(settings("--bearer-token-introspection"), with_introspection)


async def with_introspection(gate: Process) -> None:
    gate._build()
    assert gate._token_verifier() is not None
    gate._observation.close()


def test_an_issuer_that_is_away_is_told_by_name(
    settings: MakeSettings, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Exception | None] = [ProviderUnavailable("https://ci.test: refused"), None]

    async def discover() -> None:
        if (error := answers.pop(0)) is not None:
            raise error

    async def at_once(_: float) -> None:
        pass

    async def script(gate: Process) -> None:
        monkeypatch.setattr(persist.asyncio, "sleep", at_once)
        await gate._discover_issuer("https://ci.test", discover)
        gate._observation.close()

    play(settings(), script)
    printed = "".join(capfd.readouterr())
    assert "tokens of https://ci.test are not accepted yet" in printed
    assert "tokens of https://ci.test are accepted" in printed


def test_tls_contexts_exist_only_where_an_upstream_needs_them(settings: MakeSettings) -> None:
    plain = settings()
    assert process.upstream_tls(plain) == (None, None)
    verified, unverified = process.upstream_tls(settings("--upstream=https://a.test/a/"))
    assert verified is not None
    assert (verified.verify_mode, verified.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert verified.minimum_version is ssl.TLSVersion.TLSv1_2
    assert unverified is None
    lax = settings("--upstream=https://a.test/a/", "--ssl-upstream-insecure-skip-verify")
    verified, unverified = process.upstream_tls(lax)
    assert verified is None
    assert unverified is not None


def test_an_issuer_that_moves_is_noticed_and_one_that_is_away_stays_what_it_was(
    settings: MakeSettings, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Exception | None] = [None, ProviderUnavailable("https://idp.test: refused"), None]

    async def discover() -> None:
        if (error := answers.pop(0)) is not None:
            raise error

    async def until_answered(_: float) -> None:
        if not answers:
            raise asyncio.CancelledError

    async def script(gate: Process) -> None:
        monkeypatch.setattr(persist.asyncio, "sleep", until_answered)
        with pytest.raises(asyncio.CancelledError):
            await gate._stay_discovered(discover(), "idp", discover)
        gate._observation.close()

    play(settings(), script)
    assert "idp was not asked anew, what was known serves" in "".join(capfd.readouterr())


def test_told_to_it_reads_its_files_at_once(
    settings: MakeSettings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    people = tmp_path / "people"
    people.write_text("alice@a.test\n")

    async def script(gate: Process) -> None:
        gate._build()
        people.write_text("bob@a.test\n")
        gate._reread()
        await asyncio.gather(*gate._tasks._running)
        assert gate._observation.metrics.reloads[("authenticated_emails_file", "success")] == 1
        gate._observation.close()

    play(settings(f"--authenticated-emails-file={people}"), script)
    assert "told to look at all files again" in "".join(capfd.readouterr())
