"""The parts that let providers end sessions, imported only where an option asks for them."""

from sidegate.app.base import Base
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import LogoutVerifier
from sidegate.frontends.endpoints import Row
from sidegate.login.ports import ReplayStore, SessionStore
from sidegate.stores.replays import Replays, SharedReplays


def logout_endpoints(base: Base, sessions: SessionStore) -> tuple[Row, ...]:
    """Return the endpoints that are turned on. Raises ConfigurationError for a mute provider."""
    options, prefix = base.settings.logout, base.settings.server.proxy_prefix
    on_event = base.observation.sign_in
    providers = [one for one in base.providers if isinstance(one, LogoutVerifier)]
    if not providers:
        names = ", ".join(one.id for one in base.providers)
        mute = f"sign-out at the provider: {names} never says who signed out"
        remedy = "  Remove --backchannel-logout and --frontchannel-logout."
        raise ConfigurationError([f"{mute}\n{remedy}"])
    rows: list[Row] = []
    if options.backchannel_logout:
        from sidegate.login.backchannel_logout import BackchannelLogout

        back = BackchannelLogout(
            providers=providers,
            sessions=sessions,
            replays=_replays(base),
            on_event=on_event,
        )
        rows.append((f"{prefix}/backchannel-logout", (b"POST",), back.answer))
    if options.frontchannel_logout:
        from sidegate.login.frontchannel_logout import (
            FrontchannelLogout,
        )

        front = FrontchannelLogout(
            providers=providers, sessions=sessions, clock=base.clock, on_event=on_event
        )
        rows.append((f"{prefix}/frontchannel-logout", (b"GET",), front.answer))
    return tuple(rows)


def _replays(base: Base) -> ReplayStore:
    """Return what knows logout tokens again, wherever they were sent before."""
    if base.shared is None:
        return Replays(base.clock)
    return SharedReplays(base.shared.records, base.shared.prefix)
