"""Whether browsers keep our cookies at the public address, and bring them back."""

from __future__ import annotations

from collections.abc import Iterator

from sidegate.config.cookie_scope import covers, lies_in
from sidegate.doctor.finding import Finding, fine, problem, warning
from sidegate.doctor.scene import Address, Scene
from sidegate.login.redirect_uri import is_loopback


async def check_cookies(scene: Scene) -> list[Finding]:
    """Compare the cookie options with the public address, where that is known."""
    if scene.public is None:
        return []
    found = list(_differences(scene, scene.public))
    return found or [fine("cookies", f"fit {scene.public}")]


def _differences(scene: Scene, public: Address) -> Iterator[Finding]:
    cookie, prefix = scene.settings.cookie, scene.settings.server.proxy_prefix
    domains = cookie.cookie_domains
    if domains and not any(lies_in(public.host, domain) for domain in domains):
        seen = f"people open {public.host}, cookies are for {', '.join(domains)}"
        yield problem("cookie_domain", seen)
    if not domains and scene.settings.login.whitelist_domains:
        names = ", ".join(scene.settings.login.whitelist_domains)
        seen = f"people are sent on to {names}, and the session is known at {public.host} only"
        yield warning("cookie_domain", seen)
    if cookie.cookie_secure and public.scheme == "http" and not is_loopback(public.authority):
        yield problem("cookie_secure", f"people open {public}, and cookies are for https only")
    if not cookie.cookie_secure and public.scheme == "https":
        yield warning("cookie_secure", f"people open {public}, and cookies go over http too")
    if not covers(cookie.cookie_path, f"{prefix}/auth"):
        seen = f"cookies are for {cookie.cookie_path}, our endpoints are below {prefix}"
        yield problem("cookie_path", seen)
    routes = [one.path for one in scene.settings.upstream.upstreams]
    outside = [path for path in routes if not covers(cookie.cookie_path, path)]
    if outside:
        seen = f"cookies are for {cookie.cookie_path}, applications at {', '.join(outside)}"
        yield problem("cookie_path", seen)
