"""Collects the body of a request for the gate itself, within a limit."""

from __future__ import annotations

from collections.abc import Iterable

from sidegate.core.errors import BodyTooLarge
from sidegate.core.messages import Plan, ReadBody


class Collector:
    """Takes pieces of a body, then asks the handler again."""

    __slots__ = ("_pieces", "_plan", "_size")

    def __init__(self, plan: ReadBody, early: Iterable[bytes]) -> None:
        self._plan = plan
        self._pieces: list[bytes] = []
        self._size = 0
        for piece in early:
            self.add(piece)

    def add(self, piece: bytes) -> None:
        """Take a piece. Raises BodyTooLarge beyond the limit."""
        self._size += len(piece)
        if self._size > self._plan.limit:
            raise BodyTooLarge(f"body over {self._plan.limit} bytes")
        self._pieces.append(piece)

    def plan(self) -> Plan:
        """Return what the handler decides now that the body is complete."""
        return self._plan.then(b"".join(self._pieces))
