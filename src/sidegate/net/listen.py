"""Listening sockets, and the end of a process that loses no request."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidegate.core.errors import ConfigurationError
from sidegate.net.inbound import Inbound
from sidegate.net.service import Service

BACKLOG = 2048
"""Connections that the system keeps until we accept them."""
_AT_ONCE = 16
"""Connections accepted in one go. asyncio takes the backlog for it, and without descriptors it
complains that often instead of pausing."""
_PROBES = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""When a silent peer is asked whether it is still there: seconds, seconds, times."""
_QUIET = 1.0
"""Seconds without a request after which a kept connection may be closed in a drain."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a host and port, a Unix socket with its mode, or an inherited descriptor."""

    host: str = ""
    port: int = 0
    socket_path: str = ""
    mode: int = 0o660
    descriptor: int = -1

    def __str__(self) -> str:
        if self.socket_path:
            return f"unix://{self.socket_path}"
        if self.descriptor >= 0:
            return f"fd:{self.descriptor}"
        return f"{self.host or '*'}:{self.port}"


def parse_address(text: str) -> Address:
    """Return what `host:port`, `:port`, `unix:///path[,mode=0660]` or `fd:3` means.

    Raises ValueError with what is wrong.
    """
    text = text.removeprefix("http://").removeprefix("https://")
    if text.startswith("fd:"):
        return Address(descriptor=_number(text[3:], "descriptor"))
    if text.startswith(("unix://", "unix:")):
        path, _, mode = text.removeprefix("unix:").removeprefix("//").partition(",mode=")
        if not path.startswith("/"):
            raise ValueError("a Unix socket needs an absolute path: unix:///run/sidegate.sock")
        return Address(socket_path=path, mode=int(mode, 8) if mode else 0o660)
    host, colon, port = text.rpartition(":")
    if not colon:
        raise ValueError("the port is missing: 127.0.0.1:4180")
    return Address(host=host.strip("[]"), port=_number(port, "port"))


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError(f"{text!r} is no {what}")
    return int(text)


class Listener:
    """Accepts connections for a service at one address."""

    def __init__(self, address: Address, service: Service, tls: ssl.SSLContext | None) -> None:
        self.address = address
        self._service = service
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._inode = 0  # of our Unix socket

    async def open(self) -> None:
        """Begin to accept. Raises ConfigurationError when the address cannot be had."""
        try:
            await self._open()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigurationError(
                [
                    (
                        f"cannot listen on {self.address}: {reason}\n"
                        "  Stop what uses the address, or choose another with --http-address, "
                        "--https-address or --metrics-address."
                    )
                ]
            ) from None

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        address = self.address

        def build() -> Inbound:
            return Inbound(self._service)

        common: dict[str, Any] = {"ssl": self._tls, "backlog": _AT_ONCE}
        if self._tls is not None:
            common["ssl_handshake_timeout"] = self._service.timeouts.header
        if address.socket_path:
            path = address.socket_path
            await asyncio.to_thread(_remove_stale_socket, Path(path))
            self._server = await loop.create_unix_server(build, path, **common)
            self._inode = await asyncio.to_thread(_prepare_socket, address)
        elif address.descriptor >= 0:
            inherited = socket.socket(fileno=address.descriptor)
            self._server = await loop.create_server(build, sock=inherited, **common)
        else:
            host = address.host or None
            self._server = await loop.create_server(build, host, address.port, **common)
        for listening in self._server.sockets:
            _tune(listening.fileno())

    @property
    def where(self) -> str:
        """The address for people, with the port that was opened when port 0 was asked for."""
        if self._server is None or self.address.socket_path:
            return str(self.address)
        scheme = "http" if self._tls is None else "https"
        host, port = self._server.sockets[0].getsockname()[:2]
        if self.address.descriptor < 0:
            host = self.address.host or "*"
        return f"{scheme}://{host}:{port}"

    def close(self) -> None:
        """Accept no more. Connections that stand are not touched."""
        if self._server is not None:
            self._server.close()
            path = Path(self.address.socket_path)
            if self._inode and path.exists() and path.stat().st_ino == self._inode:
                path.unlink()  # unless a successor has put its own there


def _tune(descriptor: int) -> None:
    """Let the system keep BACKLOG connections for a listening socket, and notice dead peers.

    Accepted connections inherit the probes. Most have deadlines of ours; a tunnel has none, and
    one whose client lost its network would stay for ever.
    """
    with socket.socket(fileno=os.dup(descriptor)) as same:
        same.listen(BACKLOG)
        if same.family == socket.AF_UNIX:
            return
        same.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES.items():
            if hasattr(socket, name):  # macOS names one of them otherwise
                same.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _prepare_socket(address: Address) -> int:
    """Set the mode of a Unix socket; return its inode, to know it again at the end."""
    path = Path(address.socket_path)
    path.chmod(address.mode)
    return path.stat().st_ino


def _remove_stale_socket(path: Path) -> None:
    """Remove what a process that died left behind; never something that is no socket."""
    if path.is_socket():
        path.unlink()


async def drain(service: Service, limit: float) -> int:
    """Wait until all connections have ended, `limit` seconds at most; return how many were cut.

    From now on each answer asks its connection to end, and quiet ones are closed.
    """
    service.is_closing = True
    end = service.monotonic() + limit
    while service.connections and service.monotonic() < end:
        for connection in tuple(service.connections):
            connection.close_if_idle(service.monotonic() - _QUIET)
        await asyncio.sleep(0.05)
    cut = len(service.connections)
    for connection in tuple(service.connections):
        connection.abort()
    return cut
