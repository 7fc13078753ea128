"""What is answered when a request does not reach the application, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from sidegate.core.decision import Deny, Refuse
from sidegate.core.errors import (
    AccessDenied,
    CrossSiteRequest,
    NotAuthorized,
    ProviderError,
    SidegateError,
    SignInRequired,
)
from sidegate.core.messages import Exchange, Response
from sidegate.gate.cors import SIGN_IN_FIELD, Cors
from sidegate.gate.routes import Routes
from sidegate.http1.target import without_detours
from sidegate.login.ports import asker_of
from sidegate.login.sign_in_page import SignInPage
from sidegate.pages import answers
from sidegate.pages.negotiate import is_behind_a_page, wants_json
from sidegate.pages.render import Pages
from sidegate.pages.words import WORDS

Report = Callable[[SidegateError, Exchange | None], None]
"""Takes note of an error for the log: its message is for operators, not for clients."""


class Refusals:
    """Makes the answers. A call gets a status and JSON, never a page or a redirect."""

    def __init__(
        self,
        *,
        pages: Pages,
        sign_in_page: SignInPage,
        routes: Routes,
        cors: Cors,
        report: Report,
        force_json: bool,
        prefix: str,
        https_port: str,
    ) -> None:
        self._pages = pages
        self._sign_in_page = sign_in_page
        self._routes = routes
        self._cors = cors
        self._report = report
        self._force_json = force_json
        self._sign_out = f"{prefix}/sign_out"
        self._https_port = https_port

    def sign_in(self, exchange: Exchange) -> Response:
        """Answer somebody who is not signed in: 401 for a call, else the way to sign in.

        A path with empty or dot segments first becomes a plain one, as with oauth2-proxy: nobody
        could be sent back to it after the sign-in.
        """
        exchange.reason = "sign_in"
        path, mark, query = exchange.head.target.partition(b"?")
        plain = without_detours(path)
        if plain is not None:
            location = (plain + mark + query).decode("latin-1")
            return answers.redirect(location, [], HTTPStatus.MOVED_PERMANENTLY)
        if self._cors.by_gate and self._cors.is_preflight(exchange.head.method, exchange.head):
            return self._cors.answer(exchange.head)
        if not self._is_call(exchange):
            return self._sign_in_page.turn_away(exchange)
        address = self._sign_in_page.address_for(exchange)
        response = self._refusal(exchange, SignInRequired, sign_in=address)
        response.headers.append((SIGN_IN_FIELD, address))
        return response

    def denied(self, exchange: Exchange, denial: Deny) -> Response:
        """Answer somebody whom the rule of `denial` refuses: another account may do."""
        exchange.reason = f"rule:{denial.rule}"
        error = NotAuthorized if denial.everywhere else AccessDenied
        if self._is_call(exchange):
            return self._refusal(exchange, error)
        again = (self._sign_out, WORDS["another_account"])
        return self._pages.error(error, exchange.request_id, again)

    def refused(self, exchange: Exchange, refusal: Refuse) -> Response:
        """Answer credentials that are not accepted: as oauth2-proxy, or 401 for a JSON client."""
        error = refusal.error
        if isinstance(error, ProviderError):
            return self.error(error, exchange)
        exchange.reason = error.code
        if self._is_call(exchange):
            response = self._fault(exchange, error)
        else:
            response = answers.text(HTTPStatus.FORBIDDEN, "Forbidden\n")
        response.headers.append(answers.INVALID_TOKEN)
        return response

    def cross_origin(self, exchange: Exchange) -> Response:
        """Answer a WebSocket handshake from a page of another site."""
        exchange.reason = "cross_origin"
        return answers.text(HTTPStatus.FORBIDDEN, "Cross-origin WebSocket refused\n")

    def forged(self, exchange: Exchange) -> Response:
        """Answer a request that another site had the browser send (`csrf_protect_upstream`)."""
        return self.error(CrossSiteRequest("a page of another origin sent it"), exchange)

    def no_upstream(self, exchange: Exchange, fields: list[tuple[str, str]]) -> Response:
        """Answer a path that no upstream serves. `fields` say for whom."""
        exchange.reason = "no_upstream"
        response = answers.text(HTTPStatus.NOT_FOUND, "404 page not found\n")
        response.headers += fields
        return response

    def below(self, exchange: Exchange) -> Response:
        """Send a browser from `/app` to `/app/`, where the application of that name begins."""
        exchange.reason = "no_final_slash"
        path, mark, query = exchange.head.target.decode("latin-1").partition("?")
        return answers.redirect(f"{path}/{mark}{query}", [], HTTPStatus.MOVED_PERMANENTLY)

    def static(self, status: int, fields: list[tuple[str, str]]) -> Response:
        """Answer for a `static://` upstream, as oauth2-proxy does."""
        response = answers.text(status, "Authenticated")
        response.headers += fields
        return response

    def to_https(self, exchange: Exchange) -> Response:
        """Send a browser to the same address with https (`force_https`)."""
        exchange.reason = "force_https"
        host = asker_of(exchange).host
        name, colon, port = host.rpartition(":")
        if colon and port.isascii() and port.isdigit():
            host = f"{name}:{self._https_port}"
        target = exchange.head.target.decode("latin-1")
        return answers.redirect(f"https://{host}{target}", [], HTTPStatus.PERMANENT_REDIRECT)

    def error(
        self,
        error: SidegateError,
        exchange: Exchange | None,
        again: tuple[str, str] | None = None,
    ) -> Response:
        """Answer an error of the wire or of an application; `exchange` is None for the former.

        `again`: address and words of the button that leads on.
        """
        self._report(error, exchange)
        if exchange is None:
            phrase = HTTPStatus(error.status).phrase
            return answers.text(error.status, f"{error.status} {phrase}\n")
        exchange.reason = error.code
        if self._is_call(exchange):
            response = self._fault(exchange, error)
        else:
            response = self._pages.error(error, exchange.request_id, again)
        response.headers += answers.retry_after(error)
        return response

    def _refusal(self, exchange: Exchange, error: type[SidegateError], **more: str) -> Response:
        """Refuse a call: `{}` for a program, as oauth2-proxy, and for a script what it can use."""
        if is_behind_a_page(exchange.head):
            return self._fault(exchange, error, **more)
        return answers.json_refusal(error.status)

    def _fault(
        self, exchange: Exchange, error: SidegateError | type[SidegateError], **more: str
    ) -> Response:
        response = answers.json_error(error.status, error.code, exchange.request_id, **more)
        response.headers += self._cors.fields(exchange.head)
        return response

    def _is_call(self, exchange: Exchange) -> bool:
        head = exchange.head
        is_api = self._routes.is_api(head.target)
        return wants_json(head, is_api=is_api, force=self._force_json)
