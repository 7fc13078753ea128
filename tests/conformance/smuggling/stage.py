"""Where the rows are played: a gate that runs, the application behind it, a session."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sidegate.core.identity import Identity
from tests.conformance.smuggling.client import PATIENCE, Client
from tests.conformance.smuggling.recorder import PROBE, Record, Recorder
from tests.conformance.smuggling.script import steps_of
from tests.integration.gates import NOBODY, Gate, start_gate
from tests.integration.processes import free_port
from tests.kit.gate import cookie_for, proxy

USER = Identity("user-1", "user@example.com", "user", ("staff", "ops"))
INJECTED = {
    "x-forwarded-user": "user-1",
    "x-forwarded-email": "user@example.com",
    "x-forwarded-groups": "staff,ops",
    "x-forwarded-preferred-username": "user",
    "x-auth-request-user": "user-1",
    "x-auth-request-email": "user@example.com",
    "x-auth-request-groups": "staff,ops",
    "x-auth-request-preferred-username": "user",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "app.example.com",
    "x-forwarded-proto": "http",
}
"""What the gate tells the application of the session, and of who asks."""

SHORT = ("--header-timeout=1s", "--body-idle-timeout=2s", "--keepalive-timeout=4s")
SHORT_SCALE = 1 / 30
"""With SHORT, time limits are a thirtieth of the defaults, and so are the pauses of a client."""
SLACK = 3
"""How much longer than a row says something may take: limits strike late, and machines are busy."""


@dataclass(frozen=True)
class Outcome:
    """What became of a row."""

    client: Client
    record: Record
    is_open: bool  # the connection served another request afterwards
    first_line_open: bool  # the upstream connection of the first request is still there
    next_answer: bytes  # what a fresh request got afterwards
    next_target: bytes
    memory: int  # bytes by which the gate grew
    cpu: float  # seconds it computed


@dataclass
class Stage:
    """A gate with an application behind it; plays one row after the other."""

    recorder: Recorder
    gate: Gate
    cookie: bytes
    scale: float = 1
    played: int = 0

    def play(self, row: dict[str, Any]) -> Outcome:
        """Play a row and look at all that came of it."""
        self.played += 1
        self.recorder.begin(row)
        memory, cpu = self.gate.process.memory(), self._cpu()
        client = Client(self.gate.port, methods_of(row))
        try:
            patience = row["expect"].get("within_s", PATIENCE) * self.scale * SLACK
            client.play(steps_of(row, self.cookie), scale=self.scale, patience=patience)
            if row.get("half_close_client"):
                client.half_close()
            is_open = self._finish(client, row)
        finally:
            client.close()
        # Answered only after the gate has heard that the client left: all it sent is here by then.
        target = PROBE + b"next-%d" % self.played
        next_answer = self._ask(target)
        record = self.recorder.settle()
        first = record.requests[0][0] if record.requests else 0
        return Outcome(
            client,
            record,
            is_open,
            self.recorder.is_open(first),
            next_answer,
            target,
            self.gate.process.memory() - memory,
            self._cpu() - cpu,
        )

    def _finish(self, client: Client, row: dict[str, Any]) -> bool:
        """Read what has to come; say whether the connection serves another request."""
        expect = row["expect"]
        if "within_s" in expect:  # it has to have ended while the client was sending
            if client.answers:
                client.wait_for_end()
            return False
        client.wait_for_answers(1)
        if client.is_tunnel:
            return True
        if row.get("half_close_client") or client.complaint:
            client.wait_for_end()
            return False
        if "then_raw" in row and not client.has_ended:
            client.send(row["then_raw"].encode("latin-1"))
            client.wait_for_answers(2)
        if expect.get("bounded") and row.get("send_steps"):
            return False  # a flood: nobody waits for the answers to all of it
        if expect.get("close") is True:
            client.wait_for_end()
            return False
        return self._still_serves(client)

    def _still_serves(self, client: Client) -> bool:
        """Say whether a request on the connection of the row is answered, as the last one."""
        mark = PROBE + b"same-%d" % self.played
        client.send(b"GET %b HTTP/1.1\r\nHost: app.example.com\r\n\r\n" % mark)
        count = 1
        while not client.has_ended and not client.complaint:
            if client.answers and client.answers[-1].body == mark:
                client.answers.pop()
                return True
            count = len(client.answers) + 1
            client.wait_for_answers(count)
            if len(client.answers) < count:
                return False
        return False

    def _ask(self, target: bytes) -> bytes:
        fresh = Client(self.gate.port, [b"GET"])
        try:
            fresh.send(b"GET %b HTTP/1.1\r\nHost: app.example.com\r\n\r\n" % target)
            fresh.wait_for_answers(1)
            return fresh.answers[0].body if fresh.answers else b""
        finally:
            fresh.close()

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self.gate.process.child.pid}/stat").read_text().rpartition(")")[2]
        ticks = [int(text) for text in fields.split()[11:13]]
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Stop both."""
        self.gate.end()
        self.recorder.end()


def methods_of(row: dict[str, Any]) -> Sequence[bytes]:
    """Return the methods of the requests that a row sends, as far as they are legible.

    The last one stands for all that come after them.
    """
    raw = row["raw"] + "".join(text for text, _ in row.get("send_steps", ()))
    words = [line.split(" ")[0] for line in raw.split("\r\n") if " HTTP/1." in line]
    return [*(b"HEAD" if word == "HEAD" else b"GET" for word in words), b"GET"]


def open_stage(folder: Path, *flags: str, scale: float = 1) -> Stage:
    """Start a gate with `/open` public and everything else behind a sign-in.

    Its secrets are kept in `folder`.
    """
    recorder = Recorder()
    flags = (f"--upstream={recorder.url}", "--skip-auth-route=^/open(/|$)", *flags)
    gate = start_gate(folder, free_port(), NOBODY, flags)
    return Stage(recorder, gate, b"Cookie: " + cookie_of(folder), scale)


def cookie_of(folder: Path) -> bytes:
    """Return the cookie of somebody who is signed in, sealed as that gate seals."""
    same = proxy(
        f"--cookie-secret={(folder / 'cookie-secret').read_text()}",
        f"--oidc-issuer-url={NOBODY.issuer}",
        f"--client-id={NOBODY.client_id}",
    )
    same.now = datetime.now(UTC).timestamp()
    return cookie_for(same, identity=USER)
