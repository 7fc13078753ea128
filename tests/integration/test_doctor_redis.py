"""The doctor looks at a real Redis, and changes nothing there."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sidegate.doctor.certificates import check_certificates
from sidegate.doctor.redis_server import check_redis
from sidegate.doctor.scene import Scene
from tests.integration.processes import LOOPBACK, free_port
from tests.integration.redis_servers import Authority, RedisServer, documented_rights

pytestmark = pytest.mark.needs("redis")
MakeScene = Callable[..., Scene]
ON = ("--session-store-type=redis", "--redis-key-prefix=gate")
USER = documented_rights()


@pytest.fixture
def server() -> Iterator[RedisServer]:
    one = RedisServer()
    yield one
    one.end()


def found(scene: Scene) -> set[tuple[str, str]]:
    return {(str(one.severity), one.id) for one in asyncio.run(check_redis(scene))}


def test_one_that_is_right_stays_as_it_was(doctor_scene: MakeScene, server: RedisServer) -> None:
    server.ask("SET", "gate:x", "1")
    scene = doctor_scene(*ON, f"--redis-connection-url={server.url}")
    assert found(scene) == {("fine", "redis")}
    assert server.ask("KEYS", "*") == "gate:x"


def test_one_that_is_not_there(doctor_scene: MakeScene) -> None:
    url = f"redis://{LOOPBACK}:{free_port()}"
    scene = doctor_scene(*ON, f"--redis-connection-url={url}")
    assert found(scene) == {("problem", "redis_unreachable")}


def test_one_that_forgets(doctor_scene: MakeScene, server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    scene = doctor_scene(*ON, f"--redis-connection-url={server.url}")
    assert found(scene) == {("problem", "redis_eviction")}


def test_one_that_is_full(doctor_scene: MakeScene, server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "maxmemory", "1mb")
    scene = doctor_scene(*ON, f"--redis-connection-url={server.url}")
    assert ("problem", "redis_full") in found(scene)
    assert ("problem", "redis_refuses") in found(scene)


def test_a_replica(doctor_scene: MakeScene, server: RedisServer) -> None:
    replica = RedisServer("--replicaof", f"{LOOPBACK} {server.port}")
    try:
        scene = doctor_scene(*ON, f"--redis-connection-url={replica.url}")
        assert found(scene) >= {("problem", "redis_read_only"), ("problem", "redis_refuses")}
    finally:
        replica.end()


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        (USER, {("warning", "redis_info")}),
        (f"{USER} +info", {("fine", "redis")}),
        (f"{USER} +info -eval", {("problem", "redis_refuses")}),
        (USER.replace("~gate:*", "~other:*") + " +info", {("problem", "redis_refuses")}),
    ],
)
def test_a_user_needs_its_rights(
    doctor_scene: MakeScene, server: RedisServer, rights: str, expected: set[tuple[str, str]]
) -> None:
    server.ask("ACL", "SETUSER", *rights.split())
    url = f"redis://gate:of-gate@{LOOPBACK}:{server.port}"
    assert found(doctor_scene(*ON, f"--redis-connection-url={url}")) == expected


def test_a_password_that_is_wrong(doctor_scene: MakeScene, server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "requirepass", "right")
    url = f"redis://:wrong@{LOOPBACK}:{server.port}"
    scene = doctor_scene(*ON, f"--redis-connection-url={url}")
    (one,) = asyncio.run(check_redis(scene))
    assert one.id == "redis_unreachable"
    assert "wrong" not in one.seen


@pytest.mark.parametrize("trusts", [True, False])
def test_the_certificate_of_one_that_speaks_tls(
    doctor_scene: MakeScene, tmp_path: Path, *, trusts: bool
) -> None:
    authority = Authority(tmp_path)
    safe = RedisServer(tls=authority)
    try:
        flags = [f"--redis-connection-url=rediss://{LOOPBACK}:{safe.port}"]
        flags += [f"--redis-ca-path={authority.file}"] if trusts else []
        scene = doctor_scene(*ON, *flags)
        certificates = {one.id for one in asyncio.run(check_certificates(scene))}
        assert certificates == ({"certificate"} if trusts else {"certificate_untrusted"})
        assert ("fine" in {severity for severity, _ in found(scene)}) is trusts
    finally:
        safe.end()
