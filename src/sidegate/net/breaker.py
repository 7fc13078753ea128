"""Says whether a server that failed should be left alone for now."""

from typing import Final

FAILURES: Final = 3


class Breaker:
    """Opens after three failures in a row, so that nobody waits for a server that does not answer.

    Open, it refuses everybody; whoever probes the server in the background closes it again.
    `reason` is why it opened last, empty while it is closed.
    """

    __slots__ = ("_failures", "reason")

    def __init__(self) -> None:
        self._failures = 0
        self.reason = ""

    @property
    def is_open(self) -> bool:
        """Say whether the server should be left alone."""
        return bool(self.reason)

    def worked(self) -> bool:
        """Take note of an answer, whatever it said; say whether that closed the breaker."""
        was_open, self.reason = self.is_open, ""
        self._failures = 0
        return was_open

    def failed(self, reason: str) -> bool:
        """Take note that no answer came; say whether that opened the breaker."""
        self._failures += 1
        if self._failures < FAILURES:
            return False
        was_open, self.reason = self.is_open, reason
        return not was_open
