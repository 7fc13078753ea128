"""What the checks look at: a configuration, the address that people open, and this machine."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sidegate.config.load import Loaded
from sidegate.config.settings import Settings
from sidegate.core.ports import Clock
from sidegate.doctor.finding import Finding

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """An origin. `host` is in lower case, an IPv6 literal without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address, the usual port left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def parse_address(url: str) -> Address | None:
    """Return the origin of an http or https address, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return None
    return Address(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme])


@dataclass(frozen=True, slots=True)
class Scene:
    """`public`: where people open the site, as told or as `redirect_url` says; None: unknown.

    `is_told`: somebody named it (`--url`), so that it may be asked. The rest is this machine, and
    handed in so that a test can be another: `clock` and `root`, above `/proc` and `/sys`.
    """

    loaded: Loaded
    public: Address | None = None
    is_told: bool = False
    clock: Clock = time.time  # noqa: TID251 - the real clock comes in here
    root: Path = field(default=Path("/"))

    @property
    def settings(self) -> Settings:
        """The settings of the configuration."""
        return self.loaded.settings


Check = Callable[[Scene], Awaitable[Iterable[Finding]]]
"""Looks at one thing. Changes nothing anywhere; says what is fine as well."""


def scene_of(loaded: Loaded, url: str = "") -> Scene:
    """Return the scene of a configuration; `url` is the public address, if somebody told it."""
    public = parse_address(url or loaded.settings.login.redirect_url)
    return Scene(loaded, public, is_told=bool(url))


async def addresses_of(host: str) -> list[str]:
    """Return the addresses of a host name. Raises OSError when there are none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))
