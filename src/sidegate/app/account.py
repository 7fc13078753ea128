"""The parts of the page on which people see what is held about them, where that page is on."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from sidegate.app.base import Base
from sidegate.config.settings import Settings
from sidegate.core.identity import Session
from sidegate.login.device import NameDevice, device_of, no_name
from sidegate.session.codec import Keep, decode_session, encode_session

if TYPE_CHECKING:
    from sidegate.frontends.account import Send
    from sidegate.frontends.admit import Admits
    from sidegate.frontends.endpoints import Row
    from sidegate.frontends.refusals import Refusals
    from sidegate.login.failure import Failures
    from sidegate.pages.render import Pages
    from sidegate.stores.everywhere import Everywhere
    from sidegate.stores.shared import SharedStore


def naming(settings: Settings) -> NameDevice:
    """Return what names browsers: nothing, where nobody is shown where they are signed in."""
    is_shown = settings.account.account_page and settings.redis.session_store_type == "redis"
    return device_of if is_shown else no_name


def account_path(settings: Settings) -> str:
    """Return the path of the page, empty where it is off."""
    return f"{settings.server.proxy_prefix}/account" if settings.account.account_page else ""


def account_endpoint(
    base: Base,
    way_in: Admits,
    sessions: object,
    keep: Callable[[str], Keep],
    refusals: Refusals,
    failures: Failures,
    pages: Pages,
) -> Row:
    """Return the endpoint. `sessions`: the store, of which one that is shared is asked."""
    from sidegate.frontends.account import METHODS, Account
    from sidegate.login.form_token import FormTokens
    from sidegate.pages.account import AccountPages

    options, prefix = base.settings.account, base.settings.server.proxy_prefix
    send = _send(base)
    account = Account(
        admit=lambda made: way_in.admit(made, made.head.method, made.head.path),
        refusals=refusals,
        failures=failures,
        providers=base.providers,
        pages=AccountPages(
            pages, prefix, erasure_link=options.erasure_link, takes_requests=send is not None
        ),
        tokens=FormTokens(base.ring.sealer("form"), base.clock),
        as_kept=lambda session: as_kept(session, keep(session.provider)),
        elsewhere=_elsewhere(base, sessions),
        send=send,
        clock=base.clock,
        on_event=base.observation.sign_in,
    )
    return account_path(base.settings), METHODS, account.answer


def as_kept(session: Session, keep: Keep) -> Session:
    """Return what a store makes of a session: one just renewed still has what is not kept."""
    return decode_session(encode_session(session, keep)) or session


def _send(base: Base) -> Send | None:
    options = base.settings.account
    if not options.erasure_request_url:
        return None
    from sidegate.login.erasure import ErasureRequests, Webhook
    from sidegate.net.fetch import Fetcher

    return ErasureRequests(
        Webhook(options.erasure_request_url, options.erasure_request_secret),
        fetch=Fetcher(ssl.create_default_context),
        clock=base.clock,
        randomness=os.urandom,
    ).send


def _elsewhere(base: Base, sessions: object) -> Everywhere | None:
    if base.shared is None:
        return None
    from sidegate.stores.everywhere import Everywhere

    timeout = base.settings.cookie.session_idle_timeout
    return Everywhere(cast("SharedStore", sessions), timeout)
