"""What a Redis server says of itself."""

import asyncio

import pytest

from sidegate.doctor.redis_server import check_redis, judge
from tests.unit.doctor.conftest import MakeScene

GOOD = {
    "redis_version": "7.2.4",
    "maxmemory_policy": "noeviction",
    "role": "master",
    "used_memory": 10,
    "maxmemory": 100,
}


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({}, []),
        ({"maxmemory_policy": "volatile-ttl"}, []),
        ({"maxmemory": 0, "used_memory": 1000}, []),
        ({"redis_version": "6.2.0"}, []),
        ({"redis_version": "6.0.16"}, ["redis_version"]),
        ({"maxmemory_policy": "allkeys-lru"}, ["redis_eviction"]),
        ({"role": "slave"}, ["redis_read_only"]),
        ({"used_memory": 95}, ["redis_full"]),
    ],
)
def test_facts_are_judged(facts: dict[str, object], names: list[str]) -> None:
    assert [one.id for one in judge({**GOOD, **facts})] == names


def test_nobody_looks_for_a_redis_that_nobody_uses(make_scene: MakeScene) -> None:
    assert asyncio.run(check_redis(make_scene())) == []
