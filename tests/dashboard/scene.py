"""A day before two gates in a few minutes: people, programs, an incident, and Redis behind them."""

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlencode

import trustme

from tests.conformance.browser import Browser
from tests.conformance.provider.answers import Canned
from tests.dashboard.panels import STEPS, Answer, Shown, dashboard, look
from tests.faults.stage import Application, Stage
from tests.integration.processes import LOOPBACK, free_port, until
from tests.integration.prometheus import Prometheus, hasty
from tests.integration.redis_servers import RedisServer

DAY = 86400
NAMES = ("gate-2:44180", "gate-1:44181")
CONFIG = """
[[rules]]
name = "payroll"
paths = ["/payroll"]
deny = "everybody"

[[rules]]
name = "contractors"
paths = ["/plans"]
deny = "everybody"
mode = "shadow"

[[rules]]
name = "everything else"
allow = "everybody"
"""
SAME_ORIGIN = (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "navigate"))
now = time.time  # noqa: TID251 - a picture of real time


class Busy(Application):
    """Answers after a while: a few milliseconds, or longer where it is asked for much."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while data := connection.recv(65536):
                time.sleep(0.12 if b"/reports" in data else 0.004)
                connection.sendall(self.ANSWER)


class Scene:
    """Two gates that share Redis, whom they need, who comes, and a Prometheus that watches."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        ending = stage.enter(ExitStack())
        self.redis = RedisServer()
        ending.callback(self.redis.end)
        self.provider, self.robots = stage.provider(), stage.provider()
        stage.application = stage.enter(Busy())
        self.reports = stage.enter(Busy())
        cookie = stage.write("cookie", secrets.token_urlsafe(32))
        os.utime(cookie, (now() - 34 * DAY,) * 2)
        stage.write("gate.toml", CONFIG)
        authority, self.secure = trustme.CA(), free_port()
        self.gates = [
            stage.gate_of(self.provider, *self._flags(), *more)
            for more in (self._certified(authority), ())
        ]
        ca_file = stage.folder / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        folder = stage.folder / "prometheus"
        folder.mkdir()
        self.prometheus = stage.enter(Prometheus(folder, ca_file, hasty))
        self.prometheus.watch([self.gates[1].metrics_port], [self.secure], NAMES)
        self.people: list[Browser] = []
        self.times = (now(), now())
        self._wires: list[socket.socket] = []
        self._turns = count()
        ending.callback(self._leave)

    def _leave(self) -> None:
        self._disperse()
        for one in self.people:
            one.close()

    def _flags(self) -> Iterator[str]:
        yield f"--config={self.stage.folder / 'gate.toml'}"
        yield f"--upstream={self.stage.application.url}/"
        yield f"--upstream={self.reports.url}/reports/"
        yield f"--upstream=http://{LOOPBACK}:1/archive/"
        yield "--session-store-type=redis"
        yield f"--redis-connection-url={self.redis.url}"
        yield "--cookie-refresh=4s"
        yield "--limit-connections=60"
        yield "--limit-connections-per-address=50"
        yield "--trusted-proxy-ip=192.0.2.1"  # not us, so that the limit counts here
        yield "--skip-jwt-bearer-tokens"
        yield f"--extra-jwt-issuers={self.robots.issuer}=robots"

    def _certified(self, authority: trustme.CA) -> tuple[str, ...]:
        ends = datetime.now(UTC) + timedelta(days=61)
        made = authority.issue_cert(LOOPBACK, not_after=ends)
        chain, key = self.stage.folder / "cert.pem", self.stage.folder / "key.pem"
        made.cert_chain_pems[0].write_to_path(str(chain))
        made.private_key_pem.write_to_path(str(key))
        return (
            f"--metrics-secure-address={LOOPBACK}:{self.secure}",
            f"--metrics-tls-cert-file={chain}",
            f"--metrics-tls-key-file={key}",
        )

    def play(self, seconds: float) -> None:
        """Let the day go by: calm, an incident at the provider, then Redis and an application."""
        begin = now()
        acts = self._acts()
        while (gone := (now() - begin) / seconds) < 1:
            if acts and gone >= acts[0][0]:
                acts.pop(0)[1]()
            with suppress(OSError, EOFError):
                self._moment(gone)
        self.times = (begin, now())

    def _acts(self) -> list[tuple[float, Callable[[], object]]]:
        away = Canned(503)
        answers, delays = self.provider.answers, self.provider.delays
        change = CONFIG.replace('"/payroll"', '"/payroll", "/salaries"')
        return [
            (0.1, lambda: self.stage.write("gate.toml", change)),
            (0.3, lambda: answers.update(token=away)),
            (0.45, lambda: (answers.pop("token"), delays.update(token=0.3))),
            (0.55, lambda: delays.pop("token")),
            (0.6, self._crowd),
            (0.68, self._disperse),
            (0.7, lambda: self.redis.ask("CLIENT", "PAUSE", "1200", "ALL")),
        ]

    def _moment(self, gone: float) -> None:
        """Let some come and leave, and everybody who is here ask for something."""
        turn = next(self._turns)
        if turn % 12 == 0 and len(self.people) < 40:
            self._come(turn)
        if turn % 40 == 0 and len(self.people) > 6:
            leaver = self.people.pop(0)
            leaver.get("/oauth2/sign_out", *SAME_ORIGIN)
            leaver.close()
        if turn % 100 == 0:
            self._strangers(turn)
        for number, one in enumerate(self.people):
            one.get(("/", "/plans/7", "/reports/")[(turn + number) % 3] if number < 3 else "/")
        if turn % 15 == 0 or gone > 0.85:
            for one in self.people[:4]:
                one.get("/payroll")
        if turn % 5 == 0 and 0.8 < gone < 0.9:
            self.people[-1].get("/archive/1999")

    def _come(self, turn: int) -> None:
        """Sign somebody in; some have an address that is not admitted."""
        gate = self.gates[turn // 12 % 2]
        browser = Browser(gate.port)
        started = browser.get("/oauth2/start?rd=/")
        if started.status != 302:  # no room
            browser.close()
            return
        who = "eve@elsewhere.test" if turn % 7 == 0 else f"person{turn}@example.com"
        back = self.provider.authorize(started.get("location"), who)
        status = browser.get(f"/oauth2/callback?{urlencode(back.parameters)}").status
        if status == 302:
            self.people.append(browser)
        else:
            browser.close()

    def _strangers(self, turn: int) -> None:
        """Come back from nowhere, and with a cookie that nobody made."""
        stranger = Browser(self.gates[turn % 2].port)
        stranger.get("/oauth2/callback?state=12345678&code=x")
        stranger.ask("GET", "/", cookies="_oauth2_proxy=made-up")
        stranger.close()

    def _crowd(self) -> None:
        """Bring more connections than there is room for, and leave them open."""
        for _ in range(70):
            with suppress(OSError):
                self._wires.append(socket.create_connection((LOOPBACK, self.gates[0].port)))
                self._wires[-1].sendall(b"GET ")

    def _disperse(self) -> None:
        while self._wires:
            self._wires.pop().close()

    def look(self) -> list[Shown]:
        """Return all panels with what Prometheus says of the time that was played."""
        start, end = self.times
        step = (end - start) / STEPS

        def ask(query: str, over_time: bool) -> Answer:  # noqa: FBT001 - as `Ask` has it
            return self.prometheus.ask(query, start if over_time else end, end, step)

        return [look(panel, ask, self.times) for panel in dashboard()["panels"]]

    def wait_for_scrapes(self) -> None:
        """Return when Prometheus has seen both gates."""
        query = "count(sidegate_ready == 1) == 2"
        until(lambda: self.prometheus.ask(query, now(), now(), 1), 30, "both gates to be scraped")


def played(seconds: float) -> list[Shown]:
    """Return the panels of a day that took so long."""
    with Stage() as stage:
        scene = Scene(stage)
        scene.wait_for_scrapes()
        scene.play(seconds)
        return scene.look()
