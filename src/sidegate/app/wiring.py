"""The parts of one gate, put together from the settings. Top to bottom, each on those before."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sidegate.app.account import account_path, naming
from sidegate.app.base import Base
from sidegate.app.branding import brand_of
from sidegate.app.choice import callback_places, choice_of
from sidegate.app.config_file import watch_config
from sidegate.app.people import watch_emails
from sidegate.app.rules import Rulings, routes_of, rules_of
from sidegate.config.settings import ProviderSettings, Settings
from sidegate.frontends.admit import Admit, Admits, Gate
from sidegate.frontends.endpoints import Endpoints, Row
from sidegate.frontends.forward_auth import ForwardAuth, asked_for
from sidegate.frontends.recheck import Recheck
from sidegate.frontends.refusals import Refusals
from sidegate.frontends.reverse_proxy import ReverseProxy
from sidegate.gate.cors import Cors
from sidegate.gate.identity_headers import IdentityHeaders
from sidegate.gate.routes import Routes
from sidegate.gate.rules import Rules
from sidegate.gate.trust import Trust
from sidegate.login.begin import Begin
from sidegate.login.callback import Callback
from sidegate.login.choice import Choice
from sidegate.login.failure import Failures
from sidegate.login.forgery import ForgeryGuard
from sidegate.login.form_token import FormTokens
from sidegate.login.loops import Loops
from sidegate.login.return_url import ReturnUrls, Whitelist
from sidegate.login.sign_in_page import SignInPage
from sidegate.login.sign_out import SignOut
from sidegate.login.start import Start
from sidegate.login.websocket_origin import is_allowed_origin
from sidegate.observe.health import providers_away
from sidegate.pages.render import Pages
from sidegate.session.bound import BoundSealer
from sidegate.session.codec import Keep
from sidegate.stores.attempts import Attempts
from sidegate.stores.cookie import CookieStore
from sidegate.stores.refresh import Refresher, Turns, alone
from sidegate.stores.rounds import Rounds

if TYPE_CHECKING:  # what few gates need
    from sidegate.app.passwords import PasswordParts
    from sidegate.frontends.identity_token import IdentityTokenField
    from sidegate.stores.shared import SharedStore

    Sessions = CookieStore | SharedStore


@dataclass(frozen=True, slots=True)
class SignIn:
    """The parts of signing in and out."""

    begin: Begin
    callback: Callback
    page: SignInPage
    sign_out: SignOut
    failures: Failures
    logouts: tuple[Row, ...] = ()


def build(base: Base) -> tuple[ReverseProxy, Refusals]:
    """Return the handler of every request, and what answers errors."""
    settings = base.settings
    sessions, attempts = _stores(base)
    trust, rules, routes = Trust(settings.trust), _rules(base), routes_of(settings)
    returns = ReturnUrls(Whitelist(settings.login.whitelist_domains), settings.server.proxy_prefix)
    prefix = settings.server.proxy_prefix
    pages = Pages(prefix, brand_of(settings.pages, prefix, base.observation.redactor))
    passwords = _passwords(base)
    sign_in = _sign_in(base, sessions, attempts, rules, returns, pages, passwords)
    cors = Cors(
        settings.access.cors_allowed_origins, by_gate=settings.access.cors_preflight == "gate"
    )
    gate = _gate(base, sessions, trust, routes, rules, cors, passwords)
    way_in = _with_tokens(base, rules, gate)
    _watch_streams(base, sessions, gate, way_in, passwords)
    identity, token_field = IdentityHeaders(settings.headers), _token_field(base)
    forgery = _forgery(base, sessions, returns)
    refusals = Refusals(
        pages=pages,
        sign_in_page=sign_in.page,
        routes=routes,
        cors=cors,
        report=base.observation.error,
        force_json=settings.access.force_json_errors,
        prefix=settings.server.proxy_prefix,
        https_port=settings.server.https_address.rpartition(":")[2] or "443",
    )
    account: tuple[Row, ...] = ()
    if settings.account.account_page:
        from sidegate.app.account import account_endpoint  # noqa: PLC0415 - see above

        keep = keeper(settings)
        row = account_endpoint(base, way_in, sessions, keep, refusals, sign_in.failures, pages)
        account = (row,)
    proxy = ReverseProxy(
        settings.upstream,
        trust=trust,
        gate=way_in,
        identity=identity,
        endpoints=_endpoints(base, way_in, sign_in, identity, token_field, pages, forgery, account),
        answers=refusals,
        force_https=settings.server.force_https,
        without_our_cookies=sessions.strip,
        is_allowed_origin=lambda origin, asker: is_allowed_origin(origin, asker, returns.whitelist),
        forgery=forgery,
        is_open=routes.is_public,
        new_request_id=request_ids(os.urandom(8)),
        token_field=token_field,
    )
    return proxy, refusals


def _stores(base: Base) -> tuple[Sessions, Attempts]:
    """Return the keepers of sessions and sign-in attempts, each with a key of its own."""
    cookie, ring = base.settings.cookie, base.ring
    bindings = {one.id: one.binding for one in base.settings.providers}
    metrics = base.observation.metrics
    attempt_sealer = BoundSealer(ring.sealer("attempt"), bindings)
    attempts = Attempts(cookie, attempt_sealer, metrics.attempt_unopened)
    keep = keeper(base.settings)
    if base.shared is not None:
        from sidegate.app.shared_sessions import shared_store  # noqa: PLC0415 - few gates need it

        return shared_store(base, base.shared, bindings, keep), attempts
    sessions = CookieStore(
        cookie,
        BoundSealer(ring.sealer("session"), bindings),
        keep,
        base.clock,
        on_expired=metrics.cookie_expired,
        on_unopened=metrics.session_unopened,
    )
    ring.on_change(sessions.forget)
    return sessions, attempts


def keeper(settings: Settings) -> Callable[[str], Keep]:
    """Return what says which tokens a session keeps, by the id of its provider."""
    keeps = {one.id: what_to_keep(settings, one) for one in settings.providers}
    default = keeps[settings.providers[0].id]
    return lambda provider: keeps.get(provider, default)


def what_to_keep(settings: Settings, provider: ProviderSettings) -> Keep:
    """Say which tokens a session of this provider keeps: only those that some option uses."""
    headers, sid = settings.headers, is_told_of_logouts(settings)
    if settings.cookie.session_cookie_minimal:
        return Keep(refresh_token=False, provider_session_id=sid)
    passes_it_on = headers.pass_authorization_header or headers.set_authorization_header
    return Keep(
        access_token=headers.pass_access_token,
        id_token=passes_it_on or provider.oidc_end_session,
        refresh_token=True,
        provider_session_id=sid,
        id_token_is_hint=not passes_it_on,
    )


def _refresher(base: Base, sessions: Sessions) -> Refresher:
    """Return what renews sessions, in turns with the other processes that share them."""
    turns: Turns = alone
    if base.shared is not None:
        from sidegate.app.shared_sessions import turns_of  # noqa: PLC0415 - few gates need it

        turns = turns_of(base, base.shared, cast("SharedStore", sessions))
    return Refresher(
        base.providers,
        base.clock,
        base.spawn,
        turns=turns,
        on_renewed=base.observation.refreshed,
        on_error=base.observation.refresh_failed,
        on_incomplete=base.observation.refresh_incomplete,
    )


def _gate(
    base: Base,
    sessions: Sessions,
    trust: Trust,
    routes: Routes,
    rules: Rules,
    cors: Cors,
    passwords: PasswordParts | None,
) -> Gate:
    """Return what decides about every request by its session."""
    settings = base.settings
    return Gate(
        store=sessions,
        refresher=_refresher(base, sessions),
        trust=trust,
        routes=routes,
        rules=rules,
        clock=base.clock,
        cookie_refresh=settings.cookie.cookie_refresh,
        idle_timeout=settings.cookie.session_idle_timeout,
        sources=() if passwords is None else (passwords.basic_auth.find,),
        lists=(lambda _: False) if passwords is None else passwords.accounts.lists,
        opens=None if cors.by_gate else cors.is_preflight,
        on_ruling=Rulings(base.observation, base.clock, account_path(settings)),
        on_lost=base.observation.refresh_failed,
    )


def _watch_streams(
    base: Base,
    sessions: Sessions,
    gate: Gate,
    way_in: Admits,
    passwords: PasswordParts | None,
) -> None:
    """Let what stays open end with the session of whoever opened it."""
    sessions.on_used, sessions.on_ended = base.streams.used, base.streams.ended
    base.streams.judge = Recheck(
        store=sessions,
        way_in=way_in,
        judge=gate.judge_again,
        lists=(lambda _: False) if passwords is None else passwords.accounts.lists,
        clock=base.clock,
    )


def _with_tokens(base: Base, rules: Rules, gate: Gate) -> Admits:
    """Return the one way in: `gate`, and before it what looks for tokens, where that is on."""
    if base.tokens is None:
        return gate
    from sidegate.app.tokens import token_gate  # noqa: PLC0415 - few gates need it

    return token_gate(base, base.tokens, rules, gate)


def _rules(base: Base) -> Rules:
    access = base.settings.access
    rules = rules_of(access)
    if access.authenticated_emails_file:
        base.watched.append(watch_emails(access.authenticated_emails_file, rules))
    if base.config_file is not None:
        base.watched.append(watch_config(base.config_file, base.settings, rules))
    return rules


def _forgery(base: Base, sessions: Sessions, returns: ReturnUrls) -> ForgeryGuard | None:
    access = base.settings.access
    if not access.csrf_protect_upstream:
        return None
    return ForgeryGuard(
        returns.whitelist,
        is_exempt=Routes(access.csrf_exempt_routes, ()).is_public,
        has_session=lambda cookies: sessions.opens(cookies, base.clock()),
    )


def _token_field(base: Base) -> IdentityTokenField | None:
    """Return what signs identity tokens, where an option asks for them."""
    if not base.settings.headers.pass_identity_token:
        return None
    from sidegate.app.identity_tokens import token_field  # noqa: PLC0415 - few gates need it

    return token_field(base)


def _passwords(base: Base) -> PasswordParts | None:
    if not base.settings.password.htpasswd_file:
        return None
    from sidegate.app.passwords import PasswordParts  # noqa: PLC0415 - see above

    parts = PasswordParts(base.settings, base.observation, base.clock, base.spawn)
    base.watched.append(parts.accounts.watched())
    return parts


def _sign_in(
    base: Base,
    sessions: Sessions,
    attempts: Attempts,
    rules: Rules,
    returns: ReturnUrls,
    pages: Pages,
    passwords: PasswordParts | None,
) -> SignIn:
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


def _logouts(base: Base, sessions: Sessions) -> tuple[Row, ...]:
    """Return where providers say who signed out, as far as that is turned on."""
    if not is_told_of_logouts(base.settings):
        return ()
    from sidegate.app.logouts import logout_endpoints  # noqa: PLC0415 - few gates need it

    return logout_endpoints(base, sessions)


def is_told_of_logouts(settings: Settings) -> bool:
    """Say whether a provider may end sessions, so that they keep its name for them (`sid`)."""
    return settings.logout.backchannel_logout or settings.logout.frontchannel_logout


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


def _endpoints(
    base: Base,
    way_in: Admits,
    sign_in: SignIn,
    identity: IdentityHeaders,
    token_field: IdentityTokenField | None,
    pages: Pages,
    forgery: ForgeryGuard | None,
    account: tuple[Row, ...],
) -> Endpoints:
    server = base.settings.server
    keys: tuple[Row, ...] = ()
    if token_field is not None:
        keys = ((f"{server.proxy_prefix}/jwks", (b"GET", b"HEAD"), token_field.key_set),)
    admit: Admit = lambda exchange: way_in.admit(exchange, *asked_for(exchange))  # noqa: E731 - typed
    return Endpoints(
        prefix=server.proxy_prefix,
        ping_path=server.ping_path,
        ping_user_agent=server.ping_user_agent,
        ready_path=server.ready_path,
        unready=base.unready,
        away=lambda: providers_away(base.providers),
        admit=admit,
        begin=sign_in.begin,
        callback=sign_in.callback,
        sign_in_page=sign_in.page,
        sign_out=sign_in.sign_out,
        forward_auth=ForwardAuth(
            admit=admit,
            response_headers=identity.answer_fields,
            forgery=forgery,
            token_field=token_field,
        ),
        pages=pages,
        failures=sign_in.failures,
        others=(*sign_in.logouts, *keys, *account),
    )


def request_ids(seed: bytes) -> Callable[[], str]:
    """Return a maker of ids that are unique in all processes: a random part and a count.

    Unlike a random UUID it costs no system call per request; it is a name, not a secret.
    """
    prefix = seed.hex()
    counter = itertools.count(1)
    return lambda: f"{prefix}{next(counter):08x}"
