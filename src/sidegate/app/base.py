"""What most parts of a gate need to be made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sidegate.app.observation import Observation
from sidegate.config.settings import Settings
from sidegate.core.ports import Clock, TokenVerifier
from sidegate.core.providers import Providers


@dataclass(frozen=True, slots=True)
class Base:
    """What most parts need. `tokens` verifies what programs bring; None: nobody looks at that."""

    settings: Settings
    observation: Observation
    providers: Providers
    clock: Clock
    spawn: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]
    unready: Callable[[], list[str]]
    tokens: TokenVerifier | None = None
