"""Answers behind a sign-in stay out of shared caches unless the application says otherwise."""

import pytest

from sidegate.http1.caching import needs_private


@pytest.mark.parametrize(
    "cache_control",
    [
        None,
        b"",
        b"max-age=60",
        b"max-age=60, must-revalidate",
        b"no-cache",
        b'private="set-cookie"',
        b"publicity",
        b"x-public=1",
    ],
)
def test_private_is_added(cache_control: bytes | None) -> None:
    assert needs_private(cache_control)


@pytest.mark.parametrize(
    "cache_control",
    [b"public", b"max-age=60, Public", b"s-maxage=10", b"private", b"no-store", b"a, NO-STORE ,b"],
)
def test_the_word_of_the_application_stands(cache_control: bytes) -> None:
    assert not needs_private(cache_control)


@pytest.mark.parametrize(
    ("cache_control", "added"),
    [
        (None, True),
        (b"public", True),
        (b"s-maxage=9", True),
        (b"private", False),
        (b"max-age=0, no-store", False),
        (b'private="set-cookie"', True),
    ],
)
def test_nobody_can_allow_to_share_a_cookie_of_the_gate(
    cache_control: bytes | None, *, added: bool
) -> None:
    assert needs_private(cache_control, sets_cookie=True) is added
