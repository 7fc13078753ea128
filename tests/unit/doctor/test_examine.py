"""Checks run side by side, and none hides another."""

import asyncio
import threading
from pathlib import Path

import pytest

from sidegate.doctor.examine import CHECKS, Abandoning, examine
from sidegate.doctor.finding import Finding, fine
from sidegate.doctor.scene import Scene
from tests.unit.doctor.conftest import MakeScene


def test_what_is_found_stands_in_the_order_of_the_checks(make_scene: MakeScene) -> None:
    turn = asyncio.Event()

    async def first(_: Scene) -> list[Finding]:
        await turn.wait()
        return [fine("first", "x")]

    async def second(_: Scene) -> list[Finding]:
        turn.set()
        return [fine("second", "x")]

    found = asyncio.run(examine(make_scene(), {"a": first, "b": second}))
    assert [one.id for one in found] == ["first", "second"]


def test_a_check_that_breaks_or_does_not_end_is_told_and_the_others_go_on(
    make_scene: MakeScene,
) -> None:
    async def breaks(_: Scene) -> list[Finding]:
        raise ValueError("no")

    async def lasts(_: Scene) -> list[Finding]:
        await asyncio.Event().wait()
        return []

    async def works(_: Scene) -> list[Finding]:
        return [fine("works", "x")]

    checks = {"breaks": breaks, "lasts": lasts, "works": works}
    found = asyncio.run(examine(make_scene(), checks, longest=0.01))
    assert [(one.id, one.about) for one in found] == [
        ("check_broken", "breaks"),
        ("check_slow", "lasts"),
        ("works", ""),
    ]
    assert found[0].seen == "ValueError: no"


def test_nobody_waits_for_what_blocks() -> None:
    released = threading.Event()

    async def blocks() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.run_in_executor(None, released.wait), 0.01)

    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(Abandoning())
        runner.run(blocks())
    assert not released.is_set()
    released.set()


def test_what_a_thread_raises_belongs_to_whoever_waits() -> None:
    async def waits() -> object:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(Abandoning())
        assert await loop.run_in_executor(None, int, "7") == 7
        return await loop.run_in_executor(None, int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(waits())


def test_every_check_is_in_the_table() -> None:
    folder = Path(__file__).parents[3] / "src/sidegate/doctor"
    written = {path.stem for path in folder.glob("*.py") if "async def check_" in path.read_text()}
    assert {check.__module__.rpartition(".")[2] for check in CHECKS.values()} == written
