"""How large sessions are, and who may find them too large."""

import asyncio

import pytest

from sidegate.doctor.sizes import check_sizes, identity_bytes, typical_bytes
from tests.unit.doctor.conftest import MakeScene

TOKENS = ("--pass-access-token", "--pass-authorization-header")
REDIS = ("--session-store-type=redis", "--redis-connection-url=redis://127.0.0.1:6379")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), {("fine", "sizes")}),
        (TOKENS, {("warning", "session_size"), ("warning", "identity_size")}),
        (("--limit-header-bytes=2048",), {("problem", "session_size")}),
        (
            (*TOKENS, "--limit-header-bytes=4096"),
            {("problem", "session_size"), ("warning", "identity_size")},
        ),
        (REDIS, {("fine", "sizes")}),
        (("--limit-header-bytes=4096", *REDIS), {("fine", "sizes")}),
    ],
)
def test_sizes_are_compared_with_limits(
    make_scene: MakeScene, flags: tuple[str, ...], expected: set[tuple[str, str]]
) -> None:
    findings = asyncio.run(check_sizes(make_scene(*flags)))
    assert {(str(one.severity), one.id) for one in findings} == expected


def test_a_session_is_as_large_as_what_it_keeps(make_scene: MakeScene) -> None:
    small = typical_bytes(make_scene("--session-cookie-minimal"))
    usual, large = typical_bytes(make_scene()), typical_bytes(make_scene(*TOKENS))
    assert small < usual < large
    assert identity_bytes(make_scene()) < identity_bytes(make_scene(*TOKENS))
