"""The client is made as the settings say, and connects to nothing yet."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.sentinel import SentinelConnectionPool

from sidegate.config.redis_url import parse_redis_url
from sidegate.config.settings import RedisSettings
from sidegate.core.errors import ConfigurationError
from sidegate.core.secret import Secret
from sidegate.net.redis_client import Client, make_client

ONE = parse_redis_url("redis://gate:pw@r.test:7000/3")
SETTINGS = RedisSettings(
    session_store_type="redis",
    redis_connection_url=ONE,
    redis_username="",
    redis_password=Secret(""),
    redis_key_prefix="gate",
    redis_ca_path="",
    redis_insecure_skip_tls_verify=False,
    redis_connection_idle_timeout=0,
    redis_use_sentinel=False,
    redis_sentinel_master_name="m",
    redis_sentinel_connection_urls=(ONE, ONE),
    redis_sentinel_password=Secret("of-sentinels"),
    redis_use_cluster=False,
    redis_cluster_connection_urls=(parse_redis_url("redis://gate:pw@r.test:7000"),),
)


def made(check: Callable[[Client], None] | None = None, **changes: Any) -> dict[str, Any]:
    """Make a client inside a loop, check it, and return what its connections are made with."""

    async def inside() -> dict[str, Any]:
        client = make_client(msgspec.structs.replace(SETTINGS, **changes))
        if check is not None:
            check(client)
        kwargs: dict[str, Any]
        if isinstance(client, RedisCluster):
            kwargs = client.connection_kwargs
        else:
            kwargs = client.connection_pool.connection_kwargs
        await client.aclose()
        return kwargs

    return asyncio.run(inside())


def test_one_server_is_asked_as_the_user_of_its_address() -> None:
    kwargs = made()
    assert (kwargs["host"], kwargs["port"], kwargs["db"]) == ("r.test", 7000, 3)
    assert (kwargs["username"], kwargs["password"]) == ("gate", "pw")


def test_a_socket_has_a_path_and_no_host() -> None:
    kwargs = made(redis_connection_url=parse_redis_url("unix:///run/redis.sock?db=1"))
    assert (kwargs["path"], kwargs["db"]) == ("/run/redis.sock", 1)


def test_an_idle_connection_is_checked_before_it_is_used() -> None:
    assert made(redis_connection_idle_timeout=30)["health_check_interval"] == 30


def test_the_master_is_asked_of_sentinels_with_a_password_of_their_own() -> None:
    def check(client: Client) -> None:
        assert isinstance(client, Redis)
        pool = client.connection_pool
        assert isinstance(pool, SentinelConnectionPool)
        assert pool.service_name == "m"
        sentinels = pool.sentinel_manager.sentinels
        kwargs = [one.connection_pool.connection_kwargs for one in sentinels]
        assert [(k["port"], k["username"], k["password"]) for k in kwargs] == [
            (7000, None, "of-sentinels"),
            (7000, None, "of-sentinels"),
        ]

    assert made(check, redis_use_sentinel=True)["password"] == "pw"


def test_a_cluster_is_asked_by_some_of_its_nodes() -> None:
    def check(client: Client) -> None:
        assert isinstance(client, RedisCluster)
        assert [node.port for node in client.startup_nodes] == [7000]

    assert made(check, redis_use_cluster=True)["username"] == "gate"


@pytest.mark.parametrize("skip", [False, True])
def test_certificates_and_names_are_verified_unless_told(*, skip: bool) -> None:
    kwargs = made(
        redis_connection_url=parse_redis_url("rediss://r.test"),
        redis_insecure_skip_tls_verify=skip,
    )
    assert kwargs["ssl_check_hostname"] is not skip
    assert kwargs["ssl_cert_reqs"] == ("none" if skip else "required")


def test_a_file_that_holds_no_certificate_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    address = parse_redis_url("rediss://r.test")
    with pytest.raises(ConfigurationError, match="cannot be used: it holds no certificate"):
        made(redis_connection_url=address, redis_ca_path=str(path))
