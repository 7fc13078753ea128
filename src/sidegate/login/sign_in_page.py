"""The page that asks somebody to sign in, and what happens instead when there is no page."""

from http import HTTPStatus

from sidegate.core.errors import BadRequest
from sidegate.core.messages import Exchange, Response
from sidegate.login.form import Form
from sidegate.login.loops import Loops
from sidegate.login.ports import SessionStore, asker_of
from sidegate.login.return_url import ReturnUrls
from sidegate.login.same_site import is_own_navigation
from sidegate.login.start import Start
from sidegate.pages import answers
from sidegate.pages.render import Pages


class SignInPage:
    """`PREFIX/sign_in`, and the answer to a browser that is not signed in.

    With `skip_provider_button` both send the browser straight to the provider.
    """

    def __init__(
        self,
        *,
        start: Start,
        loops: Loops,
        sessions: SessionStore,
        returns: ReturnUrls,
        pages: Pages,
        skip_provider_button: bool,
    ) -> None:
        self._start = start
        self._loops = loops
        self._sessions = sessions
        self._returns = returns
        self._pages = pages
        self._skips_page = skip_provider_button

    def answer(self, exchange: Exchange) -> Response:
        """Answer `PREFIX/sign_in`: the page, with the old session gone. Raises BadRequest.

        As for sign-out, the session only ends when the person came here on their own.
        """
        response = self._page(exchange, HTTPStatus.OK, Form(exchange.head.query))
        if is_own_navigation(exchange.head):
            host = asker_of(exchange).host
            cookies = self._sessions.clear(host, exchange.head.get(b"cookie"))
            cookies = cookies + self._loops.forget(exchange)
            response.headers += answers.set_cookies(cookies)
        return response

    def turn_away(self, exchange: Exchange) -> Response:
        """Answer a browser on any path that needs somebody signed in: 403 with the page.

        `rd` in the query of an application's own address counts, as with oauth2-proxy.
        """
        try:
            form = Form(exchange.head.query)
        except BadRequest:
            form = Form(b"")  # the query is the application's, and need not be a form
        return self._page(exchange, HTTPStatus.FORBIDDEN, form)

    def _page(self, exchange: Exchange, status: int, form: Form) -> Response:
        return_url = self._returns.choose(exchange, form)
        if self._skips_page:
            return self._start.start(exchange, return_url)
        if loop := self._loops.page(exchange, return_url):
            return loop
        link = self._returns.start_link(return_url)
        return self._pages.sign_in(status, asker_of(exchange).host, link)
