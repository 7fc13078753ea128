"""What only a store that all replicas share can do, and what it does when the server is gone."""

import asyncio
import os
from dataclasses import replace

import pytest

from sidegate.core.errors import StoreUnavailable
from sidegate.core.identity import Session
from sidegate.core.secret import Secret
from sidegate.login.ports import found_in
from sidegate.session.keyring import KeyRing
from sidegate.stores.ticket import session_name
from tests.kit.records import MemoryRecords
from tests.kit.store_suite import load, new, signed_in
from tests.unit.stores.benches import SharedBench
from tests.unit.stores.kit import HOST, SECRET


@pytest.fixture
def bench() -> SharedBench:
    """Return a bench over records in memory."""
    return SharedBench()


def test_a_session_just_seen_is_found_at_once(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        assert await load(store, jar, bench.now) is not None
        for _ in range(10):
            bench.now += 0.4
            assert isinstance(store.load(jar.header + b"; a=b", bench.now), Session)
        assert bench.memory.reads == 1
        bench.now += 5
        assert await load(store, jar, bench.now) is not None
        assert bench.memory.reads == 2

    bench.run(script())


def test_however_many_wait_the_server_is_asked_once(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        found = [found_in(store.load(jar.header, bench.now)) for _ in range(50)]
        sessions = await asyncio.gather(*found)
        assert len(set(map(id, sessions))) == 1
        assert bench.memory.reads == 1

    bench.run(script())


def test_what_was_just_seen_bridges_a_gap_of_half_a_minute(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        other = await signed_in(store, new(bench))
        assert await load(store, jar, bench.now) is not None
        bench.memory.is_down = True
        with pytest.raises(StoreUnavailable):
            await load(store, other, bench.now)
        bench.now += 29
        assert await load(store, jar, bench.now) is not None
        bench.now += 1
        with pytest.raises(StoreUnavailable):
            await load(store, jar, bench.now)
        bench.memory.is_down = False
        assert await load(store, jar, bench.now) is not None

    bench.run(script())


def test_a_clock_that_is_set_back_makes_nothing_fresh(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        assert await load(store, jar, bench.now) is not None
        bench.now -= 3600
        assert await load(store, jar, bench.now) is not None
        assert bench.memory.reads == 2

    bench.run(script())


def test_an_end_reaches_other_processes_at_once_and_for_good(bench: SharedBench) -> None:
    async def script() -> None:
        one, two = bench.store(), bench.store()
        kept = new(bench)
        jar = await signed_in(one, kept)
        copy = jar.header
        assert await load(two, jar, bench.now) is not None
        jar.take(await one.clear(HOST, jar.header))
        assert two.load(copy, bench.now) is None
        assert any(ended.covers(kept) for ended in bench.ended)
        assert not any(ended.covers(new(bench)) for ended in bench.ended)
        assert bench.memory.kept == {}
        assert not any(bench.memory.indexes.values())

    bench.run(script())


def test_an_end_while_the_answer_is_on_its_way_counts(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        kept = new(bench)
        jar = await signed_in(store, kept)
        finding = asyncio.get_running_loop().create_task(
            found_in(store.load(jar.header, bench.now))
        )
        await asyncio.sleep(0)
        store.heard(session_name(kept.id))
        assert await finding is None
        assert store.load(jar.header, bench.now) is None

    bench.run(script())


def test_after_a_gap_in_what_was_told_everything_is_asked_again(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        assert await load(store, jar, bench.now) is not None
        bench.memory.kept.clear()
        assert store.load(jar.header, bench.now) is not None
        store.heard("")
        assert await load(store, jar, bench.now) is None

    bench.run(script())


def test_a_sign_in_ends_the_session_of_before_in_this_browser(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        old = jar.header
        await signed_in(store, new(bench), jar)
        assert jar.header != old
        assert len(bench.memory.kept) == 1
        assert await found_in(bench.store().load(old, bench.now)) is None
        assert await load(bench.store(), jar, bench.now) is not None

    bench.run(script())


def test_nothing_is_ended_that_the_server_did_not_take(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        assert await load(store, jar, bench.now) is not None
        bench.memory.is_down = True
        for work in (store.clear(HOST, jar.header), store.end_all("oidc", user="alice")):
            with pytest.raises(StoreUnavailable):
                await work
        with pytest.raises(StoreUnavailable):
            await signed_in(store, new(bench))
        assert await load(store, jar, bench.now) is not None

    bench.run(script())


def test_a_renewal_does_not_make_anew_what_has_ended(bench: SharedBench) -> None:
    async def script() -> None:
        one, two = bench.store(), bench.store()
        kept = new(bench)
        jar = await signed_in(one, kept)
        assert await two.end_all("oidc", user="alice") == 1
        renewed = replace(kept, generation=1)
        assert await one.replace(renewed) is None
        lines = await one.save(renewed, HOST, jar.header)
        assert all("Max-Age=0" in line for line in lines)
        assert await one.save(kept, HOST, jar.header)  # a use to be written down
        assert bench.memory.kept == {}

    bench.run(script())


def test_of_two_renewals_the_later_one_is_kept(bench: SharedBench) -> None:
    async def script() -> None:
        one, two = bench.store(), bench.store()
        kept = new(bench)
        jar = await signed_in(one, kept)
        assert await load(two, jar, bench.now) is not None
        third, second = replace(kept, generation=3), replace(kept, generation=2)
        assert await one.replace(third) is third
        found = await two.replace(second)
        assert found is not None
        assert found.generation == 3
        fresh = await two.load_fresh(kept.id)
        assert fresh is not None
        assert fresh.generation == 3

    bench.run(script())


def test_a_fresh_look_asks_whatever_was_seen(bench: SharedBench) -> None:
    async def script() -> None:
        one, two = bench.store(), bench.store()
        kept = new(bench)
        jar = await signed_in(one, kept)
        assert await load(two, jar, bench.now) is not None
        await one.replace(replace(kept, generation=1))
        stale = two.load(jar.header, bench.now)
        assert isinstance(stale, Session)
        assert stale.generation == 0
        fresh = await two.load_fresh(kept.id)
        assert fresh is not None
        assert fresh.generation == 1
        assert two.load(jar.header, bench.now) is fresh
        assert await two.load_fresh("nobody's") is None

    bench.run(script())


def test_a_copy_of_the_server_and_the_keys_of_the_gate_open_nothing(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.shared()
        kept = new(bench)
        await signed_in(store, kept)
        (key,), ((record, _),) = bench.memory.kept, bench.memory.kept.values()
        for text in (*bench.memory.kept, *bench.memory.indexes, record.session, record.about):
            for secret in (kept.id, "alice", "oidc"):
                assert secret not in text
        name = key.rpartition(":")[2]
        assert store._open(name, record.session) is None  # the name is no id

    bench.run(script())


def test_another_gate_finds_neither_session_nor_person(bench: SharedBench) -> None:
    async def script() -> None:
        jar = await signed_in(bench.shared(), new(bench))
        foreign = bench.shared(bindings={"oidc": b"issuer\0another client"})
        assert await load(foreign, jar, bench.now) is None
        assert await foreign.end_all("oidc", user="alice") == 0
        other_key = bench.shared(KeyRing([Secret(b"z" * 32)], os.urandom))
        assert await load(other_key, jar, bench.now) is None

    bench.run(script())


def test_under_a_new_key_sessions_of_the_old_one_are_found_and_ended(bench: SharedBench) -> None:
    async def script() -> None:
        jar = await signed_in(bench.shared(), new(bench))
        both = bench.shared(KeyRing([Secret(b"z" * 32), SECRET], os.urandom))
        assert await load(both, jar, bench.now) is not None
        assert [kept.about.user async for kept in both.sessions()] == ["alice"]
        assert await both.end_all("oidc", user="alice") == 1

    bench.run(script())


def test_operators_see_whose_sessions_there_are_and_end_one(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.shared()
        kept = new(bench, provider_session_id="sid-9")
        jar = await signed_in(store, kept)
        for who in ("", "alice", "alice@example.com"):
            (found,) = [one async for one in store.sessions(who)]
            assert found.name == session_name(kept.id)
            about = found.about
            assert (about.provider, about.sid, about.ends_at) == ("oidc", "sid-9", kept.ends_at)
        assert [one async for one in store.sessions("bob")] == []
        assert len([one async for one in store.sessions(name=found.name[:8])]) == 1
        assert await store.end(found.name)
        assert not await store.end(found.name)
        assert await load(bench.store(), jar, bench.now) is None

    bench.run(script())


def test_a_session_that_is_used_elsewhere_does_not_end_here_for_idleness(
    bench: SharedBench,
) -> None:
    async def script() -> None:
        one, two = bench.shared(idle=4.0), bench.shared(idle=4.0)
        kept = new(bench)
        jar = await signed_in(one, kept)
        found = await load(two, jar, bench.now)
        assert found is not None
        bench.now += 4
        jar.take(await one.save(found, HOST, jar.header))
        bench.now += 0.9
        assert found.has_expired(bench.now)
        assert await load(two, jar, bench.now) is not None
        bench.now += 60
        assert await load(two, jar, bench.now) is None
        assert bench.memory.kept == {}

    bench.run(script())


def test_renewals_of_one_session_share_one_lease(bench: SharedBench) -> None:
    store = bench.shared()
    assert store.lease_of("a") == store.lease_of("a") != store.lease_of("b")
    assert store.lease_of("a").startswith("gate:l:")


def test_what_is_open_is_looked_at_again_without_being_used(bench: SharedBench) -> None:
    async def script() -> None:
        one, two = bench.store(), bench.store()
        kept = new(bench)
        jar = await signed_in(one, kept)
        found = await load(two, jar, bench.now)
        assert found is not None
        assert two.still(found, None, bench.now) is found
        bench.now += 60
        assert await found_in(two.still(found, jar.header, bench.now)) is not None
        await one.end_all("oidc", user="alice")
        assert await found_in(two.still(found, jar.header, bench.now)) is None

    bench.run(script())


def test_a_ticket_opens_until_its_session_is_known_to_be_over(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()
        jar, other = await signed_in(store, new(bench)), await signed_in(store, new(bench))
        assert store.opens(jar.header, bench.now)
        assert not store.opens(b"_oauth2_proxy=junk", bench.now)
        assert not store.opens(None, bench.now)
        found = await load(store, jar, bench.now)
        assert found is not None
        assert store.opens(jar.header, bench.now)
        bench.now = found.ends_at - 1
        assert await load(store, jar, bench.now) is not None
        assert not store.opens(jar.header, found.ends_at)
        stolen = jar.header
        await store.clear(HOST, stolen)
        assert not store.opens(stolen, bench.now)
        assert store.opens(other.header, bench.now)

    bench.run(script())


def test_a_ticket_under_an_old_key_is_sealed_anew_and_stays_the_same(bench: SharedBench) -> None:
    async def script() -> None:
        ring = KeyRing([SECRET], os.urandom)
        store = bench.shared(ring)
        jar = await signed_in(store, new(bench))
        old = jar.header
        ring.change([Secret(b"z" * 32), SECRET])
        store.forget()
        found = await load(store, jar, bench.now)
        assert found is not None
        assert store.outdated
        jar.take(store.reseal(found, HOST, jar.header, bench.now))
        assert jar.header != old
        ring.change([Secret(b"z" * 32)])
        store.forget()
        again = await load(store, jar, bench.now)
        assert again is not None
        assert again.id == found.id

    bench.run(script())


def test_sessions_are_counted_from_their_beginning_to_their_end(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.store()

        async def counted() -> int:
            return await bench.records.count("gate:n", bench.now)

        one, two = new(bench), new(bench)
        jar = await signed_in(store, one)
        await signed_in(store, two)
        assert await counted() == 2
        await store.replace(replace(one, generation=one.generation + 1))
        assert await counted() == 2
        await store.clear(HOST, jar.header)
        assert await counted() == 1
        assert await store.replace(replace(one, generation=one.generation + 2)) is None
        assert await counted() == 1
        bench.now = two.ends_at
        assert await counted() == 0

    bench.run(script())


def test_a_session_that_nobody_uses_leaves_the_count_when_redis_forgets_it(
    bench: SharedBench,
) -> None:
    async def script() -> None:
        store = bench.shared(idle=600.0)
        await signed_in(store, new(bench))
        assert await bench.records.count("gate:n", bench.now + 600) == 1
        assert await bench.records.count("gate:n", bench.now + 1200) == 0

    bench.run(script())


def test_a_count_that_fails_fails_no_sign_in(bench: SharedBench) -> None:
    class Uncounted(MemoryRecords):
        async def note(self, index: str, key: str, *, now: float, until: float) -> None:
            if index == "gate:n":
                raise StoreUnavailable("no room")
            await super().note(index, key, now=now, until=until)

    bench.records = Uncounted(lambda: bench.now)

    async def script() -> None:
        store = bench.store()
        jar = await signed_in(store, new(bench))
        assert await load(store, jar, bench.now) is not None

    bench.run(script())
