"""The reverse proxy: a request comes in, is judged, and goes on with an identity, or does not.

This is the handler of every request, so it reads top to bottom: who asks, own endpoint or not,
admission, which application, and the head that goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from sidegate.config.settings import Upstream, UpstreamSettings
from sidegate.core.decision import Allow, Deny
from sidegate.core.identity import Session
from sidegate.core.messages import Asker, Exchange, Forward, Later, Peer, Plan, RequestHead, Respond
from sidegate.frontends.admit import Admission, Gate
from sidegate.frontends.endpoints import Endpoint, Endpoints
from sidegate.frontends.refusals import Refusals
from sidegate.gate.forwarded_headers import NEVER, OF_PROXIES, OF_PROXIES_FAMILIES, WRITTEN
from sidegate.gate.identity_headers import STRIPPED_FAMILIES, IdentityHeaders
from sidegate.gate.trust import NO_ADDRESS, Trust, name_of_peer
from sidegate.http1.head import CHUNKED
from sidegate.http1.hop_by_hop import FIELDS, NOT_NOMINABLE
from sidegate.http1.names import Passes, fold
from sidegate.login.ports import asker_of

# Bounds of what is remembered: entries, and bytes of one, for clients choose both.
_BOUND = 4096
_LONGEST = 512
_WRITTEN_ANEW = frozenset({b"host", b"cookie", b"content-length", b"expect"})


class ReverseProxy:
    """Decides what happens to each request. Compiled from the settings once."""

    def __init__(
        self,
        settings: UpstreamSettings,
        *,
        trust: Trust,
        gate: Gate,
        identity: IdentityHeaders,
        endpoints: Endpoints,
        answers: Refusals,
        force_https: bool,
        without_our_cookies: Callable[[bytes], bytes | None],
        is_allowed_origin: Callable[[str, Asker], bool],
        new_request_id: Callable[[], str],
    ) -> None:
        self._trust = trust
        self._gate = gate
        self._force_https = force_https
        self._identity = identity
        self._endpoints = endpoints
        self._answers = answers
        self._settings = settings
        dropped = FIELDS | _WRITTEN_ANEW | WRITTEN | NEVER | identity.stripped
        dropped |= {fold(trust.id_field.encode("ascii"))}
        self._passes_trusted = Passes(dropped, STRIPPED_FAMILIES)
        families = STRIPPED_FAMILIES + OF_PROXIES_FAMILIES
        self._passes = Passes(dropped | OF_PROXIES, families)
        self._routing = Routing(settings.upstreams)
        self._without_our_cookies = without_our_cookies
        self._is_allowed_origin = is_allowed_origin
        self._new_request_id = new_request_id
        self._forwarded: dict[Asker, bytes] = {}

    def __call__(self, exchange: Exchange) -> Plan:
        """Return the plan for a request."""
        head = exchange.head
        asker = exchange.asker = self._trust.asker(head, exchange.peer)
        exchange.request_id = self._trust.request_id(head, asker) or self._new_request_id()
        path = head.target.partition(b"?")[0]
        endpoint = self._endpoints.find(path, head)
        if self._force_https and asker.scheme != "https" and not _is_health(endpoint):
            return Respond(self._answers.to_https(exchange))
        if endpoint is not None:
            return endpoint.answer(exchange)
        admission = self._gate.admit(exchange, head.method, path)
        if isinstance(admission, Admission):
            return self._plan(exchange, path, admission)
        return Later(self._plan_later(exchange, path, admission))

    async def _plan_later(
        self, exchange: Exchange, path: bytes, admission: Coroutine[Any, Any, Admission]
    ) -> Plan:
        return self._plan(exchange, path, await admission)

    def _plan(self, exchange: Exchange, path: bytes, admission: Admission) -> Plan:
        decision = admission.decision
        if isinstance(decision, Allow):
            plan = self._forward(exchange, path, decision.session)
        elif isinstance(decision, Deny):
            exchange.reason = f"rule:{decision.rule}"
            # Not the cookies of a renewal: this answer ends the session.
            return Respond(self._answers.denied(exchange, decision))
        else:
            plan = Respond(self._answers.sign_in(exchange))
        return _with_cookies(plan, admission.cookies) if admission.cookies else plan

    def _forward(self, exchange: Exchange, path: bytes, session: Session | None) -> Plan:
        """Choose the application and write the head that goes there."""
        head = exchange.head
        route = self._routing.find(path)
        if route is None:
            return Respond(self._answers.no_upstream(exchange))
        exchange.route = route.path
        exchange.upstream = route.label
        if route.is_entrance:
            return Respond(self._answers.below(exchange))
        if route.origin is None:
            fields = [] if session is None else self._identity.answer_fields(session)
            return Respond(self._answers.static(route.static_status, fields))
        websocket = head.upgrade and self._settings.proxy_websockets
        if websocket and not self._may_upgrade(exchange):
            return Respond(self._answers.cross_origin(exchange))
        for_application, for_client = b"", b""
        if session is not None:
            for_application, for_client = self._identity.blocks(session)
        return Forward(
            route.origin,
            self._head(exchange, route, for_application, websocket=websocket),
            self._settings.upstream_timeout,
            extra=for_client,
            websocket=websocket,
        )

    def _head(self, exchange: Exchange, route: Route, identity: bytes, *, websocket: bool) -> bytes:
        """Return the canonical head for the application; every line of it was chosen here."""
        head, asker = exchange.head, exchange.asker
        assert asker is not None  # noqa: S101 - set first thing in __call__
        host = head.host if self._settings.pass_host_header else route.host
        parts = [head.method, b" ", head.target, b" HTTP/1.1\r\nHost: ", host, b"\r\n"]
        passes = self._passes_trusted if asker.trusted else self._passes
        nominated = head.nominated
        if nominated:
            parts += [f[2] for f in head.fields if passes[f[0]] and not _goes(f[0], nominated)]
        else:
            parts += [field[2] for field in head.fields if passes[field[0]]]
        cookie = head.index.get(b"cookie")
        if cookie is not None and (rest := self._without_our_cookies(cookie)) is not None:
            parts += (b"Cookie: ", rest, b"\r\n")
        parts.append(identity)
        told = head.index.get(b"x-forwarded-for")
        if told:
            parts += (b"X-Forwarded-For: ", told, b", ")
        else:
            parts.append(b"X-Forwarded-For: ")
        parts.append(self._forwarded_lines(exchange.peer, asker))
        parts += (exchange.request_id.encode("latin-1"), b"\r\n")
        parts.append(_framing(head, websocket=websocket))
        return b"".join(parts)

    def _forwarded_lines(self, peer: Peer, asker: Asker) -> bytes:
        """Return the end of X-Forwarded-For and the lines behind it, through the request id's name.

        They are the same for all requests that one peer forwards for one client.
        """
        known = self._forwarded.get(asker)
        if known is None:
            known = "\r\n".join(
                (
                    name_of_peer(peer),
                    *_real_ip(peer, asker),
                    f"X-Forwarded-Proto: {asker.scheme}",
                    f"X-Forwarded-Host: {asker.host}",
                    f"{self._trust.id_field}: ",
                )
            ).encode("latin-1")
            if len(known) <= _LONGEST:
                if len(self._forwarded) >= _BOUND:
                    self._forwarded.clear()
                self._forwarded[asker] = known
        return known

    def _may_upgrade(self, exchange: Exchange) -> bool:
        """Say whether a handshake comes from our own pages, or from no page at all.

        Browsers always send Origin with one, and send cookies across sites: without this check a
        foreign page could speak to the application as the person who looks at it.
        """
        origin = exchange.head.get(b"origin")
        if origin is None or not self._settings.websocket_check_origin:
            return True
        return self._is_allowed_origin(origin.decode("latin-1"), asker_of(exchange))


def _real_ip(peer: Peer, asker: Asker) -> list[str]:
    """Return the line with the client's address, if it is known.

    The address of a trusted proxy that told none is not the client's, and a Unix socket has none.
    """
    is_proxy = asker.trusted and asker.client == name_of_peer(peer)
    if is_proxy or asker.client == NO_ADDRESS:
        return []
    return [f"X-Real-IP: {asker.client}"]


def _framing(head: RequestHead, *, websocket: bool) -> bytes:
    """Return the last lines of a request head: how its body is framed, or the upgrade."""
    if websocket:
        return b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    if head.length == CHUNKED:
        return b"Transfer-Encoding: chunked\r\n\r\n"
    if head.length or b"content-length" in head.index:
        return b"Content-Length: %d\r\n\r\n" % head.length
    return b"\r\n"


def _goes(name: bytes, nominated: frozenset[bytes]) -> bool:
    """Say whether Connection takes this field away; framing and identity it cannot take."""
    return name in nominated and fold(name) not in NOT_NOMINABLE


def _with_cookies(plan: Plan, cookies: tuple[str, ...]) -> Plan:
    """Return the plan with the cookies of a renewed session on its answer."""
    if isinstance(plan, Respond):
        plan.response.headers += [("Set-Cookie", cookie) for cookie in cookies]
    elif isinstance(plan, Forward):
        plan.extra += b"".join(f"Set-Cookie: {c}\r\n".encode("latin-1") for c in cookies)
    return plan


def _is_health(endpoint: Endpoint | None) -> bool:
    """Say whether this is asked by a probe, which speaks http to the process itself."""
    return endpoint is not None and endpoint.is_health


class Route:
    """An upstream with what is the same for each of its requests. `label` is for the logs."""

    __slots__ = ("host", "is_entrance", "label", "origin", "path", "static_status")

    def __init__(self, upstream: Upstream, *, is_entrance: bool = False) -> None:
        self.path = upstream.path
        self.is_entrance = is_entrance  # its path without the final slash, which leads there
        self.origin = upstream.origin
        self.static_status = upstream.static_status
        self.label = "static" if upstream.origin is None else str(upstream.origin)
        self.host = self.label.encode("latin-1")


class Routing:
    """Chooses the upstream of a path: an exact path first, then the longest prefix.

    `/app` leads to `/app/` where nothing else is served there.
    """

    def __init__(self, upstreams: Iterable[Upstream]) -> None:
        by_path = {upstream.path.encode(): upstream for upstream in upstreams}
        prefixes = sorted((p for p in by_path if p.endswith(b"/")), key=len, reverse=True)
        self._prefixes = [(prefix, Route(by_path[prefix])) for prefix in prefixes]
        self._exact = {p[:-1]: Route(by_path[p], is_entrance=True) for p in prefixes if p != b"/"}
        self._exact |= {p: Route(u) for p, u in by_path.items() if not p.endswith(b"/")}

    def find(self, path: bytes) -> Route | None:
        """Return the route of a raw path, or None."""
        exact = self._exact.get(path)
        if exact is not None:
            return exact
        for prefix, route in self._prefixes:
            if path.startswith(prefix):
                return route
        return None
