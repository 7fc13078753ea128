"""Where somebody may be sent after sign-in or sign-out. The only validator; nothing bypasses it.

Rule 1: what is returned is, byte for byte, the text that was judged.
Rule 2: only printable ASCII that every URL parser reads alike. Blanks, letters outside ASCII and
        `"<>^`{|}` are percent-encoded first, so a host cannot hold any. Backslash and controls are
        refused: no reader can see another host than we do.
Rule 3: a path on the same host starts with exactly one slash, and no later part of the path can
        be folded into a second one (empty and dot segments).
Rule 4: an absolute URL has no user part, and its host is on the whitelist.
Rule 5: nobody is sent back into the gate's own endpoints, where they would run in circles, but to
        the page about themselves.

`urllib.parse` is not used here: it does not read URLs as browsers do (WHATWG URL).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sidegate.core.messages import Exchange
from sidegate.login.form import Form, quoted
from sidegate.login.ports import asker_of

_MAX_LENGTH = 2048
_MAX_PORT = 65535

# Fixed patterns of ours; each is linear and runs on at most `_MAX_LENGTH` characters.
_SAFE = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_BARE = frozenset(' "<>^`{|}')
_PLACEHOLDER = "{id_token}"  # oauth2-proxy puts the token there; nobody's address holds it
_FOLDS = re.compile(r"/\.{0,2}/")
_NAME = r"[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\]"
_HOST = re.compile(_NAME)
_ABSOLUTE = re.compile(rf"https?://((?i:{_NAME}))(?::([0-9]{{1,5}}))?(?:[/?#].*)?")
_ENTRY = re.compile(rf"(\*?\.)?({_NAME})(?::([0-9]{{1,5}}|\*))?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One whitelist entry: `host` in lower case; `port` is empty, a number's text or `*`."""

    host: str
    port: str
    with_subdomains: bool

    def allows(self, host: str, port: str) -> bool:
        if self.port != port and not (self.port == "*" and _is_port(port)):
            return False
        if self.host == host:
            return True
        # An IP address ends like a domain name too: `1.127.0.0.1` is no sub-domain of anything.
        return self.with_subdomains and host.endswith("." + self.host) and not _is_address(host)


class Whitelist:
    """The hosts outside that somebody may be sent to (`whitelist_domains`).

    `host` names that host only; `.host` and `*.host` name it and its sub-domains. Without a port
    only URLs that name none match, `:8080` matches that text, `:*` any port or none. An entry
    that is nothing of this (`*`, `*x`, `host/`, a URL) or names all of a top-level domain
    (`.com`) matches nothing.
    """

    __slots__ = ("_entries",)

    def __init__(self, domains: Iterable[str] = ()) -> None:
        self._entries = tuple(filter(None, map(_entry, domains)))

    def allows(self, host: str, port: str = "") -> bool:
        """Say whether `host` (a name, IPv4 or `[IPv6]`) with the text of its port is listed."""
        name = _ascii_lower(host)
        if not _HOST.fullmatch(name):
            return False
        return any(entry.allows(name, port) for entry in self._entries)


def _entry(domain: str) -> _Entry | None:
    parts = _ENTRY.fullmatch(_ascii_lower(domain))
    if parts is None:
        return None
    with_subdomains, host = bool(parts[1]), parts[2]
    if with_subdomains and "." not in host and host != "localhost":
        return None
    return _Entry(host=host, port=parts[3] or "", with_subdomains=with_subdomains)


def validate(candidate: str, whitelist: Whitelist, prefix: str) -> str | None:
    """Return `candidate`, percent-encoded, when a browser may be sent there, else None.

    `prefix` is `proxy_prefix`, the place of the gate's own endpoints, without a final slash.
    """
    if _PLACEHOLDER in candidate:
        return None
    candidate = _encoded(candidate)
    if len(candidate) > _MAX_LENGTH or not _SAFE.fullmatch(candidate):
        return None
    if candidate.startswith("/"):
        return candidate if _is_own_path(candidate, prefix) else None
    absolute = _ABSOLUTE.fullmatch(candidate)
    if absolute and whitelist.allows(absolute[1], absolute[2] or ""):
        return candidate
    return None


@dataclass(frozen=True, slots=True)
class ReturnUrls:
    """Chooses where somebody returns to; holds the two settings that the validator needs.

    `callback`: the option `redirect_url`, where people come back from the provider. `uri_field`:
    where a trusted proxy tells the target that it asks about.
    """

    whitelist: Whitelist
    prefix: str
    callback: str = ""
    uri_field: bytes = b"x-forwarded-uri"

    def validate(self, candidate: str) -> str | None:
        """Return `candidate`, percent-encoded, when a browser may be sent there, else None."""
        return validate(candidate, self.whitelist, self.prefix)

    def choose(self, exchange: Exchange, form: Form) -> str:
        """Return the first valid address, `/` when there is none.

        In order: `rd` of the form; X-Auth-Request-Redirect; when a trusted proxy forwarded
        another host, or the callback is at another, the asked host with the original target;
        the original target.
        """
        candidates = (form.first("rd") or "", exchange.head.text(b"x-auth-request-redirect"))
        for candidate in (*candidates, *self._originals(exchange)):
            if candidate and (chosen := self.validate(candidate)):
                return chosen
        return "/"

    def page_of(self, exchange: Exchange) -> str | None:
        """Return the page that sent a call or a form, as far as the browser says (Referer)."""
        referer, asker = exchange.head.text(b"referer"), asker_of(exchange)
        own = f"{asker.scheme}://{asker.host}/"
        if _ascii_lower(referer).startswith(_ascii_lower(own)):
            referer = referer[len(own) - 1 :]
        return self.validate(encode_target(referer)) if referer else None

    def start_link(self, return_url: str, provider: str = "", hint: str = "") -> str:
        """Return the address that begins a sign-in which ends at `return_url`.

        `provider`: the id of one of several. `hint`: for its `login_hint`.
        """
        where = f"{self.prefix}/start/{provider}" if provider else f"{self.prefix}/start"
        more = f"&login_hint={quoted(hint)}" if hint else ""
        return f"{where}?rd={quoted(return_url)}{more}"

    def _originals(self, exchange: Exchange) -> list[str]:
        """Return the address that was asked for, as a proxy in front and as we saw it."""
        asker = asker_of(exchange)
        own = encode_target(exchange.head.target.decode("latin-1"))
        told = encode_target(exchange.head.text(self.uri_field)) if asker.trusted else ""
        found = [told, own] if told else [own]
        scheme, _, home = self.callback.lower().partition("://")
        is_away = home.partition("/")[0] not in ("", asker.host.lower())
        if is_away or asker.host != exchange.head.host.decode("latin-1"):
            path = "/" if found[0].startswith(self._inside) else found[0]
            found.insert(0, f"{scheme if is_away else asker.scheme}://{asker.host}{path}")
        return found

    @property
    def _inside(self) -> str:
        return self.prefix.rstrip("/") + "/"


def encode_target(target: str) -> str:
    """Percent-encode what browsers leave bare in a query but rule 2 refuses (`{`, `|`, `"`).

    For a server `{` and `%7B` in a query say the same. Backslashes stay and are refused.
    """
    return "".join(quoted(char) if char in _BARE else char for char in target)


def _encoded(candidate: str) -> str:
    """Percent-encode blanks, letters outside ASCII and what browsers leave bare.

    Controls and lone surrogates stay.
    """
    if _SAFE.fullmatch(candidate):
        return candidate
    return "".join(quoted(c) if _is_encoded(c) else c for c in candidate[: _MAX_LENGTH + 1])


def _is_encoded(char: str) -> bool:
    return char in _BARE or (char >= "\xa0" and not "\ud800" <= char <= "\udfff")


def _is_own_path(candidate: str, prefix: str) -> bool:
    path = candidate.partition("#")[0].partition("?")[0]
    inside = prefix.rstrip("/") + "/"
    # Browsers take `%2e%2e` for two dots too. With no empty segment that leads to no other host,
    # but it could lead into our endpoints by a detour.
    leads_inside = inside in path if "%2e" in path.lower() else path.startswith(inside)
    return not _FOLDS.search(path) and (not leads_inside or candidate == f"{inside}account")


def _is_port(text: str) -> bool:
    return not text or 0 < int(text) <= _MAX_PORT  # only digits of ASCII get here (`_ABSOLUTE`)


def _is_address(host: str) -> bool:
    """Say whether a browser reads `host` as an IP address (WHATWG "ends in a number")."""
    return host.startswith("[") or bool(_NUMBER.fullmatch(host.rpartition(".")[2]))


def _ascii_lower(text: str) -> str:
    # `str.lower` folds letters outside ASCII onto ASCII ones (U+212A becomes `k`).
    return text.lower() if text.isascii() else text
