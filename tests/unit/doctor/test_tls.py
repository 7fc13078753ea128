"""What a certificate comes to."""

import pytest

from sidegate.doctor.tls import DAY, judge_days


@pytest.mark.parametrize(
    ("days", "severity", "name"),
    [
        (90, "fine", "certificate"),
        (22, "fine", "certificate"),
        (20, "problem", "certificate_expires"),
        (-1, "problem", "certificate_expired"),
    ],
)
def test_days_that_are_left(days: int, severity: str, name: str) -> None:
    one = judge_days("x", 1000 * DAY + days * DAY, 1000 * DAY)
    assert (str(one.severity), one.id) == (severity, name)
