"""Time stamps are those of the moment, in the form that each format has."""

import pytest

from sidegate.observe.timestamp import Moment, Timestamp

NOON = 1795435200.0  # 2026-11-23 12:00:00 UTC


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "2026-11-23T12:00:00.000Z"),
        (0.25, "2026-11-23T12:00:00.250Z"),
        (0.9999, "2026-11-23T12:00:00.999Z"),
        (61.5, "2026-11-23T12:01:01.500Z"),
    ],
)
def test_a_moment_is_as_rfc_3339_has_it(seconds: float, text: str) -> None:
    times = iter([NOON, NOON + seconds])
    moment = Moment(lambda: next(times))
    moment()
    assert moment() == text


def test_a_time_stamp_is_as_oauth2_proxy_has_it() -> None:
    assert Timestamp(lambda: NOON + 0.5, local=False)() == "2026/11/23 12:00:00"
