"""The client's side of an exchange, as whoever carries one out sees it (`net.inbound`)."""

from __future__ import annotations

from typing import Protocol

from sidegate.core.errors import SidegateError


class Client(Protocol):
    """What the relay asks of it."""

    deadline: float
    keep_alive: bool  # the connection may serve another request; settled by the answer's head

    def write(self, data: bytes) -> None:
        """Send bytes to the client; ignored when it has left."""

    def relays(self, relay: object) -> bool:
        """Say whether this relay is still the one under way, with a client who waits."""

    def hold(self) -> None:
        """Stop reading the client until `release`."""

    def release(self) -> None:
        """Read the client on."""

    def begin_tunnel(self) -> None:
        """Pass on bytes as they are from now on."""

    def answered(self) -> None:
        """Go on after an answer was written completely."""

    def refuse(self, error: SidegateError) -> None:
        """Answer with an error."""

    def truncate(self, reason: str) -> None:
        """End in the middle of an answer, so that the client sees that it is incomplete."""

    def close(self) -> None:
        """End the connection after what was written is sent."""
