"""A provider that says "later" is understood, in each of the ways it may say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidegate.core.ports import FetchResponse
from sidegate.providers.rate_limits import LONGEST, LONGEST_AWAY, UNSAID, seconds_to_wait

NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110 section 5.6.7
LATER = 1_800_000_000.0
USED_UP = {"x-ratelimit-remaining": "0"}


@pytest.mark.parametrize(
    ("status", "headers", "now", "wait"),
    [
        (429, {"retry-after": "30"}, NOW, 30.0),
        (429, {"retry-after": "Sun, 06 Nov 1994 08:50:37 GMT"}, NOW, 60.0),
        (429, {"retry-after": "Sun, 06 Nov 1994 08:48:37 GMT"}, NOW, 1.0),
        (429, {"retry-after": "soon"}, NOW, UNSAID),
        (429, {"retry-after": "Sun, 06 Foo 1994 08:50:37 GMT"}, NOW, UNSAID),
        (429, {"retry-after": "Sun, 06 Nov 1994 08:50:37 CET"}, NOW, UNSAID),
        (429, {}, NOW, UNSAID),
        (429, {"retry-after": "Sun, 06 No 1994 08:50:37 GMT"}, NOW, UNSAID),
        (429, {"retry-after": "Sun, 06 Nov 9999999999 08:50:37 GMT"}, NOW, UNSAID),
        (429, {"retry-after": "0"}, NOW, 1.0),
        (429, {"retry-after": "99999"}, NOW, LONGEST),
        (429, {"retry-after": "9" * 5000}, NOW, UNSAID),
        (403, {"retry-after": "30"}, NOW, 30.0),
        (403, {**USED_UP, "x-ratelimit-reset": "1800000090"}, LATER, 90.0),
        (403, {**USED_UP, "x-ratelimit-reset": "1700000000"}, LATER, 1.0),
        (403, USED_UP, NOW, UNSAID),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": "45"}, NOW, 45.0),
        (403, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1800000090"}, LATER, None),
        (403, {}, NOW, None),
        (503, {"retry-after": "30"}, NOW, 30.0),
        (503, {"retry-after": "3600"}, NOW, LONGEST_AWAY),
        (503, {}, NOW, None),
        (500, {"retry-after": "30"}, NOW, None),
        (200, USED_UP, NOW, None),
    ],
)
def test_the_time_is_taken_from_the_fields_and_has_bounds(
    status: int, headers: dict[str, str], now: float, wait: float | None
) -> None:
    assert seconds_to_wait(FetchResponse(status, headers, b""), now) == wait


@given(
    st.sampled_from([403, 429, 503]),
    st.sampled_from(["retry-after", "x-ratelimit-reset", "ratelimit-reset"]),
    st.one_of(
        st.text(max_size=40),
        st.text("0123456789:, GMTSun", max_size=40),
        st.from_regex(r"Sun, \d{1,30} Nov \d{1,400} \d{1,400}:\d\d:\d\d GMT", fullmatch=True),
    ),
)
def test_whatever_a_field_says_the_time_has_bounds(status: int, name: str, value: str) -> None:
    headers = {"x-ratelimit-remaining": "0", name: value}
    wait = seconds_to_wait(FetchResponse(status, headers, b""), NOW)
    assert wait is None or 1.0 <= wait <= LONGEST
