"""Wires everything: the only package that knows all others."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from sidegate.config.settings import Settings


def run(
    settings: Settings,
    warnings: list[str],
    config: str = "",
    load: Callable[[], Settings] | None = None,
) -> int:
    """Serve until a signal ends it; return the exit status of the process.

    `warnings` are lines for the standard log, such as options weaker than the default. `config`:
    the path of the configuration file, if there is one; `load` reads the configuration again, and
    raises ConfigurationError.
    """
    from sidegate.app.config_file import ConfigFile  # after the settings were judged
    from sidegate.app.process import Process  # after the settings were judged

    async def main() -> int:
        file = ConfigFile(config, load) if config and load is not None else None
        return await Process(settings, file).run(warnings)

    with asyncio.Runner(loop_factory=_loop_factory(settings)) as runner:
        return runner.run(main())


def _loop_factory(settings: Settings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if not settings.server.uvloop or sys.platform == "win32":
        return None
    import uvloop  # the option turns it off

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
