"""Host names are found, or not, or slowly."""

import asyncio

from sidegate.doctor.names import SLOW, check_names, judge, names_of
from tests.unit.doctor.conftest import MakeScene

LOCAL = ("--oidc-issuer-url=http://localhost:1", "--upstream=http://127.0.0.1:8080")


def test_names_are_those_to_which_the_gate_connects(make_scene: MakeScene) -> None:
    redis = "--redis-connection-url=rediss://redis.test:6379"
    scene = make_scene("--upstream=http://app.test:1", "--session-store-type=redis", redis)
    assert list(names_of(scene.settings)) == ["login.test", "app.test", "redis.test"]


def test_a_name_that_is_found_at_once_is_fine(make_scene: MakeScene) -> None:
    (one,) = asyncio.run(check_names(make_scene(*LOCAL)))
    assert (str(one.severity), one.seen) == ("fine", "found at once: localhost")


def test_nothing_is_said_where_there_are_only_addresses(make_scene: MakeScene) -> None:
    assert asyncio.run(check_names(make_scene("--oidc-issuer-url=http://127.0.0.1:1"))) == []


def test_a_name_that_cannot_be_one_is_unknown(make_scene: MakeScene) -> None:
    scene = make_scene(*LOCAL, url=f"https://{'a' * 64}.invalid")
    (one,) = asyncio.run(check_names(scene))
    assert (str(one.severity), one.id) == ("problem", "name_unknown")


def test_a_name_that_took_long_is_slow() -> None:
    assert judge("login.test", SLOW) is None
    slow = judge("login.test", SLOW + 0.5)
    assert slow is not None
    assert (slow.id, slow.seen) == ("name_slow", "found after 1.5 s")
