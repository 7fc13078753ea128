"""Whether host names are found, and how long that takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from sidegate.config.settings import Settings, redis_addresses
from sidegate.doctor.finding import Finding, fine, problem, warning
from sidegate.doctor.scene import Scene, addresses_of

SLOW = 1.0  # seconds
PATIENCE = 10.0


async def check_names(scene: Scene) -> list[Finding]:
    """Look up every host name of the configuration."""
    names = list(dict.fromkeys(names_of(scene.settings)))
    if scene.public is not None and not _is_address(scene.public.host):
        names = list(dict.fromkeys([*names, scene.public.host]))
    found = await asyncio.gather(*(_look_up(name) for name in names))
    bad = [one for one in found if one is not None]
    good = [fine("names", f"found at once: {', '.join(names)}")] if names else []
    return bad or good


def names_of(settings: Settings) -> Iterator[str]:
    """Yield the host names to which the gate connects."""
    for provider in settings.providers:
        for url in (provider.oidc_issuer_url, provider.login_url, provider.redeem_url):
            host = urlsplit(url).hostname
            if host and not _is_address(host):
                yield host
    for upstream in settings.upstream.upstreams:
        origin = upstream.origin
        if origin is not None and not origin.socket_path and not _is_address(origin.host):
            yield origin.host
    if settings.redis.session_store_type == "redis":
        for address in redis_addresses(settings.redis):
            if not address.socket_path and not _is_address(address.host):
                yield address.host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _look_up(name: str) -> Finding | None:
    started = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            await addresses_of(name)
    except TimeoutError:
        return problem("name_unknown", f"no answer within {PATIENCE:g} s", name)
    except (OSError, UnicodeError) as error:
        return problem("name_unknown", f"{error}", name)
    return judge(name, time.monotonic() - started)


def judge(name: str, seconds: float) -> Finding | None:
    """Say what is to be said of a look-up that took so long."""
    if seconds <= SLOW:
        return None
    return warning("name_slow", f"found after {seconds:.1f} s", name)
