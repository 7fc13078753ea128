"""Whether the gate can run here as it should."""

import asyncio
import compileall
import resource
from pathlib import Path

import pytest

from sidegate.doctor.machine import (
    MIB,
    check_machine,
    judge_compiled,
    judge_descriptors,
    judge_memory,
    judge_user,
    memory_limit,
)
from tests.unit.doctor.conftest import MakeScene


def test_root_is_more_than_needed() -> None:
    assert [one.id for one in judge_user(0)] == ["runs_as_root"]
    assert list(judge_user(1000)) == []


@pytest.mark.parametrize(
    ("hard", "wanted", "severity"),
    [
        (resource.RLIM_INFINITY, 100_000, None),
        (65536, 0, None),
        (65536, 1000, None),
        (1024, 0, "warning"),
        (65536, 65536, "problem"),
    ],
)
def test_descriptors_have_to_do(hard: int, wanted: int, severity: str | None) -> None:
    found = [(str(one.severity), one.id) for one in judge_descriptors(hard, wanted)]
    assert found == ([(severity, "descriptors")] if severity else [])


@pytest.mark.parametrize(
    ("limit", "store", "is_enough"),
    [
        (None, "cookie", True),
        (64 * MIB, "cookie", True),
        (64 * MIB, "redis", False),
        (48 * MIB, "cookie", False),
    ],
)
def test_memory_has_to_do(limit: int | None, store: str, *, is_enough: bool) -> None:
    assert [one.id for one in judge_memory(limit, store)] == [] if is_enough else ["memory"]


@pytest.mark.parametrize(
    ("name", "text", "limit"),
    [
        ("sys/fs/cgroup/memory.max", "67108864\n", 67108864),
        ("sys/fs/cgroup/memory.max", "max\n", None),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n", 67108864),
        ("sys/fs/cgroup/other", "1", None),
    ],
)
def test_the_limit_is_that_of_the_control_group(
    tmp_path: Path, name: str, text: str, limit: int | None
) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text)
    assert memory_limit(tmp_path) == limit


def test_modules_without_pyc_are_counted(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text("")
    (one,) = judge_compiled(tmp_path)
    assert one.id == "not_compiled"
    assert one.seen.startswith("3 of 3 modules")
    compileall.compile_dir(tmp_path, quiet=2)
    assert list(judge_compiled(tmp_path)) == []


def test_this_machine_can_be_looked_at(make_scene: MakeScene) -> None:
    assert asyncio.run(check_machine(make_scene()))
