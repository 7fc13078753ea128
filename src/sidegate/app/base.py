"""What most parts of a gate need to be made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sidegate.app.config_file import ConfigFile
from sidegate.app.observation import Observation
from sidegate.config.settings import Settings
from sidegate.core.ports import Clock, TokenVerifier
from sidegate.core.providers import Providers
from sidegate.frontends.health import Health
from sidegate.net.streams import Streams
from sidegate.net.watch import Watched
from sidegate.session.keyring import KeyRing

if TYPE_CHECKING:  # 7.5 MB that a gate with sessions in cookies does not need
    from sidegate.app.shared_server import SharedServer


@dataclass(frozen=True, slots=True)
class Base:
    """What most parts need.

    `tokens` verifies what programs bring; None: nobody looks at that. `shared` keeps the sessions;
    None: they are in cookies. `watched`: whoever reads a file puts it there, so that it is noticed
    when it changes.
    """

    settings: Settings
    observation: Observation
    providers: Providers
    clock: Clock
    spawn: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]
    health: Health
    ring: KeyRing
    streams: Streams
    tokens: TokenVerifier | None = None
    shared: SharedServer | None = None
    watched: list[Watched] = field(default_factory=list)
    config_file: ConfigFile | None = None
