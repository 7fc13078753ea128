"""`PREFIX/auth`: another proxy asks whether a request may pass. Never a page, never a redirect.

202 lets it pass and carries the identity. 401 means that somebody else has to sign in: nobody is
signed in, or an option refuses who is (as oauth2-proxy, so that nginx sends them to the sign-in).
403 means that one of `[[rules]]` refuses the request, that the query's constraints do not hold,
that a token was refused for good, or that another site sent the request (`csrf_protect_upstream`;
X-Forwarded-Method tells its method). The query can narrow the rules, for this endpoint only:
`allowed_groups`, `allowed_emails`, `allowed_email_domains`, each repeatable and each a comma list;
one item of each list must hold. A query that cannot be read refuses, because it may have been a
constraint.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, assert_never

from sidegate.core.decision import Admission, Allow, Decision, Deny, Refuse, SignIn
from sidegate.core.errors import (
    BadRequest,
    CrossSiteRequest,
    NotAuthorized,
    ProviderError,
    SidegateError,
)
from sidegate.core.identity import Identity, Session
from sidegate.core.messages import Exchange, Later, Plan, Respond, Response
from sidegate.frontends.admit import Admit
from sidegate.gate.trust import Trust
from sidegate.login.forgery import ForgeryGuard
from sidegate.login.form import Form
from sidegate.login.ports import asker_of
from sidegate.login.return_url import Whitelist
from sidegate.pages import answers

if TYPE_CHECKING:  # few gates sign tokens
    from sidegate.frontends.identity_token import IdentityTokenField

_AMBIGUOUS = b"//"  # a path that matches no rule that opens
ResponseHeaders = Callable[[Session], list[tuple[str, str]]]
"""The fields that tell the asking proxy who it is (`set_xauthrequest` and its like)."""


def after(
    admit: Admit, exchange: Exchange, respond: Callable[[Exchange, Decision], Response]
) -> Plan:
    """Answer from the decision, at once or when it is there, with the cookies that came with it."""
    admission = admit(exchange)
    if isinstance(admission, Admission):
        return _respond(exchange, admission, respond)
    return Later(_respond_later(exchange, admission, respond))


async def _respond_later(
    exchange: Exchange,
    admission: Coroutine[Any, Any, Admission],
    respond: Callable[[Exchange, Decision], Response],
) -> Plan:
    return _respond(exchange, await admission, respond)


def _respond(
    exchange: Exchange,
    admission: Admission,
    respond: Callable[[Exchange, Decision], Response],
) -> Plan:
    response = respond(exchange, admission.decision)
    response.headers += answers.set_cookies(list(admission.cookies))
    return Respond(response)


def asked_for(exchange: Exchange, trust: Trust) -> tuple[bytes, bytes]:
    """Return the method and raw path that another proxy asks about (law 2).

    X-Forwarded-Method and X-Forwarded-Uri count from a trusted proxy that answers for them; from
    anybody else the question is about the endpoint itself, which no rule opens by accident.
    """
    head = exchange.head
    path = head.target.partition(b"?")[0]
    if exchange.asker is None or not exchange.asker.trusted:
        return head.method, path
    method = head.get(trust.method_field) or head.method
    forwarded = head.get(trust.uri_field)
    if forwarded is None:
        return method, path
    if not forwarded.startswith(b"/") or b" " in forwarded:
        return method, _AMBIGUOUS  # no path, or several lines joined: nobody knows which is meant
    return method, forwarded.partition(b"?")[0]


class ForwardAuth:
    """Answers the endpoint. Any method will do: proxies ask with the method of the client."""

    def __init__(
        self,
        *,
        admit: Admit,
        trust: Trust,
        response_headers: ResponseHeaders,
        forgery: ForgeryGuard | None = None,
        token_field: IdentityTokenField | None = None,
    ) -> None:
        self._admit = admit
        self._trust = trust
        self._token_field = token_field
        self._forgery = forgery
        self._response_headers = response_headers

    def answer(self, exchange: Exchange) -> Plan:
        """Return the verdict as a status."""
        return after(self._admit, exchange, self._verdict)

    def _verdict(self, exchange: Exchange, decision: Decision) -> Response:
        match decision:
            case SignIn():
                return answers.text(HTTPStatus.UNAUTHORIZED, "Unauthorized\n")
            case Deny(everywhere=False):
                return denied(exchange, decision)
            case Deny():
                # 401 here too, as oauth2-proxy: nginx sends such a person to sign in again.
                exchange.reason = NotAuthorized.code
                return answers.text(HTTPStatus.UNAUTHORIZED, "Unauthorized\n")
            case Refuse(error=error):
                return refused(exchange, error)
            case Allow(session=Session() as session):
                return self._accepted(exchange, session)
            case Allow():
                return Response(HTTPStatus.ACCEPTED)
            case _:  # pragma: no cover - mypy proves it
                assert_never(decision)

    def _accepted(self, exchange: Exchange, session: Session) -> Response:
        if self._forgery and self._forgery.refuses(exchange, *asked_for(exchange, self._trust)):
            exchange.reason = CrossSiteRequest.code
            return answers.text(HTTPStatus.FORBIDDEN, "Forbidden\n")
        try:
            holds = constraints_hold(Form(exchange.head.query), session.identity)
        except BadRequest as error:
            exchange.reason = error.code
            return answers.text(HTTPStatus.BAD_REQUEST, "Bad Request\n")
        if not holds:
            exchange.reason = "constraint"
            return answers.text(HTTPStatus.FORBIDDEN, "Forbidden\n")
        headers = self._response_headers(session)
        if self._token_field is not None:
            headers.append(self._token_field.field(session, asker_of(exchange)))
        return Response(HTTPStatus.ACCEPTED, headers)


def denied(exchange: Exchange, denial: Deny) -> Response:
    """Answer whom a rule refuses this one request: to sign in again would not help them."""
    exchange.reason = f"rule:{denial.rule}"
    return answers.text(HTTPStatus.FORBIDDEN, "Forbidden\n")


def refused(exchange: Exchange, error: SidegateError) -> Response:
    """Answer for a bearer token: 403 as oauth2-proxy, 5xx when nobody could be asked about it."""
    exchange.reason = error.code
    if isinstance(error, ProviderError):
        return answers.text(error.status, f"{HTTPStatus(error.status).phrase}\n")
    response = answers.text(HTTPStatus.FORBIDDEN, "Forbidden\n")
    response.headers.append(answers.INVALID_TOKEN)
    return response


def constraints_hold(form: Form, identity: Identity) -> bool:
    """Say whether the constraints of the query hold for `identity`; none at all always hold.

    Groups and emails are compared exactly; domains as in `whitelist_domains`, where `.d` and
    `*.d` mean d and its sub-domains. An empty list is no constraint, as with oauth2-proxy.
    """
    groups, emails, domains = (
        _items(form, name) for name in ("allowed_groups", "allowed_emails", "allowed_email_domains")
    )
    return (
        (not groups or not groups.isdisjoint(identity.groups))
        and (not emails or identity.email in emails)
        and (not domains or _is_in_domains(identity.email, domains))
    )


def _items(form: Form, name: str) -> frozenset[str]:
    return frozenset(item for value in form.all(name) for item in value.split(",") if item)


def _is_in_domains(email: str, domains: frozenset[str]) -> bool:
    local, at, domain = email.partition("@")
    # As oauth2-proxy, letter by letter: capitals on either side match nothing.
    as_written = frozenset(one for one in domains if one == one.lower())
    return bool(local and at) and domain == domain.lower() and Whitelist(as_written).allows(domain)
