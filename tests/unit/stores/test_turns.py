"""Processes that share sessions take turns, and the token is redeemed once."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sidegate.core.errors import GrantRejected, ProviderUnavailable, StoreUnavailable
from sidegate.core.identity import Session
from sidegate.core.secret import Secret
from sidegate.stores.shared import SharedStore
from sidegate.stores.turns import KEEPING, LEASE, MILLISECONDS, PACE, Turns
from tests.kit.store_suite import new, signed_in
from tests.unit.stores.benches import SharedBench


class Leases:
    """Leases in memory, whose time `Stage.now` moves."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.held: dict[str, tuple[str, float]] = {}
        self.renewals = 0
        self._clock = clock

    async def take(self, key: str, holder: str, milliseconds: int) -> bool:
        await asyncio.sleep(0)
        owner, until = self.held.get(key, ("", 0.0))
        if owner not in ("", holder) and self._clock() < until:
            return False
        self.held[key] = (holder, self._clock() + milliseconds / 1000)
        return True

    async def renew(self, key: str, holder: str, milliseconds: int) -> bool:
        self.renewals += 1
        if self.held.get(key, ("",))[0] != holder:
            return False
        self.held[key] = (holder, self._clock() + milliseconds / 1000)
        return True

    async def release(self, key: str, holder: str) -> bool:
        if self.held.get(key, ("",))[0] != holder:
            return False
        del self.held[key]
        return True


class Stage:
    """Processes over the same records, a provider that takes each token once, and no real time."""

    def __init__(self) -> None:
        self.bench = SharedBench()
        self.leases = Leases(lambda: self.bench.now)
        self.redeemed: list[str] = []
        self.ending: Exception | None = None
        self.slow = 0.0
        self.tasks: set[asyncio.Task[Any]] = set()

    def process(self) -> tuple[Turns, SharedStore]:
        store = self.bench.store()
        return Turns(self.leases, store, os.urandom, self.spawn, self.sleep), store

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        return task

    async def sleep(self, seconds: float) -> None:
        """Let time go by in steps, so that everybody who sleeps wakes in turn."""
        end = self.bench.now + seconds
        while self.bench.now < end:
            await asyncio.sleep(0)
            self.bench.now += PACE / 10

    async def ask(self, session: Session) -> Session:
        token = session.tokens.refresh_token
        assert token is not None
        self.redeemed.append(token.reveal())
        await self.sleep(self.slow)
        if self.ending is not None:
            raise self.ending
        tokens = replace(session.tokens, refresh_token=Secret(f"{token.reveal()}+"))
        return replace(session, tokens=tokens, generation=session.generation + 1)

    async def signed_in(self) -> Session:
        _, store = self.process()
        found = new(self.bench)
        session = replace(found, tokens=replace(found.tokens, refresh_token=Secret("r0")))
        await signed_in(store, session)
        return session

    def run(self, script: Callable[[], Any]) -> None:
        async def whole() -> None:
            await script()
            for task in self.tasks:
                task.cancel()

        asyncio.run(whole())


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_three_processes_redeem_the_token_once_and_all_get_what_came_of_it(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        stage.slow = 1.0
        found = [stage.process()[0](session, stage.ask) for _ in range(3)]
        renewed = await asyncio.gather(*found)
        assert stage.redeemed == ["r0"]
        assert [one.tokens.refresh_token for one in renewed] == [Secret("r0+")] * 3

    stage.run(script)


def test_the_lease_lasts_as_long_as_a_slow_provider_takes(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        stage.slow = 3 * LEASE
        first, second = (stage.process()[0](session, stage.ask) for _ in range(2))
        renewed = await asyncio.gather(first, second)
        assert stage.redeemed == ["r0"]
        assert [one.generation for one in renewed] == [1, 1]
        assert stage.leases.renewals >= 6

    stage.run(script)


def test_a_holder_that_died_is_replaced_when_its_lease_is_over(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        turns, store = stage.process()
        await stage.leases.take(store.lease_of(session.id), "dead", MILLISECONDS)
        began = stage.bench.now
        renewed = await turns(session, stage.ask)
        assert renewed is not None
        assert renewed.generation == 1
        assert LEASE - 0.1 <= stage.bench.now - began <= LEASE + 1

    stage.run(script)


def test_who_comes_later_with_the_session_of_before_asks_nobody(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        await stage.process()[0](session, stage.ask)
        renewed = await stage.process()[0](session, stage.ask)
        assert renewed is not None
        assert (renewed.generation, stage.redeemed) == (1, ["r0"])

    stage.run(script)


def test_a_session_that_was_ended_meanwhile_is_not_renewed(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        turns, store = stage.process()
        await store.end_all(session.provider, user=session.identity.user)
        assert await turns(session, stage.ask) is None
        assert stage.redeemed == []

    stage.run(script)


def test_a_session_that_the_provider_ended_is_over_everywhere(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        turns, _ = stage.process()
        stage.ending = GrantRejected("gone")
        with pytest.raises(GrantRejected):
            await turns(session, stage.ask)
        other, store = stage.process()
        assert await store.load_fresh(session.id) is None
        assert await other(session, stage.ask) is None
        assert stage.redeemed == ["r0"]
        assert stage.leases.held == {}

    stage.run(script)


def test_a_provider_that_is_down_ends_nothing_and_keeps_no_lease(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        turns, store = stage.process()
        stage.ending = ProviderUnavailable("down")
        with pytest.raises(ProviderUnavailable):
            await turns(session, stage.ask)
        assert await store.load_fresh(session.id) is not None
        assert stage.leases.held == {}

    stage.run(script)


def test_what_the_provider_gave_is_kept_when_the_server_is_back(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        turns, store = stage.process()

        async def ask(one: Session) -> Session:
            renewed = await stage.ask(one)
            stage.bench.memory.is_down = True
            stage.spawn(back())
            return renewed

        async def back() -> None:
            await stage.sleep(2)
            stage.bench.memory.is_down = False

        renewed = await turns(session, ask)
        assert renewed is not None
        kept = await store.load_fresh(session.id)
        assert kept is not None
        assert kept.tokens.refresh_token == Secret("r0+")

    stage.run(script)


def test_what_cannot_be_kept_at_all_is_not_lost_for_this_process(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        turns, _ = stage.process()

        async def ask(one: Session) -> Session:
            renewed = await stage.ask(one)
            stage.bench.memory.is_down = True
            return renewed

        renewed = await turns(session, ask)
        assert renewed is not None
        assert renewed.tokens.refresh_token == Secret("r0+")
        assert KEEPING > 1

    stage.run(script)


def test_without_the_server_nobody_is_asked(stage: Stage) -> None:
    async def script() -> None:
        session = await stage.signed_in()
        turns, _ = stage.process()
        stage.bench.memory.is_down = True
        with pytest.raises(StoreUnavailable):
            await turns(session, stage.ask)
        assert stage.redeemed == []

    stage.run(script)
