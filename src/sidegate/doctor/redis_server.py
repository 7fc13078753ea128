"""Whether sessions can be kept in this Redis, and whether it keeps them.

Nothing is written: a key that nobody has is changed only "if it exists" (`XX`), which Redis refuses
for the same reasons as any other change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sidegate.config.settings import RedisSettings
from sidegate.core.errors import ConfigurationError, StoreUnavailable
from sidegate.doctor.finding import Finding, fine, problem, warning
from sidegate.doctor.scene import Scene

if TYPE_CHECKING:
    from sidegate.net.redis_link import RedisLink

OLDEST = (6, 2)
PATIENCE = 5.0
FULL = 0.9
SECTIONS = ("server", "memory", "replication")
Facts = Mapping[str, Any]


async def check_redis(scene: Scene) -> list[Finding]:
    """Look at the server, where sessions live in Redis."""
    settings = scene.settings.redis
    if settings.session_store_type != "redis":
        return []
    try:
        return await _answers(settings)
    except ConfigurationError as error:
        return [problem("redis_unreachable", "; ".join(error.mistakes))]


async def _answers(settings: RedisSettings) -> list[Finding]:
    from sidegate.net.redis_client import make_client  # noqa: PLC0415 - redis-py, where it is used
    from sidegate.net.redis_link import RedisLink  # noqa: PLC0415 - same

    prefix = settings.redis_key_prefix
    link = RedisLink(make_client(settings), f"{prefix}:probe")
    try:
        await link.run(lambda client: client.ping(), PATIENCE)
    except StoreUnavailable as error:
        return [problem("redis_unreachable", str(error))]
    else:
        wrong = [*await _facts(link), *await _rights(link, prefix)]
        return wrong or [fine("redis", "it takes sessions, and keeps them")]
    finally:
        await link.close()


async def _facts(link: RedisLink) -> list[Finding]:
    facts: dict[str, Any] = {}
    for section in SECTIONS:
        try:
            told = await link.run(lambda client, name=section: client.info(name), PATIENCE)  # type: ignore[misc] # bound per turn
        except StoreUnavailable as error:
            return [warning("redis_info", f"INFO {section}: {error}")]
        facts |= _first_node(told)
    return list(judge(facts))


def _first_node(told: Facts) -> Facts:
    """Return what one node says: a cluster answers with all of them."""
    nodes = [one for one in told.values() if isinstance(one, dict)]
    return nodes[0] if len(nodes) == len(told) and nodes else told


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what a server says of itself."""
    version = str(facts.get("redis_version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < OLDEST:
        yield problem("redis_version", f"version {version}")
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    if policy.startswith("allkeys"):
        yield problem("redis_eviction", f"maxmemory-policy {policy}")
    if facts.get("role") == "slave":
        yield problem("redis_read_only", "it is a replica")
    used, most = int(facts.get("used_memory", 0)), int(facts.get("maxmemory", 0))
    if most and used > FULL * most:
        yield problem("redis_full", f"{used} of {most} bytes are used")


async def _rights(link: RedisLink, prefix: str) -> list[Finding]:
    """Try the kinds of commands that sessions need, so that nothing is changed."""
    nobody = f"{prefix}:doctor"
    tries = {
        "read": lambda client: client.hget(nobody, "s"),
        "write": lambda client: client.set(nobody, "", xx=True, ex=1),
        "script": lambda client: client.eval("return redis.call('EXISTS', KEYS[1])", 1, nobody),
    }
    found = []
    for what, work in tries.items():
        try:
            await link.run(work, PATIENCE)
        except StoreUnavailable as error:
            found.append(problem("redis_refuses", f"to {what}: {error}"))
    return found
