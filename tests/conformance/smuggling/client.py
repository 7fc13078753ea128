"""The client of a row: sends its steps on one raw connection, while it reads what comes back."""

import select
import socket
import time
from collections.abc import Sequence
from contextlib import suppress

from tests.conformance.smuggling.script import Drip, Idle, Send, Step, WaitContinue
from tests.conformance.smuggling.strict import Message, NotStrict, read_answer
from tests.integration.processes import LOOPBACK

PATIENCE = 20.0
"""Seconds after which something that has to come is missing."""


class Client:
    """One connection. `received` is all that came; `has_ended` says that nothing more will."""

    def __init__(self, port: int, methods: Sequence[bytes]) -> None:
        self.received = b""
        self.has_ended = False
        self.was_reset = False
        self.complaint = ""  # what the strict reader found wrong
        self.answers: list[Message] = []  # complete ones, without interim ones
        self.raw: list[bytes] = []  # the bytes of each of them, with the interim ones before it
        self.interim = 0
        self.is_tunnel = False
        self.unfinished: Message | None = None
        self._read_up_to = self._begins_at = 0
        self._methods = methods
        self._socket = socket.create_connection((LOOPBACK, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)

    def play(self, steps: list[Step], *, scale: float = 1, patience: float = PATIENCE) -> None:
        """Take the steps one after the other; pauses are `scale` times as long as they say.

        A drip goes on for `patience` seconds at most.
        """
        for step in steps:
            if isinstance(step, Send):
                self._send(step)
            elif isinstance(step, WaitContinue):
                self._wait(step.seconds, until_interim=True)
            elif isinstance(step, Idle):
                self._wait(step.seconds * scale)
            else:
                self._drip(step, scale, time.monotonic() + patience)

    def half_close(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._send(Send(data, len(data)))

    def wait_for_answers(self, count: int) -> None:
        """Return when that many answers are complete, or the connection has ended."""
        end = time.monotonic() + PATIENCE
        while len(self.answers) < count and not self.has_ended and not self.complaint:
            if not self._receive(end - time.monotonic()):
                return

    def wait_for_end(self, seconds: float = PATIENCE) -> None:
        """Return when the connection has ended."""
        end = time.monotonic() + seconds
        while not self.has_ended and self._receive(end - time.monotonic()):
            pass

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _send(self, step: Send) -> None:
        data, piece = memoryview(step.data), step.piece
        while data and not self.has_ended:
            readable, writable, _ = select.select([self._socket], [self._socket], [], PATIENCE)
            if writable:
                try:
                    data = data[self._socket.send(data[:piece]) :]
                except BlockingIOError:
                    pass
                except OSError:
                    self.wait_for_end()
            if readable:
                self._take()
            if not readable and not writable:
                return  # nobody reads: what a gate does with too many requests

    def _drip(self, step: Drip, scale: float, end: float) -> None:
        while not (self.has_ended or self.answers or self.complaint) and time.monotonic() < end:
            self._send(Send(step.data, len(step.data)))
            self._wait(step.seconds * scale)

    def _wait(self, seconds: float, *, until_interim: bool = False) -> None:
        end = time.monotonic() + seconds
        while not (self.has_ended or self.answers or (until_interim and self.interim)):
            if not self._receive(end - time.monotonic()):
                return

    def _receive(self, seconds: float) -> bool:
        """Wait for bytes; say whether something came."""
        if seconds <= 0 or not select.select([self._socket], [], [], seconds)[0]:
            return False
        self._take()
        return True

    def _take(self) -> None:
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            self.was_reset, data = True, b""
        if data:
            self.received += data
        else:
            self.has_ended = True
        try:
            while not self.complaint and self._read():
                pass
        except NotStrict as error:
            self.complaint = f"the client got what is not HTTP: {error}"

    def _read(self) -> bool:
        """Read the next answer; say whether there may be another."""
        if self.is_tunnel:
            return False
        method = self._methods[min(len(self.answers), len(self._methods) - 1)]
        raw = self.received[self._read_up_to :]
        ended = self.has_ended and not self.was_reset
        self.unfinished = answer = read_answer(raw, method, has_ended=ended) if raw else None
        if answer is None or not answer.is_complete:
            return False
        self.unfinished = None
        if answer.status == 101:  # whatever follows is no HTTP
            self.answers.append(answer)
            self._read_up_to = len(self.received)
            self.is_tunnel = True
            return False
        self._read_up_to += answer.size
        if answer.status < 200:
            self.interim += 1
        else:
            self.answers.append(answer)
            self.raw.append(self.received[self._begins_at : self._read_up_to])
            self._begins_at = self._read_up_to
        return True

    @property
    def is_cut(self) -> bool:
        """Say whether the client can tell that an answer did not come to its end."""
        return self.has_ended and (self.was_reset or self._read_up_to < len(self.received))
