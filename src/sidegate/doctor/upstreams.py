"""Whether the application is there, and only where nobody passes by the gate."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from itertools import pairwise
from pathlib import Path

from sidegate.core.messages import Origin
from sidegate.doctor.finding import Finding, fine, problem, warning
from sidegate.doctor.scene import Scene, addresses_of

PATIENCE = 3.0


async def check_upstreams(scene: Scene) -> list[Finding]:
    """Connect to every upstream, and to this machine's other addresses at its port."""
    origins = dict.fromkeys(
        one.origin for one in scene.settings.upstream.upstreams if one.origin is not None
    )
    each = await asyncio.gather(*(_look(origin, scene.root) for origin in origins))
    return [finding for found in each for finding in found]


async def _look(origin: Origin, root: Path) -> list[Finding]:
    about = str(origin)
    try:
        if origin.socket_path:
            await _open(asyncio.open_unix_connection(origin.socket_path))
            return [fine("upstream", "it takes connections", about)]
        await _open(asyncio.open_connection(origin.host, origin.port))
        reached = await addresses_of(origin.host)
    except (OSError, UnicodeError) as error:
        return [problem("upstream_unreachable", reason_of(error), about)]
    if not all(ip_address(one.partition("%")[0]).is_loopback for one in reached):
        seen = f"it listens on {', '.join(reached)}; who else gets there, nobody can tell from here"
        return [warning("upstream_elsewhere", seen, about)]
    exposed = await _answering(origin.port, machine_addresses(root))
    if exposed:
        seen = f"it also answers at {', '.join(exposed)}, port {origin.port}"
        return [problem("upstream_exposed", seen, about)]
    return [fine("upstream", "it takes connections, on loopback only", about)]


async def _open(connecting: object) -> None:
    async with asyncio.timeout(PATIENCE):
        _, writer = await connecting  # type: ignore[misc] # either kind of asyncio's connections
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _answering(port: int, addresses: list[str]) -> list[str]:
    """Return the addresses at which somebody takes connections at this port."""

    async def answers(address: str) -> bool:
        with suppress(OSError):
            await _open(asyncio.open_connection(address, port))
            return True
        return False

    tried = await asyncio.gather(*map(answers, addresses))
    return [address for address, is_there in zip(addresses, tried, strict=True) if is_there]


def reason_of(error: OSError | UnicodeError) -> str:
    """Return why a connection failed."""
    if isinstance(error, TimeoutError):
        return f"no connection within {PATIENCE:g} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def machine_addresses(root: Path) -> list[str]:
    """Return the addresses of this machine that are not loopback: all on Linux, else the main one.

    Link-local ones are left out: without an interface nobody can connect there.
    """
    found = [*_of_ipv4(root / "proc/net/fib_trie"), *_of_ipv6(root / "proc/net/if_inet6")]
    found = found or _main()
    addresses = (ip_address(text) for text in dict.fromkeys(found))
    return [str(one) for one in addresses if not (one.is_loopback or one.is_link_local)]


def _of_ipv4(table: Path) -> list[str]:
    """Read the kernel's routes: an address of ours is followed by `/32 host LOCAL`."""
    with suppress(OSError):
        lines = [line.strip() for line in table.read_text("ascii").splitlines()]
        pairs = pairwise(lines)
        return [one.removeprefix("|-- ") for one, then in pairs if then == "/32 host LOCAL"]
    return []


def _of_ipv6(table: Path) -> list[str]:
    with suppress(OSError):
        words = [line.split() for line in table.read_text("ascii").splitlines()]
        return [str(IPv6Address(bytes.fromhex(one[0]))) for one in words if one]
    return []


def _main() -> list[str]:
    """Return the address from which this machine would send; nothing is sent."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody
        return [str(probe.getsockname()[0])]
    return []
