"""Runs all checks at once. Whatever one of them meets, the others go on, and all of it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, Final

from sidegate.doctor.callback import check_callback
from sidegate.doctor.certificates import check_certificates
from sidegate.doctor.cookies import check_cookies
from sidegate.doctor.exposure import check_exposure
from sidegate.doctor.finding import Finding, unseen
from sidegate.doctor.issuers import check_issuers
from sidegate.doctor.machine import check_machine
from sidegate.doctor.names import check_names
from sidegate.doctor.providers import check_providers
from sidegate.doctor.public import check_public
from sidegate.doctor.redis_server import check_redis
from sidegate.doctor.scene import Check, Scene
from sidegate.doctor.sizes import check_sizes
from sidegate.doctor.upstreams import check_upstreams

LONGEST: Final = 14.0
"""Seconds one check may take. They run at once, so that all end within fifteen."""

CHECKS: Final[dict[str, Check]] = {
    "names": check_names,
    "providers": check_providers,
    "issuers": check_issuers,
    "certificates": check_certificates,
    "callback": check_callback,
    "cookies": check_cookies,
    "public address": check_public,
    "upstreams": check_upstreams,
    "Redis": check_redis,
    "sizes": check_sizes,
    "exposure": check_exposure,
    "machine": check_machine,
}


class Abandoning(ThreadPoolExecutor):
    """Runs what blocks in threads for which nobody waits at the end.

    A resolver without an answer keeps a thread for half a minute, and an ordinary pool would keep
    the whole program for as long.
    """

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Begin it at once, in a thread of its own."""
        future: Future[Any] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                future.set_exception(error)

        Thread(target=run, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as the base has it
        """Wait for nobody."""


def examine_now(scene: Scene) -> list[Finding]:
    """Return everything that was found, after fifteen seconds at most."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(Abandoning())
        return runner.run(examine(scene))


async def examine(
    scene: Scene, checks: dict[str, Check] = CHECKS, longest: float = LONGEST
) -> list[Finding]:
    """Return everything that was found, in the order of the checks."""
    each = await asyncio.gather(
        *(_run(name, check, scene, longest) for name, check in checks.items())
    )
    return [finding for found in each for finding in found]


async def _run(name: str, check: Check, scene: Scene, longest: float) -> list[Finding]:
    try:
        async with asyncio.timeout(longest):
            return list(await check(scene))
    except TimeoutError:
        return [unseen("check_slow", f"not done after {longest:g} s", name)]
    except Exception as error:  # noqa: BLE001 - a check that breaks is told, and hides no other
        return [unseen("check_broken", f"{type(error).__name__}: {error}", name)]
