"""Whether the gate can run as it should on this machine, as this user."""

from __future__ import annotations

import importlib.util
import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from sidegate.doctor.finding import Finding, fine, problem, warning
from sidegate.doctor.scene import Scene
from sidegate.net.descriptors import connections_allowed

FEWEST_DESCRIPTORS: Final = 4096
MIB: Final = 2**20
NEED: Final = 64  # MiB: 52 after load, and some air
NEED_OF_REDIS: Final = 8
_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")


async def check_machine(scene: Scene) -> list[Finding]:
    """Look at user, limits and installation."""
    option = scene.loaded.values["limit_connections"]
    wanted = scene.settings.limits.limit_connections if option.is_given else 0
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    package = Path(__file__).parent.parent
    found = [
        *judge_user(os.geteuid()),
        *judge_descriptors(hard, wanted),
        *judge_memory(memory_limit(scene.root), scene.settings.redis.session_store_type),
        *judge_compiled(package),
    ]
    return found or [fine("machine", "user, limits and installation are as they should be")]


def judge_user(user: int) -> Iterator[Finding]:
    """Judge the user id."""
    if user == 0:
        yield warning("runs_as_root", "this is root; does the gate run as root too?")


def judge_descriptors(hard: int, wanted: int) -> Iterator[Finding]:
    """Judge the hard limit of file descriptors, to which the gate raises its own.

    `wanted`: how many clients somebody asked to be let in at once, 0 for nobody.
    """
    if hard == resource.RLIM_INFINITY:
        return
    allowed = connections_allowed(wanted, hard)
    if wanted and allowed < wanted:
        seen = f"limit_connections is {wanted}, {hard} descriptors are enough for {allowed}"
        yield problem("descriptors", seen)
    elif hard < FEWEST_DESCRIPTORS:
        yield warning("descriptors", f"{hard} are enough for {allowed} clients at once")


def memory_limit(root: Path) -> int | None:
    """Return the limit of our control group in bytes, None where there is none."""
    for name in _LIMITS:
        with suppress(OSError, ValueError):
            return int((root / name).read_text("ascii"))
    return None


def judge_memory(limit: int | None, store: str) -> Iterator[Finding]:
    """Judge the limit of memory."""
    need = NEED + NEED_OF_REDIS * (store == "redis")
    if limit is not None and limit < need * MIB:
        yield problem("memory", f"the limit is {limit / MIB:.0f} MiB, {need} are needed")


def judge_compiled(package: Path) -> Iterator[Finding]:
    """See whether the modules are compiled where the gate finds that."""
    modules = list(package.rglob("*.py"))
    missing = [one for one in modules if not _is_compiled(one)]
    if len(missing) * 2 > len(modules):
        seen = f"{len(missing)} of {len(modules)} modules in {package} have no .pyc"
        yield warning("not_compiled", seen)


def _is_compiled(module: Path) -> bool:
    return Path(importlib.util.cache_from_source(str(module))).exists()
