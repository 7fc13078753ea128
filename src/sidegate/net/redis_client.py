"""Makes the client of redis-py for one server, a group under Sentinel, or a cluster.

Imported only where sessions live in Redis: redis-py costs 7.5 MB. Nothing connects here.
"""

import ssl
from typing import Any, Final

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from sidegate.config.settings import RedisAddress, RedisSettings
from sidegate.core.errors import ConfigurationError

CONNECT_LIMIT: Final = 0.2
"""Seconds a connection may take to begin, so that another address can still be tried in time."""

MOST_CONNECTIONS: Final = 16
Client = Redis | RedisCluster


def make_client(settings: RedisSettings) -> Client:
    """Return a client that has not connected yet.

    Raises ConfigurationError for a CA file that holds no certificate.
    """
    if settings.redis_use_sentinel:
        return _by_sentinel(settings)
    if settings.redis_use_cluster:
        nodes = settings.redis_cluster_connection_urls
        startup = [ClusterNode(node.host, node.port) for node in nodes]
        kwargs = _kwargs(settings, nodes[0])
        kwargs.pop("db")
        return RedisCluster(startup_nodes=startup, require_full_coverage=False, **kwargs)
    address = settings.redis_connection_url
    if address is None:  # the checks of the configuration made sure
        raise ConfigurationError(["redis_connection_url: required, and not given"])
    if address.socket_path:
        return Redis(unix_socket_path=address.socket_path, **_kwargs(settings, address))
    return Redis(host=address.host, port=address.port, **_kwargs(settings, address))


async def close_client(client: Client) -> None:
    """Close all connections of a client, those to sentinels too."""
    await client.aclose()
    if isinstance(client, Redis) and isinstance(client.connection_pool, SentinelConnectionPool):
        await client.connection_pool.sentinel_manager.aclose()


def _by_sentinel(settings: RedisSettings) -> Client:
    addresses = settings.redis_sentinel_connection_urls
    kwargs = _kwargs(settings, addresses[0])
    own = kwargs | {"db": 0, "username": None}
    own["password"] = settings.redis_sentinel_password.reveal() or None
    own["socket_timeout"] = CONNECT_LIMIT
    sentinel = Sentinel(  # type: ignore[no-untyped-call] # redis-py has no types here
        [(one.host, one.port) for one in addresses], sentinel_kwargs=own, **kwargs
    )
    client: Redis = sentinel.master_for(settings.redis_sentinel_master_name)
    return client


def _kwargs(settings: RedisSettings, address: RedisAddress) -> dict[str, Any]:
    """Return what every connection is made with.

    One retry, at once: a connection may have been closed by the server while nobody used it.
    Whoever calls sets the time for all of it.
    """
    kwargs: dict[str, Any] = {
        "db": address.database,
        "username": address.username or None,
        "password": address.password.reveal() or None,
        "protocol": 2,
        "socket_connect_timeout": CONNECT_LIMIT,
        "socket_timeout": None,
        "health_check_interval": settings.redis_connection_idle_timeout,
        "max_connections": MOST_CONNECTIONS,
        "retry": Retry(NoBackoff(), 1),
        "driver_info": None,
    }
    return kwargs | _tls(settings) if address.is_tls else kwargs


def _tls(settings: RedisSettings) -> dict[str, Any]:
    path = settings.redis_ca_path
    verify = not settings.redis_insecure_skip_tls_verify
    if path:
        try:
            ssl.create_default_context(cafile=path)
        except OSError as error:
            not_pem = isinstance(error, ssl.SSLError)
            reason = "it holds no certificate in PEM form" if not_pem else error.strerror
            raise ConfigurationError([f"redis_ca_path: {path} cannot be used: {reason}"]) from None
    return {
        "ssl": True,
        "ssl_ca_certs": path or None,
        "ssl_cert_reqs": "required" if verify else "none",
        "ssl_check_hostname": verify,
        "ssl_min_version": ssl.TLSVersion.TLSv1_2,
    }
