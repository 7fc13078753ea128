"""Clients never take the descriptors that the gate needs to serve them."""

import resource

import pytest

from sidegate.net.descriptors import connections_allowed, raise_limit


@pytest.mark.parametrize(
    ("wanted", "descriptors", "allowed"),
    [
        (16384, 1 << 20, 16384),
        (16384, 1024, 720),
        (100, 1024, 100),
        (0, 1024, 720),
        (16384, 64, 36),
        (16384, 2, 1),
        (16384, resource.RLIM_INFINITY, 16384),
    ],
)
def test_three_quarters_of_the_descriptors_is_the_most(
    wanted: int, descriptors: int, allowed: int
) -> None:
    assert connections_allowed(wanted, descriptors) == allowed


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        assert raise_limit() == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_system_that_refuses_leaves_the_limit_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    assert raise_limit() == 256
