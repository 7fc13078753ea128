"""The parts of signing in and out, each on those before."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sidegate.app.account import naming
from sidegate.app.base import Base
from sidegate.app.choice import callback_places, choice_of
from sidegate.app.sessions import is_told_of_logouts
from sidegate.frontends.endpoints import Row
from sidegate.gate.rules import Rules
from sidegate.login.begin import Begin
from sidegate.login.callback import Callback
from sidegate.login.choice import Choice
from sidegate.login.failure import Failures
from sidegate.login.form_token import FormTokens
from sidegate.login.loops import Loops
from sidegate.login.return_url import ReturnUrls
from sidegate.login.sign_in_page import SignInPage
from sidegate.login.sign_out import SignOut
from sidegate.login.start import Start
from sidegate.pages.render import Pages
from sidegate.stores.attempts import Attempts
from sidegate.stores.rounds import Rounds

if TYPE_CHECKING:  # what few gates need
    from sidegate.app.passwords import PasswordParts
    from sidegate.app.sessions import Sessions


@dataclass(frozen=True, slots=True)
class SignIn:
    """The parts of signing in and out."""

    begin: Begin
    callback: Callback
    page: SignInPage
    sign_out: SignOut
    failures: Failures
    logouts: tuple[Row, ...] = ()


def sign_in_of(
    base: Base,
    sessions: Sessions,
    attempts: Attempts,
    rules: Rules,
    returns: ReturnUrls,
    pages: Pages,
    passwords: PasswordParts | None,
) -> SignIn:
    """Return the parts. `passwords`: what knows the users of a file, None where there is none."""
    settings, on_event = base.settings, base.observation.sign_in
    failures = Failures(pages=pages, returns=returns, on_event=on_event)
    loops = Loops(
        settings.cookie,
        rounds=Rounds(settings.cookie, base.ring.sealer("rounds")),
        sessions=sessions,
        failures=failures,
        clock=base.clock,
    )
    tokens = FormTokens(base.ring.sealer("form"), base.clock)
    choice = choice_of(base.settings, base.providers)
    start = _start(base, attempts, returns, failures, loops, pages)
    callback = _callback(base, sessions, attempts, rules, loops, failures, pages, choice)
    by_password = form_token = None
    if passwords is not None:
        by_password, form_token = passwords.for_page(sessions, rules, failures, tokens)
    page = SignInPage(
        providers=base.providers,
        choice=choice,
        start=start,
        loops=loops,
        sessions=sessions,
        returns=returns,
        pages=pages,
        failures=failures,
        skip_provider_button=settings.login.skip_provider_button,
        by_password=by_password,
        form_token=form_token,
    )
    begin = Begin(
        providers=base.providers,
        choice=choice,
        start=start,
        page=page,
        returns=returns,
        failures=failures,
    )
    sign_out = SignOut(
        providers=base.providers,
        sessions=sessions,
        returns=returns,
        pages=pages,
        failures=failures,
        loops=loops,
        tokens=tokens,
        clock=base.clock,
        on_event=on_event,
    )
    return SignIn(begin, callback, page, sign_out, failures, _logouts(base, sessions))


def _start(
    base: Base,
    attempts: Attempts,
    returns: ReturnUrls,
    failures: Failures,
    loops: Loops,
    pages: Pages,
) -> Start:
    settings = base.settings
    return Start(
        attempts=attempts,
        returns=returns,
        failures=failures,
        loops=loops,
        redirect_url=settings.login.redirect_url,
        cookie_secure=settings.cookie.cookie_secure,
        callbacks=callback_places(settings),
        pages=pages,
        clock=base.clock,
        randomness=os.urandom,
        on_event=base.observation.sign_in,
    )


def _callback(
    base: Base,
    sessions: Sessions,
    attempts: Attempts,
    rules: Rules,
    loops: Loops,
    failures: Failures,
    pages: Pages,
    choice: Choice,
) -> Callback:
    settings = base.settings
    return Callback(
        providers=base.providers,
        attempts=attempts,
        sessions=sessions,
        rules=rules,
        failures=failures,
        loops=loops,
        pages=pages,
        cookie_expire=settings.cookie.cookie_expire,
        places=callback_places(settings),
        form_post=[
            one.id for one in settings.providers if one.auth_request_response_mode == "form_post"
        ],
        choice=choice,
        is_strict=settings.cookie.cookie_samesite == "strict",
        clock=base.clock,
        randomness=os.urandom,
        on_event=base.observation.sign_in,
        name_device=naming(settings),
    )


def _logouts(base: Base, sessions: Sessions) -> tuple[Row, ...]:
    """Return where providers say who signed out, as far as that is turned on."""
    if not is_told_of_logouts(base.settings):
        return ()
    from sidegate.app.logouts import logout_endpoints

    return logout_endpoints(base, sessions)
