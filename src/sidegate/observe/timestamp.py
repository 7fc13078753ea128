"""The time stamps of log lines, made once a second."""

import time

from sidegate.core.ports import Clock


class Timestamp:
    """Returns the present second as `2026/11/23 19:00:00`, in local time or UTC."""

    __slots__ = ("_clock", "_convert", "_second", "_text")

    def __init__(self, clock: Clock, *, local: bool) -> None:
        self._clock = clock
        self._convert = time.localtime if local else time.gmtime
        self._second = -1
        self._text = ""

    def __call__(self) -> str:
        """Return the text for now; costs a comparison while the second lasts."""
        second = int(self._clock())
        if second != self._second:
            self._text = time.strftime("%Y/%m/%d %H:%M:%S", self._convert(second))
            self._second = second
        return self._text


class Moment:
    """Returns the present moment as `2026-11-23T19:00:00.123Z` (RFC 3339), always in UTC."""

    __slots__ = ("_clock", "_second", "_text")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second = -1
        self._text = ""

    def __call__(self) -> str:
        """Return the text for now."""
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second
        return f"{self._text}.{int((now - second) * 1000):03d}Z"
