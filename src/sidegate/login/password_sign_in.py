"""Signs somebody in with a name and a password that a form sent to `PREFIX/sign_in`.

The answer is 302, as with oauth2-proxy and as browsers have always read it: they go on with GET
and leave the form behind (RFC 9700 section 4.12 warns of 307, which would send it along). As there,
name and password of a POST may also stand in its query, which is written to no log of ours; a GET
never signs in.
"""

from sidegate.core.errors import NotAuthorized, SidegateError, SignInError, UserNameMissing
from sidegate.core.messages import Exchange, Later, Plan, Respond
from sidegate.login.failure import Failures
from sidegate.login.form import Form
from sidegate.login.password_check import PasswordCheck
from sidegate.login.password_form import PasswordForm
from sidegate.login.ports import OnEvent, Rules, SessionStore, asker_of
from sidegate.login.sign_in_page import Again
from sidegate.pages import answers
from sidegate.session.freshness import session_end


class PasswordSignIn:
    """The way from a form to a session. `cookie_expire`: seconds a session lasts, 0 for 168 h."""

    def __init__(
        self,
        *,
        check: PasswordCheck,
        form: PasswordForm,
        sessions: SessionStore,
        rules: Rules,
        failures: Failures,
        cookie_expire: float,
        on_event: OnEvent,
    ) -> None:
        self._check = check
        self._form = form
        self._sessions = sessions
        self._rules = rules
        self._failures = failures
        self._lifetime = session_end(0.0, cookie_expire)
        self._on_event = on_event

    def answer(self, exchange: Exchange, form: Form, return_url: str, again: Again) -> Plan:
        """Check the form; when all is well, the plan checks the password.

        `return_url` was validated.
        """
        try:
            self._form.check(exchange, form)
            user = form.first("username")
            if not user:
                raise UserNameMissing("no user name")
        except SignInError as error:
            exchange.reason = error.code
            self._on_event("failure", exchange, error.code, "", str(error))
            return Respond(again(error))
        password = form.first("password") or ""
        return Later(self._sign_in(exchange, user, password, return_url, again))

    async def _sign_in(
        self,
        exchange: Exchange,
        user: str,
        password: str,
        return_url: str,
        again: Again,
    ) -> Plan:
        try:
            session = await self._check.session(exchange, user, password, self._lifetime)
        except SignInError as error:
            return Respond(again(error))
        rule = self._rules.refusal(session.identity, is_listed=True)
        try:
            if rule is not None:
                raise NotAuthorized(f"rule {rule}")
            present = exchange.head.get(b"cookie")
            cookies = await self._sessions.save(session, asker_of(exchange).host, present)
        except SidegateError as error:
            refused = self._failures.answer(exchange, error, return_url=return_url, user=user)
            return Respond(refused)
        exchange.session = session
        self._on_event("success", exchange, "", user, "")
        return Respond(answers.redirect(return_url, cookies))
