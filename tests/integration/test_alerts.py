"""Every alert of `deploy/prometheus` fires in a real Prometheus when a running gate gives cause."""

import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest
import trustme

from tests.conformance.browser import Browser
from tests.conformance.provider.answers import Canned
from tests.dashboard.panels import queries
from tests.faults.stage import Application, Stage
from tests.integration.processes import LOOPBACK, free_port, until
from tests.integration.prometheus import HOME, RULES, Prometheus, hurried

pytestmark = pytest.mark.needs("prometheus")

RULES_TEXT = RULES.read_text()
NAMES = {*re.findall(r"- alert: (\w+)", RULES_TEXT)}
PEOPLE = 30
CONFIG = """
[[rules]]
name = "closed"
paths = ["/closed"]
deny = "everybody"

[[rules]]
name = "everything else"
allow = "everybody"
"""


class SlowApplication(Application):
    """Takes its time where it is asked to."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while data := connection.recv(65536):
                if data.startswith(b"GET /slow/"):
                    time.sleep(1.5)
                connection.sendall(self.ANSWER)


class Play:
    """A gate that works, one that cannot, and a Prometheus that watches both."""

    def __init__(self, stage: Stage, prometheus: Prometheus, authority: trustme.CA) -> None:
        self.stage, self.prometheus = stage, prometheus
        self.provider, self.robots = stage.provider(), stage.provider()
        stage.application = stage.enter(SlowApplication())
        cookie = stage.write("cookie", secrets.token_urlsafe(32))
        os.utime(cookie, (time.time() - 200 * 86400,) * 2)  # noqa: TID251 - a file's own time
        self.secure_port = free_port()
        self.gate = stage.gate_of(self.provider, *self._flags(authority))
        self.lost = stage.gate(
            f"http://{LOOPBACK}:1",
            "--session-store-type=redis",
            f"--redis-connection-url=redis://{LOOPBACK}:1",
            "--skip-auth-route=^/slow/",
            "--limit-connections=2",
            through=("sh", "-c", 'exec "$@" > /dev/full', "sh"),
        )
        self.people = [stage.sign_in(self.gate.port, self.provider) for _ in range(PEOPLE)]

    def _flags(self, authority: trustme.CA) -> Iterator[str]:
        ends = datetime.now(UTC) + timedelta(days=2)
        made = authority.issue_cert(LOOPBACK, not_after=ends)
        folder = self.stage.folder
        made.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        made.private_key_pem.write_to_path(str(folder / "key.pem"))
        yield f"--config={self.stage.write('gate.toml', CONFIG)}"
        yield f"--upstream={self.stage.application.url}/"
        yield f"--upstream=http://{LOOPBACK}:1/dead/"
        yield "--skip-auth-route=^/(dead|slow)/"
        yield "--cookie-refresh=1s"
        yield "--skip-jwt-bearer-tokens"
        yield f"--extra-jwt-issuers={self.robots.issuer}=robots"
        yield f"--metrics-secure-address={LOOPBACK}:{self.secure_port}"
        yield f"--metrics-tls-cert-file={folder / 'cert.pem'}"
        yield f"--metrics-tls-key-file={folder / 'key.pem'}"

    def fires(self, *names: str, by: Callable[[], object] = lambda: None) -> None:
        """Return when each of these fired, with `by` done again and again."""

        def holds() -> bool:
            by()
            return self.prometheus.has_fired(*names)

        until(holds, 60, f"{names} to fire; so far {sorted(self.prometheus.seen)}")

    def fires_for(self, alert: str, *providers: str) -> None:
        """Return when it fired for each of these providers."""

        def holds() -> bool:
            self.prometheus.firing()
            return self.prometheus.seen_of >= {(alert, one) for one in providers}

        until(holds, 60, f"{alert} to fire for {providers}")

    def flood(self) -> None:
        """Ask for much, with cookies that nobody made, and come back from nowhere."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: self._burst(b"/oauth2/auth", 40), range(4)))
        self._burst(b"/oauth2/callback?state=12345678&code=x", 4)

    def _burst(self, target: bytes, rounds: int) -> None:
        head = b"GET %b HTTP/1.1\r\nHost: a.test\r\nCookie: _oauth2_proxy=made-up\r\n\r\n" % target
        with socket.create_connection((LOOPBACK, self.gate.port)) as wire:
            for _ in range(rounds):
                wire.sendall(head * 16)
                seen = 0
                while seen < 16:
                    seen += wire.recv(1 << 20).count(b"HTTP/1.1 ")

    def come_back(self) -> int:
        """Sign in up to the callback; return how that answers."""
        browser = Browser(self.gate.port)
        started = browser.get("/oauth2/start?rd=/")
        back = self.provider.authorize(started.get("location"), "alice@example.com")
        status = browser.get(f"/oauth2/callback?{urlencode(back.parameters)}").status
        browser.close()
        return status

    def check_queries(self) -> None:
        """Check that every query asks for what these gates have, and that Prometheus takes it."""
        ports = (self.gate.metrics_port, self.lost.metrics_port)
        told = "".join(httpx.get(f"http://{LOOPBACK}:{port}/").text for port in ports)
        there = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE))
        asked = [
            *queries(),
            *re.findall(r"expr: (?:\|\n)?(.*?) +for:", RULES_TEXT, re.DOTALL),
        ]
        for query in asked:
            self.prometheus.query(query)
        names = set(re.findall(r"\b((?:sidegate|oauth2_proxy|process)_\w+)", " ".join(asked)))
        assert {re.sub(r"_bucket$", "", name) for name in names} <= there

    def check_metrics(self) -> None:
        """Check that promtool finds nothing odd in what a gate tells."""
        told = httpx.get(f"http://{LOOPBACK}:{self.lost.metrics_port}/").text
        subprocess.run([HOME / "promtool", "check", "metrics"], input=told, text=True, check=True)

    def crowd(self) -> None:
        """Bring more requests that last to the gate that cannot than it has room for."""
        with ExitStack() as held:
            for _ in range(4):
                wire = held.enter_context(socket.create_connection((LOOPBACK, self.lost.port)))
                with suppress(OSError):
                    wire.sendall(b"GET /slow/ HTTP/1.1\r\nHost: a.test\r\n\r\n")


@pytest.fixture
def play() -> Iterator[Play]:
    authority = trustme.CA()
    with Stage() as stage:
        ca_file = stage.folder / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        folder = stage.folder / "prometheus"
        folder.mkdir()
        with Prometheus(folder, ca_file) as prometheus:
            prometheus.watch([1])
            until(
                lambda: prometheus.has_fired("SidegateAbsent", "SidegateDown"),
                60,
                "a gate to be missed",
            )
            made = Play(stage, prometheus, authority)
            prometheus.watch([1, made.lost.metrics_port], [made.secure_port])
            yield made


def test_every_alert_fires_when_there_is_cause(play: Play) -> None:
    play.fires(
        "SidegateProviderUnreachable",
        "SidegateNotReady",
        "SidegateStoreDown",
        "SidegateProviderKeysStale",
        "SidegateCookieSecretOld",
        "SidegateCertificateExpires",
        "SidegateLogLinesDropped",
    )
    play.fires_for("SidegateProviderKeysStale", "oidc", play.robots.issuer)
    play.fires("SidegateConnectionsRefused", by=play.crowd)
    assert play.prometheus.firing().isdisjoint(
        {"SidegateAbsent", "SidegateCallbackErrors", "SidegateServerErrors"}
    )
    play.stage.write("cookie", "broken")
    play.fires("SidegateReloadFailed")
    play.fires(
        "SidegateUnusualAccess",
        "SidegateAuthenticationFailures",
        "SidegateAuthenticationFailureRatio",
        "SidegateCookiesDoNotOpen",
        by=play.flood,
    )
    outsider = play.people[0]
    play.fires("SidegateRuleRefusals", by=lambda: [outsider.get("/closed") for _ in range(20)])
    visitor = Browser(play.gate.port)
    play.fires("SidegateServerErrors", by=lambda: visitor.get("/dead/"))
    play.fires("SidegateApplicationSlow", by=lambda: visitor.get("/slow/"))
    visitor.close()
    play.provider.answers["token"] = Canned.json({"error": "invalid_grant"}, 400)
    for person in play.people[2:]:
        person.get("/")
    play.fires("SidegateTokenRefreshErrors")
    play.provider.answers["token"] = Canned(503)
    play.fires("SidegateRefreshesPostponed", by=lambda: play.people[1].get("/"))
    play.provider.delays["token"] = 2.6
    play.fires("SidegateCallbackErrors", "SidegateProviderSlow", by=play.come_back)
    assert play.prometheus.seen == NAMES
    play.check_queries()
    play.check_metrics()


def test_the_hurried_rules_are_the_same_but_for_durations() -> None:
    rules = RULES.read_text()
    changed = [
        (old, new)
        for old, new in zip(rules.splitlines(), hurried(rules).splitlines(), strict=True)
        if old != new
    ]
    assert all(
        re.sub(r"\d+[smh]|\d+ \* 3600", "", old) == re.sub(r"\d+s|\b2\b", "", new)
        for old, new in changed
    )
    assert len(changed) >= len(NAMES)


@pytest.mark.parametrize(
    "command", ["check rules sidegate.rules.yml", "test rules sidegate.tests.yml"]
)
def test_promtool_likes_the_rules_and_their_tests(command: str) -> None:
    ran = subprocess.run(
        [HOME / "promtool", *command.split()],
        cwd=RULES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_has_a_test_of_promtool() -> None:
    tests = RULES.with_name("sidegate.tests.yml").read_text()
    assert {*re.findall(r"- alertname: (\w+)", tests)} == NAMES
