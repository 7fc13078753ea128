"""The page that asks somebody to sign in, and what happens instead when there is no page."""

from collections.abc import Callable
from http import HTTPStatus

from sidegate.core.errors import BadRequest, SignInError, StoreUnavailable
from sidegate.core.messages import Exchange, Later, Plan, Respond, Response
from sidegate.core.ports import Provider
from sidegate.core.providers import Providers
from sidegate.login.choice import Choice, login_hint
from sidegate.login.failure import Failures
from sidegate.login.form import Form, quoted
from sidegate.login.form_body import read_form
from sidegate.login.loops import Loops
from sidegate.login.ports import SessionStore, asker_of
from sidegate.login.return_url import ReturnUrls
from sidegate.login.same_site import is_browser, is_own_navigation, is_own_post
from sidegate.login.start import Start
from sidegate.pages import answers
from sidegate.pages.negotiate import is_behind_a_page, is_document
from sidegate.pages.render import EmailField, Pages, PasswordFields, SignInOption

_READING = (b"GET", b"HEAD")

Again = Callable[[SignInError], Response]
"""Shows the page again and says what was wrong."""

ByPassword = Callable[[Exchange, Form, str, Again], Plan]
"""Answers a form with a name and a password; the address to return to was validated."""

FormToken = Callable[[Exchange], tuple[str, list[str]]]
"""Makes the token of the form for this browser, and the Set-Cookie values that bind it."""


class SignInPage:
    """`PREFIX/sign_in`, and the answer to a browser that is not signed in.

    With `skip_provider_button` both send the browser straight to the only provider. Of several, a
    browser that is turned away goes to the one it signed in at last; who asks for the page gets it.
    `by_password` signs in where there is a file of users; the form for it is shown where
    `form_token` makes its token.
    """

    def __init__(
        self,
        *,
        providers: Providers,
        choice: Choice,
        start: Start,
        loops: Loops,
        sessions: SessionStore,
        returns: ReturnUrls,
        pages: Pages,
        failures: Failures,
        skip_provider_button: bool,
        by_password: ByPassword | None = None,
        form_token: FormToken | None = None,
    ) -> None:
        self._providers = providers
        self._choice = choice
        self._start = start
        self._loops = loops
        self._sessions = sessions
        self._returns = returns
        self._pages = pages
        self._failures = failures
        self._skips_page = skip_provider_button
        self._by_password = by_password
        self._form_token = form_token

    def answer(self, exchange: Exchange) -> Plan:
        """Answer `PREFIX/sign_in`: sign in by password, or show the page."""
        return read_form(exchange, self._failures, lambda form: self._answer(exchange, form))

    def turn_away(self, exchange: Exchange) -> Response:
        """Answer a browser on any path that needs somebody signed in: 403 with the page.

        `rd` in the query of an application's own address counts, as with oauth2-proxy.
        """
        try:
            form = Form(exchange.head.query)
        except BadRequest:
            form = Form(b"")  # the query is the application's, and need not be a form
        head, return_url = exchange.head, self._returns.choose(exchange, form)
        if head.method not in _READING and _is_own_form(exchange):
            return self._unsent(exchange)
        provider = self._straight_on(exchange)
        if provider is None:
            return self._page(exchange, HTTPStatus.FORBIDDEN, return_url)
        if head.method == b"GET" and is_document(head):
            link = self._link(return_url, provider)
            return self._pages.passing(HTTPStatus.FORBIDDEN, link)
        return self._start.start(exchange, return_url, provider)

    def _straight_on(self, exchange: Exchange) -> Provider | None:
        """Return where somebody who is turned away goes without a page, None where they choose."""
        if not self._skips_page:
            return None
        return self._providers.only or self._choice.remembered(exchange)

    def _unsent(self, exchange: Exchange) -> Response:
        """Tell somebody who sent a form that it did not arrive, and how it still can.

        They sign in beside it and come back to where the form was: a GET of the address that it
        was sent to may be nothing. Reloading the answer sends the form again, and then it passes.
        """
        page = self._returns.page_of(exchange) or "/"
        beside = f"{self._returns.prefix}/sign_in?rd={quoted(page)}"
        return self._show(exchange, HTTPStatus.FORBIDDEN, page, beside=beside)

    def choose(
        self, exchange: Exchange, return_url: str, hint: str = "", *, problem: str = ""
    ) -> Response:
        """Ask at which provider somebody signs in. `problem`: what was wrong with their address."""
        return self._page(exchange, HTTPStatus.OK, return_url, hint, problem)

    def address_for(self, exchange: Exchange) -> str:
        """Return where the page behind a call may send the person, to come back to that page."""
        asker, page = asker_of(exchange), self._returns.page_of(exchange)
        address = f"{asker.scheme}://{asker.host}{self._returns.prefix}/sign_in"
        return address if page is None else f"{address}?rd={quoted(page)}"

    def _answer(self, exchange: Exchange, form: Form) -> Plan:
        return_url = self._returns.choose(exchange, form)
        if self._by_password is None or exchange.head.method != b"POST":
            return self._own(exchange, return_url, form)

        def again(error: SignInError) -> Response:
            response = self._show(exchange, error.status, return_url, error.public)
            response.headers += answers.retry_after(error)
            return response

        return self._by_password(exchange, form, return_url, again)

    def _own(self, exchange: Exchange, return_url: str, form: Form) -> Plan:
        """Show the page, or go on to the provider that the query means, with the old session gone.

        As for sign-out, the session only ends when the person came here on their own.
        """
        if is_own_navigation(exchange.head):
            return Later(self._afresh(exchange, return_url, form))
        return Respond(self._asked_for(exchange, return_url, form))

    async def _afresh(self, exchange: Exchange, return_url: str, form: Form) -> Plan:
        host = asker_of(exchange).host
        try:
            cookies = await self._sessions.clear(host, exchange.head.get(b"cookie"))
        except StoreUnavailable as error:
            return Respond(self._failures.answer(exchange, error, return_url=return_url))
        response = self._asked_for(exchange, return_url, form)
        response.headers += answers.set_cookies(cookies + self._loops.forget(exchange))
        return Respond(response)

    def _asked_for(self, exchange: Exchange, return_url: str, form: Form) -> Response:
        hint = login_hint(form)
        provider = self._choice.named(form) or (self._skips_page and self._providers.only)
        if provider:
            return self._start.start(exchange, return_url, provider, hint)
        return self._page(exchange, HTTPStatus.OK, return_url, hint)

    def _page(
        self,
        exchange: Exchange,
        status: int,
        return_url: str,
        hint: str = "",
        unknown: str = "",
    ) -> Response:
        if loop := self._loops.page(exchange, return_url):
            return loop
        return self._show(exchange, status, return_url, hint=hint, unknown=unknown)

    def _show(
        self,
        exchange: Exchange,
        status: int,
        return_url: str,
        problem: str = "",
        beside: str = "",
        hint: str = "",
        unknown: str = "",
    ) -> Response:
        host, options = asker_of(exchange).host, self._options(exchange, return_url, hint)
        email = EmailField(return_url, unknown) if self._choice.goes_by_email else None
        fields: PasswordFields | None = None
        cookies: list[str] = []
        if self._form_token is not None:
            token, cookies = self._form_token(exchange)
            fields = PasswordFields(return_url, token, problem)
        response = self._pages.sign_in(
            status, host, options, fields, email, return_url=return_url, beside=beside
        )
        response.headers += answers.set_cookies(cookies)
        return response

    def _options(self, exchange: Exchange, return_url: str, hint: str) -> list[SignInOption]:
        """Return a button for each provider, that of the last time first."""
        return [
            SignInOption(one.display_name, self._link(return_url, one, hint))
            for one in self._choice.in_order(exchange)
        ]

    def _link(self, return_url: str, provider: Provider, hint: str = "") -> str:
        """Return the address that begins a sign-in at a provider; the only one needs no name."""
        name = "" if self._providers.only else provider.id
        return self._returns.start_link(return_url, name, hint)


def _is_own_form(exchange: Exchange) -> bool:
    """Say whether a browser sent this from a page of the asked site.

    Nobody is told how to send again what another site made their browser send.
    """
    head = exchange.head
    by_browser = is_behind_a_page(head) or is_browser(head)
    return by_browser and is_own_post(head, asker_of(exchange), has_token=True)
