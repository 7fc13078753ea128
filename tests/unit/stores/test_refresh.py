"""A session is renewed once, whoever asks, whoever leaves, and whatever the provider does."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, cast

import pytest

from sidegate.core.errors import (
    GrantRejected,
    IdTokenRejected,
    ProviderMisbehaved,
    ProviderUnavailable,
    StoreUnavailable,
)
from sidegate.core.identity import Grant, Identity, Session, Tokens
from sidegate.core.ports import Provider
from sidegate.core.providers import Providers
from sidegate.core.secret import Secret
from sidegate.stores.refresh import BACK_OFF, GRACE, MOST_REMEMBERED, Ask, Recent, Refresher
from tests.unit.stores.kit import NOW, session

GRANT = Grant(Identity("alice", "new@example.com"), Tokens(Secret("a2"), expires_at=NOW + 300))


class FakeProvider:
    """Answers refreshes with what it was told, once `gate` is open, and counts them."""

    id = "oidc"

    def __init__(self, answer: Grant | Exception = GRANT) -> None:
        self.answer = answer
        self.calls = 0
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def refresh(self, _session: Session) -> Grant:
        """Wait for the gate, then answer."""
        self.calls += 1
        self.asked.set()
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Bench:
    """A refresher with a provider, a clock and a task group to try."""

    def __init__(self, answer: Grant | Exception = GRANT, **options: Any) -> None:
        self.now = NOW
        self.errors: list[str] = []
        self.incomplete: list[str] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self.provider = FakeProvider(answer)
        self.refresher = Refresher(
            Providers([cast("Provider", self.provider)]),
            lambda: self.now,
            self.spawn,
            on_error=lambda code, _session: self.errors.append(code),
            on_incomplete=self.incomplete.append,
            **options,
        )

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task that outlives its requests."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        return task


def test_what_failed_behind_a_renewal_is_told() -> None:
    async def script() -> None:
        bench = Bench(replace(GRANT, trouble="provider_unavailable"))
        renewed = await bench.refresher.refresh(session())
        assert renewed is not None
        assert renewed.generation == 1
        assert (bench.incomplete, bench.errors) == (["provider_unavailable"], [])

    asyncio.run(script())


def test_two_hundred_parallel_requests_make_one_call() -> None:
    async def script() -> None:
        bench = Bench()
        bench.provider.gate.clear()
        waiters = [bench.spawn(bench.refresher.refresh(session())) for _ in range(200)]
        await bench.provider.asked.wait()
        bench.provider.gate.set()
        results = await asyncio.gather(*waiters)
        assert bench.provider.calls == 1
        assert len({id(result) for result in results}) == 1
        assert bench.refresher._running == {}

    asyncio.run(script())


def test_the_next_generation_keeps_who_and_when_and_takes_what_is_new() -> None:
    async def script() -> None:
        bench = Bench()
        old = session(
            tokens=Tokens(Secret("a1"), Secret("i1"), Secret("r1"), NOW), provider_session_id="sid"
        )
        bench.now = NOW + 3600
        new = await bench.refresher.refresh(old)
        assert new is not None
        assert (new.id, new.created_at, new.ends_at) == (old.id, old.created_at, old.ends_at)
        assert (new.generation, new.refreshed_at) == (1, NOW + 3600)
        assert new.identity.email == "new@example.com"
        assert new.provider_session_id == "sid"
        assert new.tokens == Tokens(Secret("a2"), Secret("i1"), Secret("r1"), NOW + 300)

    asyncio.run(script())


def test_a_session_that_is_renewed_by_asking_stays_so() -> None:
    async def script() -> None:
        asked = Tokens(Secret("a1"), renews_by_asking=True)
        bench = Bench(Grant(Identity("alice", groups=("org",)), asked))
        new = await bench.refresher.refresh(session(tokens=asked))
        assert new is not None
        assert new.tokens == asked
        assert new.identity.groups == ("org",)

    asyncio.run(script())


def test_a_client_that_leaves_does_not_waste_the_refresh_token() -> None:
    async def script() -> None:
        bench = Bench()
        bench.provider.gate.clear()
        leaving = bench.spawn(bench.refresher.refresh(session()))
        await bench.provider.asked.wait()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        staying = bench.spawn(bench.refresher.refresh(session()))
        bench.provider.gate.set()
        renewed = await staying
        assert renewed.generation == 1
        assert bench.provider.calls == 1

    asyncio.run(script())


def test_the_cookie_of_before_gets_the_result_again_for_a_minute() -> None:
    async def script() -> None:
        bench = Bench()
        first = await bench.refresher.refresh(session())
        bench.now += GRACE - 1
        assert await bench.refresher.refresh(session()) is first
        assert bench.provider.calls == 1
        bench.now += 2
        await bench.refresher.refresh(session())
        assert bench.provider.calls == 2

    asyncio.run(script())


def test_the_cookie_of_long_before_gets_the_newest_generation() -> None:
    async def script() -> None:
        bench = Bench()
        first = await bench.refresher.refresh(session())
        assert first is not None
        second = await bench.refresher.refresh(first)
        assert await bench.refresher.refresh(session()) is second
        assert bench.provider.calls == 2

    asyncio.run(script())


@pytest.mark.parametrize(
    "answer",
    [
        GrantRejected("x"),
        IdTokenRejected("x"),
        replace(GRANT, identity=Identity("mallory")),
    ],
)
def test_a_grant_that_is_gone_ends_the_session_for_all_who_ask(answer: Grant | Exception) -> None:
    async def script() -> None:
        bench = Bench(answer)
        assert await bench.refresher.refresh(session()) is None
        assert await bench.refresher.refresh(session()) is None
        assert bench.provider.calls == 1
        assert len(bench.errors) == 1

    asyncio.run(script())


@pytest.mark.parametrize("answer", [ProviderUnavailable("x"), ProviderMisbehaved("x")])
def test_a_provider_that_fails_for_now_ends_nothing_and_is_left_alone(answer: Exception) -> None:
    async def script() -> None:
        bench = Bench(answer)
        mine = session()
        assert await bench.refresher.refresh(mine) is mine
        bench.now += BACK_OFF - 1
        assert await bench.refresher.refresh(mine) is mine
        assert bench.provider.calls == 1
        bench.provider.answer = GRANT
        bench.now += 1
        renewed = await bench.refresher.refresh(mine)
        assert renewed is not None
        assert renewed.generation == 1
        assert len(bench.errors) == 1

    asyncio.run(script())


def test_each_waiter_keeps_its_own_session_when_the_provider_fails() -> None:
    async def script() -> None:
        bench = Bench(ProviderUnavailable("x"))
        bench.provider.gate.clear()
        sessions = [session(), session()]
        waiters = [bench.spawn(bench.refresher.refresh(one)) for one in sessions]
        await bench.provider.asked.wait()
        bench.provider.gate.set()
        results = await asyncio.gather(*waiters)
        assert all(a is b for a, b in zip(results, sessions, strict=True))

    asyncio.run(script())


def test_sessions_do_not_wait_for_each_other() -> None:
    async def script() -> None:
        bench = Bench()
        bench.provider.gate.clear()
        both = [bench.spawn(bench.refresher.refresh(session(id=name))) for name in ("a", "b")]
        while bench.provider.calls < 2:
            await bench.provider.asked.wait()
            bench.provider.asked.clear()
        bench.provider.gate.set()
        results = await asyncio.gather(*both)
        assert [result.id for result in results] == ["a", "b"]

    asyncio.run(script())


def test_what_is_remembered_is_bounded_and_forgotten() -> None:
    recent: Recent[int, None] = Recent(60.0)
    for number in range(MOST_REMEMBERED + 100):
        recent.put(number, None, NOW)
    assert len(recent) == MOST_REMEMBERED
    assert recent.get(0, NOW) is None
    assert recent.get(MOST_REMEMBERED, NOW) == (None,)
    recent.put(-1, None, NOW + 60)
    assert len(recent) == 1


def silent() -> ProviderUnavailable:
    return ProviderUnavailable("no answer", is_silent=True)


def test_nobody_waits_longer_than_the_patience_and_the_result_is_not_lost() -> None:
    async def script() -> None:
        bench = Bench(patience=0.0)
        bench.provider.gate.clear()
        mine = session()
        assert await bench.refresher.refresh(mine) is mine, "it goes on as it is"
        other = session(id="other")
        assert await bench.refresher.refresh(other) is other, "and so does everybody else"
        assert bench.provider.calls == 1
        bench.provider.gate.set()
        await asyncio.wait(bench.tasks)
        renewed = await bench.refresher.refresh(mine)
        assert renewed is not None
        assert (renewed.generation, bench.provider.calls) == (1, 1)

    asyncio.run(script())


def test_a_provider_that_does_not_answer_is_asked_by_one_session_at_a_time() -> None:
    async def script() -> None:
        bench = Bench(silent())
        sessions = [session(id=f"s{number}") for number in range(50)]
        for one in sessions:
            assert await bench.refresher.refresh(one) is one
        assert bench.provider.calls == 1
        bench.now += BACK_OFF
        for one in sessions:
            assert await bench.refresher.refresh(one) is one
        assert bench.provider.calls == 2
        bench.provider.answer = GRANT
        bench.now += BACK_OFF
        renewed = [await bench.refresher.refresh(one) for one in sessions]
        assert [one.generation for one in renewed if one] == [1] * 50

    asyncio.run(script())


def test_a_clock_that_is_set_back_keeps_nobody_waiting_for_the_provider() -> None:
    async def script() -> None:
        bench = Bench(silent())
        await bench.refresher.refresh(session())
        bench.provider.answer = GRANT
        bench.now -= 3600
        renewed = await bench.refresher.refresh(session(id="other"))
        assert renewed is not None
        assert renewed.generation == 1

    asyncio.run(script())


def test_a_limit_for_one_person_is_none_for_the_others() -> None:
    async def script() -> None:
        bench = Bench(ProviderUnavailable("wait", was_sent=False, wait=60))
        await bench.refresher.refresh(session())
        bench.provider.answer = GRANT
        renewed = await bench.refresher.refresh(session(id="other"))
        assert renewed is not None
        assert renewed.generation == 1

    asyncio.run(script())


def test_a_store_that_fails_ends_no_session() -> None:
    async def script() -> None:
        async def turns(_session: Session, _ask: Ask) -> Session | None:
            raise StoreUnavailable("down")

        bench = Bench(turns=turns)
        mine = session()
        assert await bench.refresher.refresh(mine) is mine
        assert (bench.errors, bench.provider.calls) == (["store_unavailable"], 0)

    asyncio.run(script())


def test_what_another_process_made_of_it_is_taken_over() -> None:
    async def script() -> None:
        theirs = replace(session(), generation=3)

        async def turns(_session: Session, _ask: Ask) -> Session | None:
            return theirs

        bench = Bench(turns=turns)
        assert await bench.refresher.refresh(session()) is theirs
        assert bench.provider.calls == 0

    asyncio.run(script())


def test_a_provider_that_answered_another_process_is_asked_again_here() -> None:
    async def script() -> None:
        opened = asyncio.Event()

        async def turns(one: Session, ask: Ask) -> Session | None:
            if one.id == "slow":
                await opened.wait()
                return replace(one, generation=1)
            return await ask(one)

        bench = Bench(turns=turns, patience=0.0)
        await bench.refresher.refresh(session(id="slow"))
        other = session(id="other")
        assert await bench.refresher.refresh(other) is other, "nobody waits for it"
        opened.set()
        await asyncio.wait(bench.tasks)
        await bench.refresher.refresh(other)
        await asyncio.wait(bench.tasks)
        assert bench.provider.calls == 1

    asyncio.run(script())
