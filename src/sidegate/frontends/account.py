"""`PREFIX/account`: whoever is signed in sees what is held about them, and acts on it.

Rule 1: only the session of a person counts, one that is kept in their browser. What a program
        brings with a request (a token, a password) is no such session.
Rule 2: a person whom a rule refuses one path of the application sees their page all the same; who
        is refused everywhere has no session any more.
Rule 3: GET shows, and changes nothing. POST needs our own origin, as for signing out; to ask for
        erasure needs the token of the page that asks whether they mean it.
Rule 4: nothing is said to have happened that did not: a session that the store did not end, a
        request that nobody took.
Rule 5: somebody ends sessions of their own, and no others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final, Protocol

from sidegate.core.account import COOKIES, REDIS, Held, Place
from sidegate.core.decision import Admission, Allow, Deny, Refuse
from sidegate.core.errors import (
    CrossSiteRequest,
    ErasureFailed,
    ErasureTooOften,
    SidegateError,
    StoreUnavailable,
)
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange, Later, Plan, Respond, Response
from sidegate.core.ports import Clock
from sidegate.core.providers import Providers
from sidegate.frontends.admit import Admit
from sidegate.frontends.refusals import Refusals
from sidegate.login.account_export import exported
from sidegate.login.failure import Failures
from sidegate.login.form import Form
from sidegate.login.form_body import read_form
from sidegate.login.form_token import FIELD, FormTokens
from sidegate.login.ports import OnEvent, asker_of, name_of
from sidegate.login.same_site import is_own_post
from sidegate.pages import answers
from sidegate.pages.account import AccountPages, FormTokensOfPage
from sidegate.pages.words import WORDS

METHODS: Final = (b"GET", b"HEAD", b"POST")
DOWNLOAD: Final = "download"
FILE_NAME: Final = "account.json"
_PAGE: Final = "account"  # what tokens of its forms are for
_SIGN_OUT: Final = "sign_out"  # those of `login.sign_out`
_ERASURE: Final = "erasure"


class Elsewhere(Protocol):
    """Knows all sessions of a person, wherever they are. Both may raise StoreUnavailable."""

    async def places(self, session: Session) -> tuple[Sequence[Place], bool]:
        """Return the sessions of whose session this is, and whether there are more than these."""

    async def end(self, name: str) -> bool:
        """End the session of this name; say whether there was one."""


Send = Callable[[Session, str], Awaitable[str]]
"""Passes on that the owner of a session wants to be erased, at this host; returns a number.

Raises ErasureFailed or ErasureTooOften.
"""


class Account:
    """The endpoint.

    `as_kept` returns a session with what of it is kept. `elsewhere`: None where only browsers know
    their sessions. `send`: None where nobody takes requests for erasure.
    """

    def __init__(
        self,
        *,
        admit: Admit,
        refusals: Refusals,
        failures: Failures,
        providers: Providers,
        pages: AccountPages,
        tokens: FormTokens,
        as_kept: Callable[[Session], Session],
        elsewhere: Elsewhere | None,
        send: Send | None,
        clock: Clock,
        on_event: OnEvent,
    ) -> None:
        self._admit = admit
        self._refusals = refusals
        self._failures = failures
        self._providers = providers
        self._pages = pages
        self._tokens = tokens
        self._as_kept = as_kept
        self._elsewhere = elsewhere
        self._send = send
        self._clock = clock
        self._on_event = on_event

    def answer(self, exchange: Exchange) -> Plan:
        """Show the page, hand out the JSON, or do what a form of the page asks for."""
        return read_form(exchange, self._failures, lambda form: Later(self._plan(exchange, form)))

    async def _plan(self, exchange: Exchange, form: Form) -> Plan:
        cookies: tuple[str, ...] = ()
        try:
            admission = self._admit(exchange)
            if not isinstance(admission, Admission):
                admission = await admission
            cookies = admission.cookies
            response = await self._answer(exchange, form, admission)
        except StoreUnavailable as error:
            response = self._refusals.error(error, exchange)
        response.headers += answers.set_cookies(list(cookies))
        return Respond(response)

    async def _answer(self, exchange: Exchange, form: Form, admission: Admission) -> Response:
        match admission.decision:
            case Refuse() as refusal:
                return self._refusals.refused(exchange, refusal)
            case Deny(everywhere=True) as denial:
                return self._refusals.denied(exchange, denial)
            case Allow(session=Session() as session) | Deny(session=session) if session.is_kept:
                exchange.user, exchange.session = name_of(session.identity), session
                return await self._for(exchange, form, session)
            case _:
                return self._refusals.sign_in(exchange)

    async def _for(self, exchange: Exchange, form: Form, session: Session) -> Response:
        head = exchange.head
        if head.method == b"POST":
            return await self._act(exchange, form, session)
        is_own = head.get(b"sec-fetch-site") != b"cross-site"  # else a page made the browser ask
        if form.first(DOWNLOAD) is not None and is_own and head.method == b"GET":
            return await self._download(exchange, session)
        return await self._show(exchange, session)

    async def _act(self, exchange: Exchange, form: Form, session: Session) -> Response:
        """Do what a form of the page asks for."""
        token, was_asked = form.first(FIELD), form.first("do") == "erase"
        has_token = self._tokens.holds(token, _ERASURE if was_asked else _PAGE, session.id)
        is_own = is_own_post(exchange.head, asker_of(exchange), has_token=has_token)
        if not is_own or (was_asked and not has_token):
            return self._refusals.error(CrossSiteRequest("no form of this page"), exchange)
        match form.first("do"):
            case "end" if self._elsewhere:
                name = form.first("session") or ""
                return await self._end(exchange, session, self._elsewhere, name)
            case "ask" if self._send:
                return self._ask(exchange, session)
            case "erase" if self._send:
                return await self._erase(exchange, session, self._send)
            case _:
                return await self._show(exchange, session)

    async def _show(self, exchange: Exchange, session: Session, said: str = "") -> Response:
        held = await self._held(session)
        tokens = FormTokensOfPage(
            sign_out=self._tokens.make(_SIGN_OUT, session.id),
            account=self._tokens.make(_PAGE, session.id),
        )
        return self._pages.account(held, asker_of(exchange).host, tokens, said=said)

    async def _download(self, exchange: Exchange, session: Session) -> Response:
        held = await self._held(session)
        document = exported(held, asker_of(exchange).host, self._clock())
        response = answers.json(HTTPStatus.OK, document)
        response.headers.append(("Content-Disposition", f'attachment; filename="{FILE_NAME}"'))
        self._tell("data_exported", exchange)
        return response

    async def _held(self, session: Session) -> Held:
        provider = self._providers.get(session.provider)
        name = session.provider_name if provider is None else provider.display_name
        kept = self._as_kept(session)
        if self._elsewhere is None:
            return Held(kept, name, COOKIES)
        places, has_more = await self._elsewhere.places(session)
        return Held(kept, name, REDIS, places, has_more)

    async def _end(
        self, exchange: Exchange, session: Session, elsewhere: Elsewhere, name: str
    ) -> Response:
        """End another session of this person. This one ends by signing out."""
        places, _ = await elsewhere.places(session)
        theirs = any(place.name == name and not place.is_this for place in places)
        if not theirs or not await elsewhere.end(name):
            return await self._show(exchange, session, WORDS["account_gone"])
        self._tell("sessions_revoked", exchange)
        return await self._show(exchange, session, WORDS["account_ended"])

    def _ask(self, exchange: Exchange, session: Session) -> Response:
        who = session.identity.email or session.identity.user
        token = self._tokens.make(_ERASURE, session.id)
        return self._pages.ask_for_erasure(who, asker_of(exchange).host, token)

    async def _erase(self, exchange: Exchange, session: Session, send: Send) -> Response:
        host = asker_of(exchange).host
        try:
            number = await send(session, host)
        except (ErasureFailed, ErasureTooOften) as error:
            kind = "erasure_failed" if isinstance(error, ErasureFailed) else "rate_limited"
            self._tell(kind, exchange, error)
            back = (exchange.head.path.decode("latin-1"), WORDS["erasure_back"])
            return self._refusals.error(error, exchange, back)
        self._tell("erasure_requested", exchange, detail=number)
        return self._pages.erasure_sent(number, host)

    def _tell(
        self, kind: str, exchange: Exchange, error: SidegateError | None = None, detail: str = ""
    ) -> None:
        code = "" if error is None else error.code
        told = detail if error is None else ascii(str(error))[1:-1][:200]
        self._on_event(kind, exchange, code, exchange.user, told)
