"""Somebody finds their sessions, wherever they began, and nobody else's."""

from dataclasses import replace

import pytest

from sidegate.core.errors import StoreUnavailable
from sidegate.core.identity import Identity
from sidegate.stores.everywhere import Everywhere
from sidegate.stores.shared import MOST_LISTED
from sidegate.stores.ticket import session_name
from tests.kit.store_suite import load, new, signed_in
from tests.unit.stores.benches import SharedBench
from tests.unit.stores.kit import session


@pytest.fixture
def bench() -> SharedBench:
    """Return a bench over records in memory."""
    return SharedBench()


def test_each_session_is_told_with_its_times_and_this_one_marked(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.shared(idle=1000.0)
        first = new(bench, device="Firefox, Linux")
        await signed_in(store, first)
        bench.now += 60
        this = new(bench, device="Safari, iPhone")
        await signed_in(bench.shared(idle=1000.0), this)
        await signed_in(store, new(bench, identity=Identity("bob")))
        await signed_in(store, new(bench, provider="elsewhere"))
        places, has_more = await Everywhere(store, 1000.0).places(this)
        assert not has_more
        assert [(place.name, place.device, place.is_this) for place in places] == [
            (session_name(this.id), "Safari, iPhone", True),
            (session_name(first.id), "Firefox, Linux", False),
        ]
        assert [place.began_at for place in places] == [this.created_at, first.created_at]
        assert [place.used_at for place in places] == [this.created_at, first.created_at]
        assert places[0].ends_at == this.ends_at

    bench.run(script())


def test_when_it_was_used_last_is_not_known_where_no_use_is_written_down(
    bench: SharedBench,
) -> None:
    async def script() -> None:
        store = bench.shared()
        this = new(bench)
        await signed_in(store, this)
        (place,), _ = await Everywhere(store, 0.0).places(this)
        assert place.used_at is None
        assert place.device == ""

    bench.run(script())


def test_a_renewal_keeps_the_device_and_moves_what_was_confirmed(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.shared()
        jar = await signed_in(store, new(bench, device="Firefox, Linux"))
        bench.forget_what_was_seen()
        found = await load(bench.shared(), jar, bench.now)
        assert found is not None
        await signed_in(store, replace(found, refreshed_at=bench.now, generation=1), jar)
        (place,), _ = await Everywhere(store, 0.0).places(found)
        assert (place.device, place.confirmed_at) == ("Firefox, Linux", bench.now)

    bench.run(script())


def test_what_has_ended_is_not_listed(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.shared()
        first, this = new(bench), new(bench)
        await signed_in(store, first)
        await signed_in(store, this)
        everywhere = Everywhere(store, 0.0)
        assert await everywhere.end(session_name(first.id))
        places, _ = await everywhere.places(this)
        assert [place.name for place in places] == [session_name(this.id)]
        assert not await everywhere.end(session_name(first.id))

    bench.run(script())


def test_more_than_can_be_shown_is_said(bench: SharedBench) -> None:
    async def script() -> None:
        store = bench.shared()
        for _ in range(MOST_LISTED + 5):
            bench.now += 1
            this = new(bench)
            await signed_in(store, this)
        places, has_more = await Everywhere(store, 0.0).places(this)
        assert (len(places), has_more) == (MOST_LISTED, True)
        assert places[0].is_this

    bench.run(script())


def test_a_store_that_does_not_answer_is_no_empty_list(bench: SharedBench) -> None:
    async def script() -> None:
        bench.memory.is_down = True
        with pytest.raises(StoreUnavailable):
            await Everywhere(bench.shared(), 0.0).places(session())

    bench.run(script())


def test_a_session_of_somebody_else_is_not_listed_even_where_an_index_names_it(
    bench: SharedBench,
) -> None:
    async def script() -> None:
        store = bench.shared()
        this, other = new(bench), new(bench, identity=Identity("bob"))
        await signed_in(store, this)
        await signed_in(store, other)
        for index in bench.memory.indexes.values():
            index[session_name(other.id)] = other.ends_at
        places, _ = await Everywhere(store, 0.0).places(this)
        assert [place.name for place in places] == [session_name(this.id)]

    bench.run(script())
