"""Whether the callback leads back here, as far as the configuration alone can tell."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from sidegate.app.choice import callback_places
from sidegate.core.messages import Asker
from sidegate.doctor.finding import Finding, fine, problem
from sidegate.doctor.scene import Scene, parse_address
from sidegate.login.redirect_uri import redirect_uri


async def check_callback(scene: Scene) -> list[Finding]:
    """Compare the callback of each provider with the public address."""
    return [one for provider, url in callbacks(scene) for one in _judge(provider, url, scene)]


def callbacks(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield each provider and the callback that has to be registered there.

    Nothing where that depends on the address people open, and nobody told it.
    """
    settings = scene.settings
    public = scene.public
    if public is None:
        return
    asker = Asker("", public.scheme, public.authority, trusted=False)
    places = callback_places(settings)
    for one in settings.providers:
        yield (
            one.id,
            redirect_uri(
                settings.login.redirect_url,
                settings.server.proxy_prefix,
                asker,
                cookie_secure=settings.cookie.cookie_secure,
                suffix=places[one.id],
            ),
        )


def _judge(provider: str, url: str, scene: Scene) -> Iterator[Finding]:
    public, there = scene.public, parse_address(url)
    own = f"{scene.settings.server.proxy_prefix}/callback"
    path = urlsplit(url).path
    if there != public:
        yield problem("callback_elsewhere", f"people open {public}, it leads to {url}", provider)
    elif path != own and not path.startswith(f"{own}/"):
        yield problem("callback_path", f"it leads to {path}, the gate answers {own}", provider)
    else:
        yield fine("callback", f"register {url}", provider)
