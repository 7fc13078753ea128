"""Ends a session: for whoever asks themselves, never because another site says so.

- POST from our own origin, or from a program, signs out; any other POST is asked back.
- GET signs out when the person navigated here from our own site or by the address bar, or when
  the browser tells nothing; any other GET is asked back.
- Whoever is asked back gets a page with a form, whose token is bound to the session it ends.
- `everywhere` (a parameter without meaning in its value, by POST only) ends all sessions of the
  person at this provider too, as far as the store knows of them. A GET with it is asked back.

Where the store of the sessions does not take it, nobody is told that they are signed out: 503, and
the browser keeps what it has, so that trying again ends the session.

Then the browser goes to the provider's sign-out where that is configured, and from there on, else
at once, to where a sign-in would lead: `rd`, else X-Auth-Request-Redirect, else `/`. The answer is
302 for every method, as with oauth2-proxy and as browsers have always read it.
"""

from http import HTTPStatus

from sidegate.core.errors import SidegateError, StoreUnavailable
from sidegate.core.identity import Session
from sidegate.core.messages import Exchange, Later, Plan, Respond, Response
from sidegate.core.ports import Clock
from sidegate.core.providers import Providers
from sidegate.login.failure import Failures
from sidegate.login.form import Form
from sidegate.login.form_body import read_form
from sidegate.login.form_token import FIELD, FormTokens
from sidegate.login.loops import Loops
from sidegate.login.ports import OnEvent, SessionStore, asker_of, found_in, name_of
from sidegate.login.return_url import ReturnUrls
from sidegate.login.same_site import is_own_navigation, is_own_post
from sidegate.pages import answers
from sidegate.pages.render import Pages
from sidegate.pages.words import WORDS

_READING = frozenset({b"GET", b"HEAD", b"OPTIONS"})
_ACTION = "sign_out"  # what a token of the form is for
_EVERYWHERE = "everywhere"


class SignOut:
    """`PREFIX/sign_out`. Takes any method; what is no GET is judged like a POST."""

    def __init__(
        self,
        *,
        providers: Providers,
        sessions: SessionStore,
        returns: ReturnUrls,
        pages: Pages,
        failures: Failures,
        loops: Loops,
        tokens: FormTokens,
        clock: Clock,
        on_event: OnEvent,
    ) -> None:
        self._providers = providers
        self._sessions = sessions
        self._returns = returns
        self._pages = pages
        self._failures = failures
        self._loops = loops
        self._tokens = tokens
        self._clock = clock
        self._on_event = on_event

    def answer(self, exchange: Exchange) -> Plan:
        """Sign out, or ask back when somebody else may have sent the browser here."""
        return read_form(exchange, self._failures, lambda form: Later(self._plan(exchange, form)))

    async def _plan(self, exchange: Exchange, form: Form) -> Plan:
        try:
            return Respond(await self._answer(exchange, form))
        except StoreUnavailable as error:
            exchange.reason = error.code
            self._on_event("failure", exchange, error.code, "", str(error))
            again = (f"{self._returns.prefix}/sign_out", WORDS["try_again"])
            response = self._pages.error(error, exchange.request_id, again)
            response.headers += answers.retry_after(error)
            return Respond(response)

    async def _answer(self, exchange: Exchange, form: Form) -> Response:
        head = exchange.head
        # As `rd` of a form that knows no address is empty, the first one that is not counts.
        wanted = self._returns.validate(next(filter(None, form.all("rd")), ""))
        return_url = wanted or self._returns.choose(exchange, form)
        session = await found_in(self._sessions.load(head.get(b"cookie"), self._clock()))
        owner = "" if session is None else session.id
        our_form = self._tokens.holds(form.first(FIELD), _ACTION, owner)
        if head.method not in _READING:
            meant = is_own_post(head, asker_of(exchange), has_token=our_form)
        else:
            meant = is_own_navigation(head)
        everywhere = form.first(_EVERYWHERE) is not None
        if not meant or (everywhere and head.method in _READING):
            return self._ask_back(exchange, session, return_url, is_foreign=not meant)
        if everywhere and session is None:
            # Nobody knows whose sessions are meant, so nobody is told that they ended.
            return self._signed_out(exchange, return_url)
        if everywhere and session is not None:
            await self._sessions.end_all(session.provider, user=session.identity.user)
        return await self._sign_out(
            exchange, session, return_url, our_form=our_form, everywhere=everywhere
        )

    async def _sign_out(
        self,
        exchange: Exchange,
        session: Session | None,
        return_url: str,
        *,
        our_form: bool,
        everywhere: bool,
    ) -> Response:
        host, present = asker_of(exchange).host, exchange.head.get(b"cookie")
        cookies = await self._sessions.clear(host, present) + self._loops.forget(exchange)
        if session is not None:
            exchange.user, exchange.session = name_of(session.identity), session
            kind = "sign_out_everywhere" if everywhere else "sign_out"
            self._on_event(kind, exchange, "", exchange.user, "")
        location = self._next(exchange, session, return_url)
        if our_form and not location.startswith("/"):
            response = self._pages.onward(location)
            response.headers += answers.set_cookies(cookies)
            return response
        return answers.redirect(location, cookies)

    def _next(self, exchange: Exchange, session: Session | None, return_url: str) -> str:
        providers = self._providers
        provider = providers.only if session is None else providers.get(session.provider)
        if provider is None:
            return return_url
        asker, absolute = asker_of(exchange), return_url
        if return_url.startswith("/"):
            absolute = f"{asker.scheme}://{asker.host}{return_url}"
        try:
            return provider.end_session_url(session, absolute) or return_url
        except SidegateError:
            # The provider is not known yet; our own session ends all the same.
            return return_url

    def _ask_back(
        self,
        exchange: Exchange,
        session: Session | None,
        return_url: str,
        *,
        is_foreign: bool,
    ) -> Response:
        is_post = exchange.head.method not in _READING
        if session is None and not is_post:
            return self._signed_out(exchange, return_url)
        # Browsers keep lax cookies back from a POST of another site, so there may be a session.
        token = "" if session is None else self._tokens.make(_ACTION, session.id)
        status = HTTPStatus.FORBIDDEN if is_post else HTTPStatus.OK
        return self._pages.confirm_sign_out(
            status, asker_of(exchange).host, return_url, token, is_foreign=is_foreign
        )

    def _signed_out(self, exchange: Exchange, return_url: str) -> Response:
        """Say that nobody is signed in here."""
        link = self._returns.start_link(return_url)
        return self._pages.signed_out(asker_of(exchange).host, link)
