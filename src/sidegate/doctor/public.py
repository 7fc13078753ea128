"""What browsers meet at the public address: asked only where it was told (`--url`).

Rule 1: no cookie, token or secret of ours is sent there; what is sent is made up.
Rule 2: nothing changes. The gate counts one sign-in that began, as for anybody who opens the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from sidegate.core.errors import ProviderError
from sidegate.core.ports import FetchRequest, FetchResponse
from sidegate.doctor.callback import callbacks
from sidegate.doctor.certificates import public_context
from sidegate.doctor.finding import Finding, fine, problem, unseen, warning
from sidegate.doctor.scene import Address, Scene
from sidegate.doctor.sizes import COOKIE_BYTES, typical_bytes
from sidegate.net.fetch import Fetcher

PATIENCE = 6.0  # seconds, twice
DOCUMENT = (("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))


async def check_public(scene: Scene) -> list[Finding]:
    """Ask the public address what a browser would ask."""
    if not scene.is_told or scene.public is None:
        return []
    prefix = scene.settings.server.proxy_prefix
    start = f"{prefix}/start/{scene.settings.providers[0].id}"
    fetch, public = Fetcher(public_context), scene.public
    try:
        auth, begun = await asyncio.gather(
            _get(fetch, public, f"{prefix}/auth"), _get(fetch, public, start, *DOCUMENT)
        )
    except ProviderError as error:
        return [problem("public_unreachable", str(error))]
    if auth.status not in (200, 202, 401, 403):
        return [problem("public_foreign", f"{prefix}/auth answered {auth.status}, not 401")]
    found = [*_auth(prefix, auth), *_hsts(public, auth), *_begun(scene, start, begun)]
    more = await asyncio.gather(
        _ready(scene, fetch, public), _heads(scene, fetch, public, auth.status)
    )
    return [*found, *(one for few in more for one in few)]


async def _get(
    fetch: Fetcher, public: Address, path: str, *fields: tuple[str, str]
) -> FetchResponse:
    return await fetch(FetchRequest("GET", f"{public}{path}", fields, timeout=PATIENCE))


def _auth(prefix: str, answer: FetchResponse) -> Iterator[Finding]:
    if answer.status in (200, 202):
        yield problem("public_open", f"{prefix}/auth answered {answer.status} to nobody")
    elif answer.status == 401:
        yield fine("public", f"{prefix}/auth answers 401 to who is not signed in")
    else:
        yield problem("public_foreign", f"{prefix}/auth answered {answer.status}, not 401")


def _hsts(public: Address, answer: FetchResponse) -> Iterator[Finding]:
    if public.scheme == "https" and "strict-transport-security" not in answer.headers:
        yield warning("public_hsts", "no Strict-Transport-Security in the answer")


def _begun(scene: Scene, start: str, answer: FetchResponse) -> Iterator[Finding]:
    """Compare the callback that a sign-in began with, with what it should be."""
    query = parse_qs(urlsplit(answer.headers.get("location", "")).query)
    told = query.get("redirect_uri", [""])[0]
    wanted = next(url for _, url in callbacks(scene))
    if not told:
        yield problem("public_start", f"{start} answered {answer.status}, and led to no provider")
    elif told == wanted:
        yield fine("public_callback", f"a sign-in begins with {told}")
    elif scene.settings.trust.reverse_proxy and not scene.settings.login.redirect_url:
        yield problem("forwarded_unseen", f"a sign-in begins with {told}, not {wanted}")
    else:
        yield problem("public_callback", f"a sign-in begins with {told}, not {wanted}")


async def _ready(scene: Scene, fetch: Fetcher, public: Address) -> list[Finding]:
    path = scene.settings.server.ready_path
    if not path:
        return []
    try:
        answer = await _get(fetch, public, path)
    except ProviderError as error:
        return [unseen("public_ready", str(error))]
    if answer.status == 503:
        reasons = " ".join(answer.body.decode("utf-8", "replace").split())[:200]
        return [problem("public_ready", f"{path} answered 503: {reasons}")]
    return [fine("public_ready", f"{path} answered {answer.status}")]


async def _heads(scene: Scene, fetch: Fetcher, public: Address, usual: int) -> list[Finding]:
    """See whether a head with the cookies of a large session arrives; without it is `usual`."""
    size = typical_bytes(scene)
    pieces = [size % COOKIE_BYTES, *[COOKIE_BYTES] * (size // COOKIE_BYTES)]
    made_up = "; ".join(f"sidegate_doctor_{n}={'x' * piece}" for n, piece in enumerate(pieces))
    path = f"{scene.settings.server.proxy_prefix}/auth"
    try:
        answer = await _get(fetch, public, path, ("Cookie", made_up))
    except ProviderError as error:
        return [problem("public_heads", f"no answer to cookies of {len(made_up)} bytes: {error}")]
    if answer.status != usual:
        seen = f"cookies of {len(made_up)} bytes: {answer.status} instead of {usual}"
        return [problem("public_heads", seen)]
    return [fine("public_heads", f"cookies of {len(made_up)} bytes arrive")]
