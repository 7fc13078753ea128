"""The reverse proxy: a request comes in, is judged, and goes on with an identity, or does not.

This is the handler of every request, so it reads top to bottom: who asks, own endpoint or not,
admission, which application, and the head that goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sidegate.config.settings import UpstreamSettings
from sidegate.core.decision import Admission, Allow, Deny, Refuse, SignIn
from sidegate.core.identity import Session
from sidegate.core.messages import Asker, Exchange, Forward, Later, Plan, Respond, Response
from sidegate.frontends.admit import Admits
from sidegate.frontends.endpoints import Endpoint, Endpoints
from sidegate.frontends.refusals import Refusals
from sidegate.frontends.routing import Routing
from sidegate.frontends.upstream_head import UpstreamHead
from sidegate.gate.identity_headers import IdentityHeaders
from sidegate.gate.trust import Trust
from sidegate.login.forgery import ForgeryGuard
from sidegate.login.ports import asker_of

if TYPE_CHECKING:  # few gates sign tokens
    from sidegate.frontends.identity_token import IdentityTokenField


class ReverseProxy:
    """Decides what happens to each request. Compiled from the settings once."""

    def __init__(
        self,
        settings: UpstreamSettings,
        *,
        trust: Trust,
        gate: Admits,
        identity: IdentityHeaders,
        endpoints: Endpoints,
        answers: Refusals,
        force_https: bool,
        without_our_cookies: Callable[[bytes], bytes | None],
        is_allowed_origin: Callable[[str, Asker], bool],
        forgery: ForgeryGuard | None,
        is_open: Callable[[bytes, bytes], bool],
        new_request_id: Callable[[], str],
        token_field: IdentityTokenField | None = None,
    ) -> None:
        self._trust = trust
        self._gate = gate
        self._force_https = force_https
        self._identity = identity
        self._endpoints = endpoints
        self._answers = answers
        self._settings = settings
        self._routing = Routing(settings.upstreams)
        self._upstream_head = UpstreamHead(
            stripped=identity.stripped,
            unanswered=trust.unanswered,
            id_field=trust.id_field,
            pass_host=settings.pass_host_header,
            without_our_cookies=without_our_cookies,
        )
        self._is_allowed_origin = is_allowed_origin
        self._forgery = forgery
        self._is_open = is_open
        self._new_request_id = new_request_id
        self._token_field = token_field

    def __call__(self, exchange: Exchange) -> Plan:
        """Return the plan for a request."""
        head = exchange.head
        asker = exchange.asker = self._trust.asker(head, exchange.peer)
        exchange.request_id = self._trust.request_id(head, asker) or self._new_request_id()
        path = head.target.partition(b"?")[0]
        if path == b"*":  # about the server as a whole, RFC 9110 section 9.3.7: that is the gate
            return Respond(Response(HTTPStatus.OK))
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
            guard = self._forgery
            if guard and decision.session and guard.refuses(exchange, exchange.head.method, path):
                plan: Plan = Respond(self._answers.forged(exchange))
            else:
                plan = self._forward(exchange, path, decision.session)
        else:
            route = self._routing.find(path)
            exchange.route = "" if route is None else route.path
            plan = Respond(self._refusal(exchange, decision))
        return _with_cookies(plan, admission.cookies) if admission.cookies else plan

    def _refusal(self, exchange: Exchange, decision: Deny | Refuse | SignIn) -> Response:
        if isinstance(decision, Deny):
            return self._answers.denied(exchange, decision)
        if isinstance(decision, Refuse):
            return self._answers.refused(exchange, decision)
        return self._answers.sign_in(exchange)

    def _forward(self, exchange: Exchange, path: bytes, session: Session | None) -> Plan:
        """Choose the application and write the head that goes there."""
        head = exchange.head
        route = self._routing.find(path)
        if route is None:
            return Respond(self._answers.no_upstream(exchange, self._told_to_client(session)))
        exchange.route = route.path
        if route.is_entrance:
            return Respond(self._answers.below(exchange))
        exchange.upstream, asker = route.label, asker_of(exchange)
        if route.origin is None:
            fields = self._told_to_client(session)
            return Respond(self._answers.static(route.static_status, fields))
        websocket = head.upgrade and self._settings.proxy_websockets
        if websocket and not self._may_upgrade(exchange):
            return Respond(self._answers.cross_origin(exchange))
        for_application, for_client = b"", b""
        if session is not None:
            for_application, for_client = self._identity.blocks(session)
            if self._token_field is not None:
                for_application += self._token_field.line(session, asker)
        return Forward(
            route.origin,
            self._upstream_head.write(
                exchange, asker, route.host, for_application, websocket=websocket
            ),
            self._settings.upstream_timeout,
            extra=for_client,
            websocket=websocket,
            private=session is not None or not self._is_open(head.method, path),
            session=session,
        )

    def _told_to_client(self, session: Session | None) -> list[tuple[str, str]]:
        return [] if session is None else self._identity.answer_fields(session)

    def _may_upgrade(self, exchange: Exchange) -> bool:
        """Say whether a handshake comes from our own pages, or from no page at all.

        Browsers always send Origin with one, and send cookies across sites: without this check a
        foreign page could speak to the application as the person who looks at it.
        """
        origin = exchange.head.get(b"origin")
        if origin is None or not self._settings.websocket_check_origin:
            return True
        return self._is_allowed_origin(origin.decode("latin-1"), asker_of(exchange))


def _with_cookies(plan: Plan, cookies: tuple[str, ...]) -> Plan:
    """Return the plan with the cookies of a renewed session on its answer."""
    if isinstance(plan, Respond):
        plan.response.headers += [("Set-Cookie", cookie) for cookie in cookies]
    elif isinstance(plan, Forward):
        plan.private = plan.sets_cookie = True
        plan.extra += b"".join(f"Set-Cookie: {c}\r\n".encode("latin-1") for c in cookies)
    return plan


def _is_health(endpoint: Endpoint | None) -> bool:
    """Say whether this is asked by a probe, which speaks http to the process itself."""
    return endpoint is not None and endpoint.is_health
