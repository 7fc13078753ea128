"""The identity providers of a gate: each with calls, trust, keys and discovery of its own."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sidegate.config.settings import ProviderSettings, Settings
from sidegate.core.ports import Clock, DiscoveredProvider, Fetch
from sidegate.core.providers import Providers
from sidegate.net.client_tls import client_context
from sidegate.net.fetch import Fetcher
from sidegate.observe.call_steps import stepping
from sidegate.observe.provider_calls import ProviderCalls
from sidegate.providers.calls import Calls
from sidegate.providers.credentials import Credentials
from sidegate.providers.registry import build


@dataclass(frozen=True, slots=True)
class Connected:
    """A provider, what it was made from, and how it is called."""

    settings: ProviderSettings
    provider: DiscoveredProvider
    fetch: Fetch
    fetcher: Fetcher
    calls: ProviderCalls
    credentials: Credentials


def connect(
    settings: Settings, clock: Clock, monotonic: Callable[[], float] = time.monotonic
) -> list[Connected]:
    """Return every configured provider, not discovered yet.

    Raises ConfigurationError for a CA file that holds no certificate.
    """
    return [_connect(one, settings, clock, monotonic) for one in settings.providers]


def _connect(
    one: ProviderSettings, settings: Settings, clock: Clock, monotonic: Callable[[], float]
) -> Connected:
    if one.provider_ca_files:
        client_context(one)  # now, not at the first call: the start stops for a broken file
    fetcher = Fetcher(lambda: client_context(one))
    calls, fetch = calls_over(fetcher, clock, monotonic)
    needs_groups = settings.access.need_groups
    credentials = Credentials(one, clock, os.urandom, lambda path: Path(path).read_bytes())
    provider = build(one, fetch, clock, asyncio.Lock(), credentials, needs_groups=needs_groups)
    return Connected(one, provider, fetch, fetcher, calls, credentials)


def calls_over(
    fetcher: Fetcher, clock: Clock, monotonic: Callable[[], float] = time.monotonic
) -> tuple[ProviderCalls, Calls]:
    """Return what counts the calls to somebody, and what makes them within the rules."""
    counted = ProviderCalls(fetcher, monotonic, clock)
    return counted, Calls(stepping(counted), clock)


def collect(connected: Sequence[Connected]) -> Providers:
    """Return the providers as the parts of the gate ask for them."""
    return Providers(one.provider for one in connected)
