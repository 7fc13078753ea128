"""The parts of one gate, put together from the settings. Top to bottom, each on those before."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from sidegate.app.account import account_path
from sidegate.app.base import Base
from sidegate.app.branding import brand_of
from sidegate.app.config_file import watch_config
from sidegate.app.people import watch_emails
from sidegate.app.rules import Rulings, routes_of, rules_of
from sidegate.app.sessions import keeper, refresher_of, stores_of
from sidegate.app.sign_in import SignIn, sign_in_of
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
from sidegate.login.forgery import ForgeryGuard
from sidegate.login.return_url import ReturnUrls, Whitelist
from sidegate.login.websocket_origin import is_allowed_origin
from sidegate.pages.render import Pages

if TYPE_CHECKING:  # what few gates need
    from sidegate.app.passwords import PasswordParts
    from sidegate.app.sessions import Sessions
    from sidegate.frontends.identity_token import IdentityTokenField


def build(base: Base) -> tuple[ReverseProxy, Refusals]:
    """Return the handler of every request, and what answers errors."""
    settings = base.settings
    sessions, attempts = stores_of(base)
    trust, rules, routes = Trust(settings.trust), _rules(base), routes_of(settings)
    login, prefix = settings.login, settings.server.proxy_prefix
    returns = ReturnUrls(
        Whitelist(login.whitelist_domains), prefix, login.redirect_url, trust.uri_field
    )
    pages = Pages(prefix, brand_of(settings.pages, prefix, base.observation.redactor))
    passwords = _passwords(base)
    sign_in = sign_in_of(base, sessions, attempts, rules, returns, pages, passwords)
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
    account = _account(base, way_in, sessions, refusals, sign_in, pages)
    admit: Admit = lambda exchange: way_in.admit(exchange, *asked_for(exchange, trust))  # noqa: E731 - typed
    forward_auth = ForwardAuth(
        admit=admit,
        trust=trust,
        response_headers=identity.answer_fields,
        forgery=forgery,
        token_field=token_field,
    )
    proxy = ReverseProxy(
        settings.upstream,
        trust=trust,
        gate=way_in,
        identity=identity,
        endpoints=_endpoints(base, admit, sign_in, forward_auth, token_field, pages, account),
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
        refresher=refresher_of(base, sessions),
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
    from sidegate.app.tokens import token_gate

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
    from sidegate.app.identity_tokens import token_field

    return token_field(base)


def _passwords(base: Base) -> PasswordParts | None:
    """Return what knows the users of a file and signs them in, where there is such a file."""
    if not base.settings.password.htpasswd_file:
        return None
    from sidegate.app.passwords import PasswordParts

    parts = PasswordParts(base.settings, base.observation, base.clock, base.spawn)
    base.watched.append(parts.accounts.watched())
    return parts


def _account(
    base: Base,
    way_in: Admits,
    sessions: Sessions,
    refusals: Refusals,
    sign_in: SignIn,
    pages: Pages,
) -> tuple[Row, ...]:
    """Return where people see what is held about them, as far as that is turned on."""
    if not base.settings.account.account_page:
        return ()
    from sidegate.app.account import account_endpoint

    keep = keeper(base.settings)
    return (account_endpoint(base, way_in, sessions, keep, refusals, sign_in.failures, pages),)


def _endpoints(
    base: Base,
    admit: Admit,
    sign_in: SignIn,
    forward_auth: ForwardAuth,
    token_field: IdentityTokenField | None,
    pages: Pages,
    account: tuple[Row, ...],
) -> Endpoints:
    server = base.settings.server
    keys: tuple[Row, ...] = ()
    if token_field is not None:
        keys = ((f"{server.proxy_prefix}/jwks", (b"GET", b"HEAD"), token_field.key_set),)
    return Endpoints(
        prefix=server.proxy_prefix,
        ping_path=server.ping_path,
        ping_user_agent=server.ping_user_agent,
        ready_path=server.ready_path,
        health=base.health,
        admit=admit,
        begin=sign_in.begin,
        callback=sign_in.callback,
        sign_in_page=sign_in.page,
        sign_out=sign_in.sign_out,
        forward_auth=forward_auth,
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
