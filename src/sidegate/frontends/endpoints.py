"""The gate's own endpoints: which exact path is answered by what.

Rule 1: a path is ours only when its raw bytes are in the table or below `PREFIX/static/`.
        `/oauth2/auth/`, `//ping` and `/oauth2/%61uth` are paths of the application, and need
        somebody signed in.
Rule 2: a method opens nothing: where any will do, as with oauth2-proxy, those that change
        something are judged like a POST. Others get 405.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from sidegate.core.decision import Allow, Decision, Deny, Refuse
from sidegate.core.errors import BadRequest
from sidegate.core.identity import Identity, Session
from sidegate.core.messages import Exchange, Plan, RequestHead, Respond, Response
from sidegate.frontends.admit import Admit
from sidegate.frontends.forward_auth import ForwardAuth, after, denied, refused
from sidegate.frontends.health import Health
from sidegate.login.begin import Begin
from sidegate.login.callback import Callback
from sidegate.login.failure import Failures
from sidegate.login.sign_in_page import SignInPage
from sidegate.login.sign_out import SignOut
from sidegate.pages import answers
from sidegate.pages.render import Pages

_ANY: tuple[bytes, ...] = ()
_READING = (b"GET", b"HEAD")

Row = tuple[str, tuple[bytes, ...], Callable[[Exchange], Plan]]
"""Path, methods (none for any) and what answers."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `route` is its label for log and metric; no `methods` means any method.

    `user_agent`: only who says to be this finds the endpoint; empty for everybody.
    """

    route: str
    methods: tuple[bytes, ...]
    handler: Callable[[Exchange], Plan]
    failures: Failures
    user_agent: bytes = b""
    is_health: bool = False

    def answer(self, exchange: Exchange) -> Plan:
        """Answer from the gate. A query that cannot be read gets 400, another method 405."""
        exchange.route = self.route
        if self.methods and exchange.head.method not in self.methods:
            exchange.reason = "method_not_allowed"
            return Respond(answers.method_not_allowed(b", ".join(self.methods).decode()))
        try:
            return self.handler(exchange)
        except BadRequest as error:
            return Respond(self.failures.bad_request(exchange, error))


class Endpoints:
    """The table. `find` costs one look-up, because every request of the application pays for it.

    `prefix` is `proxy_prefix`; `ping_path` and `ready_path` may be empty, which turns them off.
    `others`: endpoints that an option turns on.
    """

    def __init__(
        self,
        *,
        prefix: str,
        ping_path: str,
        ping_user_agent: str,
        ready_path: str,
        health: Health,
        admit: Admit,
        begin: Begin,
        callback: Callback,
        sign_in_page: SignInPage,
        sign_out: SignOut,
        forward_auth: ForwardAuth,
        pages: Pages,
        failures: Failures,
        others: tuple[Row, ...] = (),
    ) -> None:
        self._admit = admit
        rows: list[Row] = [
            (f"{prefix}/start", _ANY, begin.answer),
            *((f"{prefix}/start/{one}", _ANY, answer) for one, answer in begin.by_id()),
            *((f"{prefix}/callback{at}", may, answer) for at, may, answer in callback.rows()),
            (f"{prefix}/sign_in", _ANY, sign_in_page.answer),
            (f"{prefix}/sign_out", _ANY, sign_out.answer),
            (f"{prefix}/userinfo", _ANY, self._userinfo),
            (f"{prefix}/auth", _ANY, forward_auth.answer),
            (f"{prefix}/static/sidegate.css", _READING, _asset(pages.assets.stylesheet)),
            (f"{prefix}/static/logo", _READING, _asset(pages.assets.logo)),
            ("/robots.txt", _ANY, _at_once(lambda _: answers.text(HTTPStatus.OK, pages.robots))),
            *others,
        ]
        self._table = {
            path.encode("latin-1"): Endpoint(path, methods, handler, failures)
            for path, methods, handler in rows
        }
        self._assets = f"{prefix}/static/".encode("latin-1")
        self._no_asset = Endpoint(f"{prefix}/static/", _ANY, _at_once(_not_found), failures)
        probes = ((ping_path, health.ping, ping_user_agent), (ready_path, health.ready, ""))
        for path, probe, agent in probes:
            if path:
                self._table[path.encode("latin-1")] = Endpoint(
                    path, _ANY, _at_once(probe), failures, agent.encode("latin-1"), is_health=True
                )

    def find(self, path: bytes, head: RequestHead) -> Endpoint | None:
        """Return the endpoint at exactly this raw path, or None: the application's path.

        `path` is `head.path`, which the caller has already. With `ping_user_agent` the ping path
        is the application's for everybody else.
        """
        found = self._table.get(path)
        if found is None:
            return self._no_asset if path.startswith(self._assets) else None
        if not found.user_agent or head.get(b"user-agent") == found.user_agent:
            return found
        return None

    def _userinfo(self, exchange: Exchange) -> Plan:
        return after(self._admit, exchange, _tell_who)


def _tell_who(exchange: Exchange, decision: Decision) -> Response:
    match decision:
        case Allow(session=Session() as session):
            response = answers.json(HTTPStatus.OK, _described(session.identity))
            response.body += b"\n"  # as oauth2-proxy, whose answer scripts compare
            return response
        case Allow():
            return answers.json(HTTPStatus.OK, {})
        case Refuse(error=error):
            return refused(exchange, error)
        case Deny(everywhere=False):
            return denied(exchange, decision)
        case _:
            return answers.text(HTTPStatus.UNAUTHORIZED, "Unauthorized\n")


def _described(identity: Identity) -> dict[str, object]:
    about: dict[str, object] = {"user": identity.user, "email": identity.email}
    if identity.groups:
        about["groups"] = identity.groups
    if identity.preferred_username:
        about["preferredUsername"] = identity.preferred_username
    return about


def _not_found(_: Exchange) -> Response:
    return answers.text(HTTPStatus.NOT_FOUND, "404 page not found\n")


def _asset(serve: Callable[[RequestHead], Response | None]) -> Callable[[Exchange], Plan]:
    return lambda exchange: Respond(serve(exchange.head) or _not_found(exchange))


def _at_once(handler: Callable[[Exchange], Response]) -> Callable[[Exchange], Plan]:
    return lambda exchange: Respond(handler(exchange))
