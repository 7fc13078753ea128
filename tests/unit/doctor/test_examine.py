"""Checks run side by side, and none hides another."""

import asyncio
from pathlib import Path

from sidegate.doctor.examine import CHECKS, examine
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


def test_every_check_is_in_the_table() -> None:
    folder = Path(__file__).parents[3] / "src/sidegate/doctor"
    written = {path.stem for path in folder.glob("*.py") if "async def check_" in path.read_text()}
    assert {check.__module__.rpartition(".")[2] for check in CHECKS.values()} == written
