"""The parts that let programs in with a token, imported only where an option asks for it."""

from sidegate.app.base import Base
from sidegate.core.ports import TokenVerifier
from sidegate.frontends.admit import Gate
from sidegate.frontends.admit_by_token import TokenGate
from sidegate.gate.rules import Rules
from sidegate.session.codec import Keep
from sidegate.stores.bearer import BearerSessions


def token_gate(base: Base, tokens: TokenVerifier, rules: Rules, gate: Gate) -> TokenGate:
    """Return what looks for tokens before `gate` looks for cookies."""
    settings, headers = base.settings, base.settings.headers
    bearers = BearerSessions(
        tokens,
        settings.bearer,
        base.clock,
        base.spawn,
        provider=base.provider.id,
        keep=Keep(
            access_token=headers.pass_access_token,
            id_token=headers.pass_authorization_header or headers.set_authorization_header,
        ),
        email_from_subject=not rules.need_email,
    )
    return TokenGate(
        gate,
        bearers,
        clock=base.clock,
        takes_passwords=bool(settings.password.htpasswd_file),
        falls_back=settings.bearer.bearer_token_login_fallback,
        on_event=base.observation.sign_in,
    )
