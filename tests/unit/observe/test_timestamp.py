"""The time stamp of a line is that of its second."""

import time

import pytest

from sidegate.observe.timestamp import Timestamp


def test_the_second_is_written_as_oauth2_proxy_does() -> None:
    now = [1_795_000_000.999]
    stamp = Timestamp(lambda: now[0], local=False)
    assert stamp() == "2026/11/18 11:06:40"
    now[0] += 0.001
    assert stamp() == "2026/11/18 11:06:41"


def test_a_clock_that_was_set_back_is_followed() -> None:
    now = [1_795_000_000.0]
    stamp = Timestamp(lambda: now[0], local=False)
    stamp()
    now[0] -= 3600
    assert stamp() == "2026/11/18 10:06:40"


def test_local_time_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "XYZ-2")
    time.tzset()
    try:
        assert Timestamp(lambda: 1_795_000_000.0, local=True)() == "2026/11/18 13:06:40"
    finally:
        monkeypatch.undo()
        time.tzset()
