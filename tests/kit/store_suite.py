"""What every store of sessions promises, whatever keeps them. Import it beside a fixture `bench`.

`bench.store()` is the store of another process over the same sessions, `bench.run` runs a
coroutine, `bench.now` is the clock of all of them, which only goes forward.
"""

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import pytest

from sidegate.core.errors import SessionTooLarge
from sidegate.core.identity import Session, Tokens
from sidegate.core.secret import Secret
from sidegate.login.ports import SessionStore, found_in
from tests.unit.stores.kit import HOST, Jar, session

Result = TypeVar("Result")
LIFETIME = 604800.0


class Bench(Protocol):
    """A place where stores share what keeps their sessions. `forgets`: processes know no ends."""

    now: float
    ids: int

    def store(self) -> SessionStore: ...

    def run(self, work: Coroutine[Any, Any, Result]) -> Result: ...

    def forget_what_was_seen(self) -> None:
        """Let as much time pass as a store may remember what it saw."""


def new(bench: Bench, **changes: object) -> Session:
    """Return a session that begins now, with an id of its own."""
    bench.ids += 1
    fields = {
        "id": f"session-{bench.ids}-{bench.now}",
        "created_at": bench.now,
        "refreshed_at": bench.now,
        "ends_at": bench.now + LIFETIME,
    }
    return session(**(fields | changes))  # type: ignore[arg-type] # a table of fields


async def load(store: SessionStore, jar: Jar, now: float) -> Session | None:
    return await found_in(store.load(jar.header, now))


async def signed_in(store: SessionStore, kept: Session, jar: Jar | None = None) -> Jar:
    jar = Jar() if jar is None else jar
    jar.take(await store.save(kept, HOST, jar.header))
    return jar


def test_a_session_is_found_by_every_process(bench: Bench) -> None:
    async def script() -> None:
        kept = new(bench, provider_session_id="sid-1")
        jar = await signed_in(bench.store(), kept)
        for _ in range(2):
            found = await load(bench.store(), jar, bench.now)
            assert found is not None
            assert (found.id, found.identity, found.ends_at) == (
                kept.id,
                kept.identity,
                kept.ends_at,
            )
            assert found.tokens.refresh_token == Secret("r")

    bench.run(script())


def test_cookies_of_others_are_no_session(bench: Bench) -> None:
    async def script() -> None:
        store = bench.store()
        for header in (None, b"", b"a=b", b"_oauth2_proxy=x", b"_oauth2_proxy_0=2.x"):
            assert await found_in(store.load(header, bench.now)) is None
            assert not store.opens(header, bench.now)

    bench.run(script())


def test_a_changed_cookie_is_no_session(bench: Bench) -> None:
    async def script() -> None:
        jar = await signed_in(bench.store(), new(bench))
        name, value = next(iter(jar.cookies.items()))
        for place in range(0, len(value), 7):
            other = "A" if value[place] != "A" else "B"
            header = f"{name}={value[:place]}{other}{value[place + 1 :]}".encode()
            assert await found_in(bench.store().load(header, bench.now)) is None

    bench.run(script())


def test_a_session_ends_on_time(bench: Bench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench, ends_at=bench.now + 60))
        bench.now += 59
        assert await load(store, jar, bench.now) is not None
        bench.now += 1
        assert await load(store, jar, bench.now) is None
        assert await load(bench.store(), jar, bench.now) is None

    bench.run(script())


def test_signing_out_ends_the_session_here_and_clears_the_browser(bench: Bench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        copy = jar.header
        assert await load(store, jar, bench.now) is not None
        jar.take(await store.clear(HOST, jar.header))
        assert jar.cookies == {}
        assert await found_in(store.load(copy, bench.now)) is None

    bench.run(script())


def test_a_renewed_session_takes_the_place_of_the_old_one(bench: Bench) -> None:
    async def script() -> None:
        store, other = bench.store(), bench.store()
        old = new(bench)
        jar = await signed_in(store, old)
        assert await load(other, jar, bench.now) is not None
        renewed = replace(old, generation=1, tokens=Tokens(refresh_token=Secret("r2")))
        jar.take(await store.save(renewed, HOST, jar.header))
        bench.forget_what_was_seen()
        for one in (store, other, bench.store()):
            found = await load(one, jar, bench.now)
            assert found is not None
            assert (found.generation, found.tokens.refresh_token) == (1, Secret("r2"))

    bench.run(script())


def test_a_session_that_is_over_is_cleared_instead_of_saved(bench: Bench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        jar.take(await store.save(new(bench, ends_at=bench.now), HOST, jar.header))
        assert jar.cookies == {}

    bench.run(script())


def test_all_sessions_of_a_person_end_here_and_those_of_others_stay(bench: Bench) -> None:
    async def script() -> None:
        store = bench.store()
        jars = [await signed_in(store, new(bench)) for _ in range(2)]
        other = new(bench, provider="elsewhere")
        await store.end_all("oidc", user="alice")
        bench.now += 1
        for jar in jars:
            assert await load(store, jar, bench.now) is None
        jar = await signed_in(store, other)
        assert await load(store, jar, bench.now) is not None
        later = await signed_in(store, new(bench))
        assert await load(store, later, bench.now) is not None

    bench.run(script())


def test_a_session_of_the_provider_ends_and_others_stay(bench: Bench) -> None:
    async def script() -> None:
        store = bench.store()
        one = await signed_in(store, new(bench, provider_session_id="sid-1"))
        two = await signed_in(store, new(bench, provider_session_id="sid-2"))
        await store.end_all("oidc", sid="sid-1")
        assert await load(store, one, bench.now) is None
        assert await load(store, two, bench.now) is not None
        await store.end_all("elsewhere", sid="sid-2")
        await store.end_all("oidc", sid="sid-3")
        await store.end_all("oidc")
        assert await load(store, two, bench.now) is not None

    bench.run(script())


def test_what_is_too_large_is_told(bench: Bench) -> None:
    async def script() -> None:
        with pytest.raises(SessionTooLarge):
            await signed_in(bench.store(), new(bench, refresh_token="x" * 300_000))

    bench.run(script())
