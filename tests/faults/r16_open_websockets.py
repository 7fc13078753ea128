"""WebSockets are open when their session is signed out, ended by the provider, refused or over."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

from tests.conformance.backchannel import post
from tests.conformance.browser import Browser
from tests.conformance.provider import Provider
from tests.faults.fault import Fault, Outcome
from tests.faults.stage import Application, Gate, Stage
from tests.integration.processes import LOOPBACK

EACH = 20  # WebSockets of a session
RECHECK = 2.0
LIFE = 6.0
HEARD, LOOKED_AT, EXPIRED = 1.0, RECHECK + 2.5, 1.5  # seconds until the last one is closed, at most
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPTED = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
ALICE, BOB = "alice@example.com", "bob@example.com"


class Holding(Application):
    """An application that accepts every WebSocket, says back what it hears, and never ends one."""

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            if b"Upgrade" not in head:
                connection.sendall(self.ANSWER)
                return
            switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            connection.sendall(switch + b"Upgrade: websocket\r\n" + ACCEPTED + b"\r\n")
            while data := connection.recv(65536):
                connection.sendall(data)


class Open:
    """WebSockets of one person, and when each was closed."""

    def __init__(self, gate: Gate, person: Browser) -> None:
        cookies = person.jar.line(person.host, "/", https=True)
        head = (
            f"GET /ws HTTP/1.1\r\nHost: {person.host}\r\nConnection: Upgrade\r\n"
            f"X-Forwarded-Proto: https\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nCookie: {cookies}\r\n\r\n"
        )
        self.sockets = [self._open(gate, head.encode()) for _ in range(EACH)]

    def _open(self, gate: Gate, head: bytes) -> socket.socket:
        made = socket.create_connection((LOOPBACK, gate.port), 30)
        made.sendall(head)
        answer = made.recv(65536)
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        return made

    def echoes(self) -> bool:
        """Say whether all of them still pass bytes both ways."""
        for one in self.sockets:
            one.sendall(b"ping")
        return all(one.recv(64) == b"ping" for one in self.sockets)

    def last_closed(self, since: float) -> float:
        """Return how many seconds after `since` (monotonic) the last one was closed."""
        for one in self.sockets:
            with suppress(ConnectionError):
                while one.recv(65536):
                    pass
        return time.monotonic() - since

    def close(self) -> None:
        """Hang up."""
        for one in self.sockets:
            one.close()


Opens = Callable[[Gate, Browser], Open]


def play(stage: Stage) -> Outcome:
    """Open many, end their sessions in every way, and measure when they close."""
    provider = stage.provider()
    emails = stage.write("emails", f"{ALICE}\n{BOB}\n")
    with Holding() as application, ExitStack() as ending:
        gate = stage.gate_of(
            provider,
            f"--upstream={application.url}",
            "--backchannel-logout",
            f"--websocket-recheck={RECHECK:g}s",
            f"--authenticated-emails-file={emails}",
            "--email-domain=nobody.example",
        )
        short = stage.gate_of(
            provider,
            f"--upstream={application.url}",
            f"--cookie-expire={LIFE:g}s",
            "--cookie-refresh=0",
        )

        def opened(at: Gate, person: Browser) -> Open:
            made = Open(at, person)
            ending.callback(made.close)
            return made

        stays = opened(gate, stage.sign_in(gate.port, provider, BOB))
        took = {
            "signed out": _signed_out(stage, gate, provider, opened),
            "ended by the provider": _ended(stage, gate, provider, opened),
            "over": _over(stage, short, provider, opened),
        }
        still_open = stays.echoes()
        began = time.monotonic()
        stage.write("emails", f"{ALICE}\n")
        took["refused by a changed file"] = stays.last_closed(began)
    limits = (HEARD, HEARD, EXPIRED, LOOKED_AT)
    holds = still_open and all(s <= most for s, most in zip(took.values(), limits, strict=True))
    told = ", ".join(f"{how} {seconds:.2f} s" for how, seconds in took.items())
    others = "stayed open" if still_open else "WERE CLOSED TOO"
    return Outcome(f"{EACH} each; the last closed after: {told}; those of others {others}", holds)


def _signed_out(stage: Stage, gate: Gate, provider: Provider, opened: Opens) -> float:
    person = stage.sign_in(gate.port, provider, ALICE)
    sockets = opened(gate, person)
    began = time.monotonic()
    assert person.get("/oauth2/sign_out").status == 302
    return sockets.last_closed(began)


def _ended(stage: Stage, gate: Gate, provider: Provider, opened: Opens) -> float:
    sockets = opened(gate, stage.sign_in(gate.port, provider, ALICE))
    token = provider.logout_token(ALICE)
    began = time.monotonic()
    assert post(Browser(gate.port), token).status == 200
    return sockets.last_closed(began)


def _over(stage: Stage, gate: Gate, provider: Provider, opened: Opens) -> float:
    """Return how long after the end of its session the last one was closed."""
    began = time.monotonic()
    sockets = opened(gate, stage.sign_in(gate.port, provider, ALICE))
    return sockets.last_closed(began) - LIFE


FAULT = Fault(
    "R-16",
    "WebSockets are open when their session is signed out, ended elsewhere, over or refused",
    f"closed within {HEARD:g} s where this process hears of it, at the session's own end, and with "
    f"the next look ({RECHECK:g} s here, 60 s by default) otherwise; others stay open",
    play,
)
