"""Ends a sign-in: the browser comes back from the provider with a code.

The provider answers in the query of a GET or, where `form_post` was asked for, in the body of a
POST (OAuth 2.0 Form Post Response Mode); never in both.

The order is law, each step stands on the ones before:

1. every parameter at most once          (RFC 6749 section 3.1)
2. the attempt, found by the state       (the browser that began is the one that ends)
3. the state, compared in constant time; the answer came back to the callback of the attempt's
   provider, for each has its own        (RFC 9700 section 4.4.2.2: no mix-up without `iss` either)
4. the issuer                            (RFC 9207: no mix-up, for errors too)
5. `error`                               (only now do we believe that the provider says it)
6. the code is redeemed, the identity verified
7. the rules
8. a new session, the attempt's cookie removed, and back to where the person wanted to go
"""

import hmac
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from http import HTTPStatus

from sidegate.core.errors import (
    AttemptExpired,
    AttemptMissing,
    BadRequest,
    DuplicateParameter,
    EmailMissing,
    NotAuthorized,
    ParameterMissing,
    ProviderRefused,
    SidegateError,
    StateMismatch,
    StoreUnavailable,
)
from sidegate.core.identity import Grant, Identity, Session
from sidegate.core.messages import Exchange, Later, Plan, ReadBody, Respond, Response
from sidegate.core.ports import Attempt, Clock, Provider, Randomness
from sidegate.core.providers import Providers
from sidegate.core.steps import step
from sidegate.login.choice import Choice
from sidegate.login.device import NameDevice, no_name
from sidegate.login.failure import Failures
from sidegate.login.form import FORM_TYPE, Form, media_type
from sidegate.login.loops import Loops
from sidegate.login.ports import (
    AttemptStore,
    OnEvent,
    Rules,
    SessionStore,
    asker_of,
    found_in,
    name_of,
)
from sidegate.login.same_site import is_sent_from_another_site
from sidegate.login.start import handle
from sidegate.pages import answers
from sidegate.pages.frame import KEPT
from sidegate.pages.render import Pages

_BODY_LIMIT = 65536  # more than a code, a state and an error text; a request line has 16 KiB
_DEFAULT_LIFETIME = 168 * 3600.0
_ERROR_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz_")


class Callback:
    """`PREFIX/callback`, and `PREFIX/callback/ID` where there are several providers.

    `places`: what is behind `/callback` in the address of each provider, by its id. `form_post`:
    the ids of those that post their answers; a callback takes POST from nobody else.

    `cookie_expire`: seconds a session lasts, 0 for 168 h. `is_strict`: session cookies are
    SameSite=Strict, and do not come along with a redirect that another site began. `name_device`
    names the browser for its owner.
    """

    def __init__(
        self,
        *,
        providers: Providers,
        attempts: AttemptStore,
        sessions: SessionStore,
        rules: Rules,
        failures: Failures,
        loops: Loops,
        pages: Pages,
        cookie_expire: float,
        places: Mapping[str, str],
        form_post: Collection[str],
        choice: Choice,
        is_strict: bool,
        clock: Clock,
        randomness: Randomness,
        on_event: OnEvent,
        name_device: NameDevice = no_name,
    ) -> None:
        self._name_device = name_device
        self._places = places
        self._form_post = form_post
        self._choice = choice
        self._providers = providers
        self._attempts = attempts
        self._sessions = sessions
        self._rules = rules
        self._failures = failures
        self._loops = loops
        self._pages = pages
        self._is_strict = is_strict
        self._lifetime = cookie_expire or _DEFAULT_LIFETIME
        self._clock = clock
        self._randomness = randomness
        self._on_event = on_event

    def rows(self) -> Iterator[tuple[str, tuple[bytes, ...], Callable[[Exchange], Plan]]]:
        """Return for each callback what is behind `/callback`, its methods and what answers it."""
        for place in dict.fromkeys(("", *self._places.values())):
            posts = any(self._places[one] == place for one in self._form_post)
            methods = (b"GET", b"POST") if posts else (b"GET",)
            yield place, methods, partial(self.answer, place=place)

    def answer(self, exchange: Exchange, place: str = "") -> Plan:
        """Check what came back; when all is well, the plan redeems the code."""
        if exchange.head.method != b"POST":
            return self._check_answer(exchange, exchange.head.query, place)
        if exchange.head.query:
            mixed = DuplicateParameter("a posted answer has parameters in the address too")
            return Respond(self._failures.answer(exchange, mixed))
        if media_type(exchange.head) != FORM_TYPE:
            raise BadRequest("a posted answer is not a form")
        return ReadBody(_BODY_LIMIT, lambda body: self._check_answer(exchange, body, place))

    def _check_answer(self, exchange: Exchange, raw: bytes, place: str) -> Plan:
        try:
            form = Form(raw)
            form.refuse_duplicates()
            attempt = self._attempt(exchange, form)
            provider = self._provider(exchange, attempt, place)
        except AttemptMissing as error:
            return Later(self._without_attempt(exchange, error))
        except (AttemptExpired, StateMismatch) as error:
            cleared = self._cleared(exchange, form.first("state") or "")
            return Respond(self._failures.answer(exchange, error, cookies=cleared))
        except SidegateError as error:
            return Respond(self._failures.answer(exchange, error))
        try:
            code = _code(form, provider)
        except SidegateError as error:
            return Respond(self._failed(exchange, attempt, error))
        return Later(self._finish(exchange, attempt, provider, code))

    def _attempt(self, exchange: Exchange, form: Form) -> Attempt:
        """Return the attempt that this browser began. Raises SignInError."""
        state = form.first("state")
        if not state:
            raise StateMismatch("no state")
        attempt = self._attempts.open_attempt(state, exchange.head.get(b"cookie"), self._clock())
        # On bytes: `compare_digest` refuses text outside ASCII, which a client may well send.
        if not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise StateMismatch("the state is not the attempt's")
        return attempt

    def _provider(self, exchange: Exchange, attempt: Attempt, place: str) -> Provider:
        """Return whom the attempt was begun at: nobody else answers it. Raises StateMismatch."""
        exchange.provider = attempt.provider
        provider = self._providers.get(attempt.provider)
        if provider is None:
            raise StateMismatch("the provider of the attempt is not configured")
        if self._places[provider.id] != place:
            raise StateMismatch("the answer came to the callback of another provider")
        return provider

    async def _finish(
        self, exchange: Exchange, attempt: Attempt, provider: Provider, code: str
    ) -> Plan:
        user = ""
        try:
            with step("redeem code") as telling:
                telling.note("sidegate.provider", provider.id)
                grant = await provider.redeem(code, attempt)
            user = name_of(grant.identity)
            self._check(grant.identity)
            session = self._session(exchange, grant, provider.id)
            exchange.session = session
            response = await self._signed_in(exchange, attempt, session)
        except SidegateError as error:
            return Respond(self._failed(exchange, attempt, error, user))
        exchange.user = user
        self._on_event("success", exchange, "", user, grant.trouble)
        return Respond(response)

    def _check(self, identity: Identity) -> None:
        rule = self._rules.refusal(identity)
        if rule is None:
            return
        if "email" in rule and not identity.email:
            raise EmailMissing(f"rule {rule}")
        raise NotAuthorized(f"rule {rule}")

    def _session(self, exchange: Exchange, grant: Grant, provider: str) -> Session:
        """Make the session, under a new id whatever the browser had (no session fixation)."""
        now = self._clock()
        return Session(
            id=handle(self._randomness),
            provider=provider,
            identity=grant.identity,
            tokens=grant.tokens,
            created_at=now,
            refreshed_at=now,
            ends_at=now + self._lifetime,
            provider_session_id=grant.session_id,
            device=self._name_device(exchange.head),
        )

    async def _signed_in(self, exchange: Exchange, attempt: Attempt, session: Session) -> Response:
        host, present = asker_of(exchange).host, exchange.head.get(b"cookie")
        cookies = await self._sessions.save(session, host, present)
        counted = self._loops.finished(exchange, attempt, cookies)
        cookies = cookies + self._cleared(exchange, attempt.state) + counted
        cookies += self._choice.remember(exchange, session.provider)
        location = attempt.return_url.removesuffix(KEPT)
        if location != attempt.return_url:  # the browser keeps a fragment (`pages/scripts`)
            response = self._pages.restoring(location)
        elif self._is_strict and is_sent_from_another_site(exchange.head):
            response = self._pages.onward(location)
        else:
            return _go(exchange, location, cookies)
        response.headers += answers.set_cookies(cookies)
        return response

    async def _without_attempt(self, exchange: Exchange, error: AttemptMissing) -> Plan:
        """Answer a callback that was finished before: whoever is signed in just goes on."""
        present = exchange.head.get(b"cookie")
        try:
            session = await found_in(self._sessions.load(present, self._clock()))
        except StoreUnavailable as unavailable:
            return Respond(self._failures.answer(exchange, unavailable))
        if session is not None:
            return Respond(_go(exchange, "/", []))
        causes = self._loops.missing_attempt(exchange)
        return Respond(self._failures.answer(exchange, error, causes=causes))

    def _failed(
        self, exchange: Exchange, attempt: Attempt, error: SidegateError, user: str = ""
    ) -> Response:
        return self._failures.answer(
            exchange,
            error,
            return_url=attempt.return_url,
            user=user,
            cookies=self._cleared(exchange, attempt.state),
        )

    def _cleared(self, exchange: Exchange, state: str) -> list[str]:
        return self._attempts.clear_attempt(state, asker_of(exchange).host)


def _code(form: Form, provider: Provider) -> str:
    """Return the code, after the issuer and `error` were looked at. Raises SignInError."""
    provider.check_issuer(form.first("iss"))
    refusal = form.first("error")
    if refusal is not None:
        raise ProviderRefused(f"error={_bounded(refusal)}")
    code = form.first("code")
    if not code:
        raise ParameterMissing("neither code nor error")
    return code


def _go(exchange: Exchange, location: str, cookies: list[str]) -> Response:
    """Redirect so that the next request is a GET, whatever this one was (RFC 9700 section 4.12)."""
    posted = exchange.head.method == b"POST"
    return answers.redirect(location, cookies, HTTPStatus.SEE_OTHER if posted else HTTPStatus.FOUND)


def _bounded(code: str) -> str:
    """Return an error code of the provider as a log may have it (RFC 6749 section 4.1.2.1).

    Registered codes are small letters and `_`. Whatever else stands there may be anything, such as
    a secret that a broken provider puts into the wrong parameter.
    """
    return code if len(code) <= 64 and _ERROR_CHARACTERS.issuperset(code) else "unreadable"
