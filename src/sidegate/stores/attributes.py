"""The attributes that the gate's own cookies carry, for the host that asked."""

from sidegate.config.cookie_scope import lies_in
from sidegate.config.settings import CookieSettings
from sidegate.http1.cookies import is_domain, set_cookie


class CookieAttributes:
    """Renders the gate's cookies with the attributes of the settings.

    The Domain is one of `cookie_domains`, never text of the request. `samesite`: "" for the
    `cookie_samesite` of the settings.
    """

    __slots__ = ("_domains", "_httponly", "_path", "_samesite", "_secure")

    def __init__(self, settings: CookieSettings, samesite: str = "") -> None:
        # Longest first, as the most specific domain is meant when several fit.
        self._domains = tuple(sorted(settings.cookie_domains, key=len, reverse=True))
        self._path = settings.cookie_path
        self._secure = settings.cookie_secure
        self._httponly = settings.cookie_httponly
        self._samesite = samesite or settings.cookie_samesite

    def domain_for(self, host: str) -> str:
        """Return the Domain for a host with or without port, empty for none.

        The longest configured domain that the host lies in; when there is none, the shortest.
        One that cannot stand in the attribute (`*.example.com`) gives a cookie without Domain.
        """
        name = _hostname(host)
        chosen = next((d for d in self._domains if lies_in(name, d)), None)
        if chosen is None:
            chosen = self._domains[-1] if self._domains else ""
        return chosen if is_domain(chosen) else ""

    def render(self, name: str, value: str, host: str, max_age: int | None) -> str:
        """Return the value of Set-Cookie. `max_age`: seconds, None for a browser session."""
        return self._render(name, value, self.domain_for(host), max_age)

    def _render(self, name: str, value: str, domain: str, max_age: int | None) -> str:
        return set_cookie(
            name,
            value,
            path=self._path,
            domain=domain,
            max_age=max_age,
            secure=self._secure,
            httponly=self._httponly,
            samesite=self._samesite,
        )

    def clear(self, name: str, host: str) -> str:
        """Return the value of Set-Cookie that removes a cookie; same attributes, no time left."""
        return self.render(name, "", host, 0)

    def clear_everywhere(self, name: str, host: str) -> list[str]:
        """Return `clear`, and the same without Domain where there is one.

        A cookie from before `cookie_domains` was set has no Domain; only such a line removes it.
        """
        domains = dict.fromkeys((self.domain_for(host), ""))
        return [self._render(name, "", domain, 0) for domain in domains]


def _hostname(host: str) -> str:
    """Return the host without its port, lower-case; an IPv6 literal keeps its brackets."""
    name, bracket, _ = host.partition("]")
    if bracket:
        return f"{name}]".lower()
    return host.partition(":")[0].lower()
