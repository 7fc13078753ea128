"""Sealed sessions and leases as Redis keeps them.

Every script touches one key, so that a cluster may put each key on another server. A record is a
hash of `s`, the sealed session, `g`, its generation, and `a`, whose it is, sealed too. An index is
a sorted set of keys by their end. Times to live are relative: the server's clock does not matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sidegate.core.errors import StoreUnavailable
from sidegate.core.records import Record
from sidegate.net.redis_client import Client
from sidegate.net.redis_link import RedisLink

_WRITE: Final = """
redis.call('HSET', KEYS[1], 's', ARGV[1], 'g', ARGV[2], 'a', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
_REPLACE: Final = """
local kept = redis.call('HMGET', KEYS[1], 'g', 's')
if not kept[1] then return false end
if tonumber(kept[1]) > tonumber(ARGV[2]) then return kept[2] end
redis.call('HSET', KEYS[1], 's', ARGV[1], 'g', ARGV[2], 'a', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return ARGV[1]
"""
_END: Final = """
local about = redis.call('HGET', KEYS[1], 'a')
redis.call('DEL', KEYS[1])
return about
"""
# A later end counts; an index must outlive all that is in it.
_NOTE: Final = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return 1
"""
# Asked again after an answer that was lost, the holder still gets it.
_TAKE: Final = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
_PAGE: Final = 500


class RedisRecords:
    """`core.records.Records` and `Leases` over a link; `channel` is where it tells others."""

    def __init__(self, link: RedisLink, channel: str) -> None:
        self._link = link
        self._channel = channel

    async def read(self, key: str) -> str | None:
        """Return the sealed session, or None."""
        return _text(await self._link.run(lambda client: client.hget(key, "s")))

    async def about(self, key: str) -> str | None:
        """Return what is said of a session, sealed, or None."""
        return _text(await self._link.run(lambda client: client.hget(key, "a")))

    async def write(self, key: str, record: Record, seconds: float) -> None:
        """Keep a new record."""
        await self._script(_WRITE, key, *_fields(record), _milliseconds(seconds))

    async def replace(self, key: str, record: Record, seconds: float) -> str | None:
        """Keep a later generation of a record that is there."""
        fields = _fields(record)
        return _text(await self._script(_REPLACE, key, *fields, _milliseconds(seconds)))

    async def end(self, key: str) -> str | None:
        """Remove a record, and return whose it was."""
        return _text(await self._script(_END, key))

    async def note(self, index: str, key: str, *, now: float, until: float) -> None:
        """Put `key` into an index until then."""
        await self._script(_NOTE, index, key, now, until, _milliseconds(until - now))

    async def noted(self, index: str, now: float) -> list[str]:
        """Return the keys in an index that are not over."""
        found = await self._link.run(lambda client: client.zrangebyscore(index, f"({now}", "+inf"))
        return [str(_text(key)) for key in found]

    async def count(self, index: str, now: float) -> int:
        """Return how many keys in an index are not over, without reading any."""
        return int(await self._link.run(lambda client: client.zcount(index, f"({now}", "+inf")))

    async def strike(self, index: str, keys: Sequence[str]) -> None:
        """Take keys out of an index."""
        await self._link.run(lambda client: client.zrem(index, *keys))

    async def tell(self, message: str) -> None:
        """Publish to every process that listens."""
        await self._link.run(lambda client: client.publish(self._channel, message))

    async def all(self, prefix: str) -> AsyncIterator[tuple[str, str]]:
        """Yield key and `about` of each record whose key begins so."""
        keys = await self._link.run(lambda client: _scan(client, prefix), limit=60)
        for key in keys:
            about = await self._link.run(lambda client, key=key: client.hget(key, "a"))  # type: ignore[misc] # bound per turn
            if about is not None:
                yield key, str(_text(about))

    async def take(self, key: str, holder: str, milliseconds: int) -> bool:
        """Take a lease if nobody has it; say whether `holder` has it now."""
        return bool(await self._script(_TAKE, key, holder, milliseconds))

    async def renew(self, key: str, holder: str, milliseconds: int) -> bool:
        """Let a lease last that long from now, if `holder` still has it."""
        return bool(await self._script(_RENEW, key, holder, milliseconds))

    async def release(self, key: str, holder: str) -> bool:
        """Give a lease back, if `holder` still has it."""
        return bool(await self._script(_RELEASE, key, holder))

    async def _script(self, text: str, key: str, *arguments: float | str) -> Any:
        return await self._link.run(lambda client: client.eval(text, 1, key, *arguments))


async def _scan(client: Client, prefix: str) -> list[str]:
    pattern = "".join(f"[{c}]" if c in "*?[" else c for c in prefix) + "*"
    found = {str(_text(key)) async for key in client.scan_iter(match=pattern, count=_PAGE)}
    return sorted(found)


def _fields(record: Record) -> tuple[str, int, str]:
    return record.session, record.generation, record.about


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _text(answer: object) -> str | None:
    """Return what a server says as text; what nobody sealed opens nowhere, whatever it is."""
    if answer is None or isinstance(answer, str):
        return answer
    if not isinstance(answer, bytes):
        raise StoreUnavailable("Redis: an answer that cannot be read")
    return answer.decode("ascii", "replace")
