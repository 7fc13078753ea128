"""Whether each identity provider answers, is the configured one, and can do what is asked.

The gate's own code asks: what is found here is what `serve` would find.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import (
    ConfigurationError,
    ProviderError,
    ProviderMisbehaved,
    ProviderUnavailable,
)
from sidegate.core.ports import Clock, DiscoveredProvider, Fetch, FetchRequest, FetchResponse
from sidegate.doctor.finding import Finding, fine, problem, warning
from sidegate.doctor.scene import Scene
from sidegate.net.client_tls import client_context
from sidegate.net.fetch import Fetcher
from sidegate.oidc.algorithms import KIND_OF_ALGORITHM, allowed_algorithms
from sidegate.oidc.jwks import parse_keys
from sidegate.oidc.metadata import Metadata, discovery_url
from sidegate.oidc.strict_json import JsonRejected, parse_object
from sidegate.providers.credentials import Credentials
from sidegate.providers.oidc import OidcProvider
from sidegate.providers.registry import build

MOST_SKEW = 30.0  # seconds
PATIENCE = 12.0  # seconds for all that is asked of one provider
_ADDRESSES = ("login_url", "redeem_url", "profile_url", "oidc_jwks_url", "validate_url")


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, and the time in the middle between question and answer."""

    url: str
    answer: FetchResponse
    at: float


@dataclass(slots=True)
class Listening:
    """A `Fetch` that remembers the answers."""

    fetch: Fetch
    clock: Clock
    heard: list[Heard] = field(default_factory=list)

    async def __call__(self, request: FetchRequest, /) -> FetchResponse:
        """Pass a call on."""
        started = self.clock()
        answer = await self.fetch(request)
        self.heard.append(Heard(request.url, answer, (started + self.clock()) / 2))
        return answer


async def check_providers(scene: Scene) -> list[Finding]:
    """Discover every provider, all at once."""
    each = await asyncio.gather(*(_within(one, scene) for one in scene.settings.providers))
    return [finding for found in each for finding in found]


async def _within(one: ProviderSettings, scene: Scene) -> list[Finding]:
    """Look at one, for so long that a silent one does not hide the others."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _look(one, scene)
    except TimeoutError:
        return [problem("provider_unreachable", f"no answer within {PATIENCE:g} s", one.id)]


def make(one: ProviderSettings, fetch: Fetch, scene: Scene) -> DiscoveredProvider:
    """Return the provider as the gate makes it. Raises ConfigurationError."""
    read = lambda path: Path(path).read_bytes()  # noqa: E731 - short
    credentials = Credentials(one, scene.clock, os.urandom, read)
    needs_groups = scene.settings.access.need_groups
    lock = asyncio.Lock()
    return build(one, fetch, scene.clock, lock, credentials, needs_groups=needs_groups)


def called(one: ProviderSettings, provider: DiscoveredProvider) -> list[str]:
    """Return the addresses of a provider that are known without asking it."""
    named = [getattr(one, name) for name in ("oidc_issuer_url", *_ADDRESSES)]
    own = [getattr(provider, name, "") for name in ("login_url", "redeem_url")]  # such as GitHub's
    return [url for url in dict.fromkeys((*named, *own)) if isinstance(url, str) and url]


async def _look(one: ProviderSettings, scene: Scene) -> list[Finding]:
    listening = Listening(Fetcher(lambda: client_context(one)), scene.clock)
    try:
        provider = make(one, listening, scene)
        await provider.discover()
        if not listening.heard:  # it has nothing to discover: see whether anybody is there
            why = await _reach(_root(called(one, provider)[-1]), listening)
            if why:
                return [problem("provider_unreachable", why, one.id)]
    except ProviderUnavailable as error:
        return [problem("provider_unreachable", str(error), one.id), *_clock(listening, one.id)]
    except ProviderError as error:
        return [_fault(one, listening, error), *_clock(listening, one.id)]
    except ConfigurationError as error:
        return [problem("provider_unreachable", "; ".join(error.mistakes), one.id)]
    found = list(_clock(listening, one.id))
    if isinstance(provider, OidcProvider):
        found += _judged(one, provider.metadata(), listening)
        found += await _reach_others(one, provider.metadata(), listening)
    return found or [fine("provider", "it answers", one.id)]


async def _reach_others(
    one: ProviderSettings, metadata: Metadata, listening: Listening
) -> list[Finding]:
    """See whether endpoints on other hosts than the discovery can be reached; nothing is sent."""
    reached = {_root(heard.url) for heard in listening.heard}
    called = (metadata.token_endpoint, metadata.userinfo_endpoint, metadata.jwks_uri)
    others = sorted({_root(url) for url in called if url} - reached)
    each = await asyncio.gather(*(_reach(url, listening) for url in others))
    return [problem("provider_unreachable", why, one.id) for why in each if why]


async def _reach(url: str, listening: Listening) -> str:
    """Return why nobody answers at this address, or nothing."""
    try:
        await listening(FetchRequest("GET", url, timeout=8.0))
    except ProviderUnavailable as error:
        return str(error)
    except ProviderMisbehaved:
        return ""  # somebody is there, whatever they say to a question that they do not expect
    return ""


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _fault(one: ProviderSettings, listening: Listening, error: ProviderError) -> Finding:
    """Tell which of its documents is wrong."""
    last = listening.heard[-1] if listening.heard else None
    if last is None:
        return problem("provider_unreachable", str(error), one.id)
    if last.url != discovery_url(one.oidc_issuer_url):
        return problem("provider_keys", f"{last.url}: {error}", one.id)
    named = _member(last.answer.body, "issuer")
    if named and named != one.oidc_issuer_url:
        seen = f"it calls itself {named!r}, configured is {one.oidc_issuer_url!r}"
        return problem("provider_issuer", seen, one.id)
    if last.answer.status == 200 and isinstance(error, ProviderMisbehaved) and named:
        return problem("provider_document", str(error), one.id)
    return problem("provider_document", f"{last.url} answered {last.answer.status}", one.id)


def _member(document: bytes, name: str) -> str:
    try:
        value = parse_object(document).get(name)
    except JsonRejected:
        return ""
    return value if isinstance(value, str) else ""


def _judged(one: ProviderSettings, metadata: Metadata, listening: Listening) -> Iterator[Finding]:
    """Judge what a provider said that follows OpenID Connect."""
    before = 0
    for finding in _differences(one, metadata, listening):
        before += 1
        yield finding
    if not before:
        algorithms = _algorithms(one, metadata)
        told = f"{one.oidc_issuer_url} is discovered; signs with {', '.join(algorithms)}"
        yield fine("provider", told, one.id)


def _algorithms(one: ProviderSettings, metadata: Metadata) -> tuple[str, ...]:
    offered = metadata.id_token_signing_alg_values_supported
    return allowed_algorithms(one.oidc_enabled_signing_algs, offered)


def _differences(
    one: ProviderSettings, metadata: Metadata, listening: Listening
) -> Iterator[Finding]:
    offered = metadata.code_challenge_methods_supported
    if one.code_challenge_method and offered and one.code_challenge_method not in offered:
        seen = f"it offers {', '.join(offered)}, configured is {one.code_challenge_method}"
        yield problem("provider_pkce", seen, one.id)
    if not one.code_challenge_method and "S256" in offered:
        yield warning("provider_pkce", "it offers S256, and the gate does not use it", one.id)
    if one.oidc_end_session and not metadata.end_session_endpoint:
        yield problem("provider_sign_out", "it names no end_session_endpoint", one.id)
    method, known = one.token_endpoint_auth_method, metadata.token_endpoint_auth_methods_supported
    if method and method not in known:
        seen = f"it takes {', '.join(known)}, configured is {method}"
        yield problem("provider_client_method", seen, one.id)
    yield from _keys(one, metadata, listening)


def _keys(one: ProviderSettings, metadata: Metadata, listening: Listening) -> Iterator[Finding]:
    """Find algorithms for which there is no key."""
    sets = [heard.answer.body for heard in listening.heard if heard.url == metadata.jwks_uri]
    if not sets:
        return
    kinds = {key.kind for key in parse_keys(sets[-1])}
    algorithms = _algorithms(one, metadata)
    if not any(KIND_OF_ALGORITHM[name] in kinds for name in algorithms):
        seen = f"algorithms {', '.join(algorithms)}, keys of {', '.join(sorted(kinds))}"
        yield problem("provider_keys", seen, one.id)


def _clock(listening: Listening, about: str) -> Iterator[Finding]:
    """Compare the provider's clock with ours."""
    skews = [skew for heard in listening.heard if (skew := skew_of(heard)) is not None]
    if not skews:
        return
    skew = min(skews, key=abs)
    if abs(skew) > MOST_SKEW:
        behind = "behind" if skew > 0 else "ahead of"
        seen = f"this machine is {abs(skew):.0f} s {behind} the provider"
        yield problem("clock", seen, about)
    else:
        yield fine("clock", f"within {MOST_SKEW:g} s of the provider's", about)


def skew_of(heard: Heard) -> float | None:
    """Return by how many seconds the other clock is ahead, or None where that cannot be told."""
    if "age" in heard.answer.headers:  # from a cache: made some time ago
        return None
    try:
        date = parsedate_to_datetime(heard.answer.headers.get("date", ""))
    except ValueError:
        return None
    # A Date has whole seconds, cut off: half a second is the middle of what it may mean.
    return date.timestamp() + 0.5 - heard.at
