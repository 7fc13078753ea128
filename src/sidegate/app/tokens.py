"""The parts that let programs in with a token, imported only where an option asks for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sidegate.app.base import Base
from sidegate.app.providers import Connected, calls_over
from sidegate.config.settings import Settings
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import Clock, Fetch, TokenVerifier
from sidegate.frontends.admit import Gate
from sidegate.frontends.admit_by_token import TokenGate
from sidegate.gate.rules import Rules
from sidegate.observe.provider_calls import ProviderCalls
from sidegate.providers.bearer import build
from sidegate.providers.extra_issuer import ExtraIssuer
from sidegate.providers.oidc import OidcProvider
from sidegate.session.codec import Keep
from sidegate.stores.bearer import BearerSessions


@dataclass(frozen=True, slots=True)
class ConnectedIssuer:
    """An issuer of `extra_jwt_issuers`, and what calls to it came to."""

    provider: ExtraIssuer
    calls: ProviderCalls


def verifier(
    settings: Settings, connected: Sequence[Connected], clock: Clock
) -> tuple[TokenVerifier, list[ConnectedIssuer]]:
    """Return what verifies tokens, and the issuers that have to be discovered for it.

    Raises ConfigurationError where no provider signs tokens.
    """
    able = [(one.provider, one) for one in connected if isinstance(one.provider, OidcProvider)]
    if not able:
        kinds = ", ".join(one.settings.provider for one in connected)
        raise ConfigurationError([f"provider {kinds}: signs no tokens for programs"])
    (provider, first), *further = able
    calls: dict[str, ProviderCalls] = {}

    def fetch_of(issuer: str) -> Fetch:
        """Return calls that trust whom those to the first provider trust, counted apart."""
        calls[issuer], fetch = calls_over(first.fetcher, clock)
        return fetch

    tokens, others = build(
        provider,
        first.settings,
        settings.bearer,
        first.fetch,
        clock,
        asyncio.Lock,
        [one for one, _ in further],
        fetch_of=fetch_of,
    )
    return tokens, [ConnectedIssuer(other, calls[other.issuer]) for other in others]


def token_gate(base: Base, tokens: TokenVerifier, rules: Rules, gate: Gate) -> TokenGate:
    """Return what looks for tokens before `gate` looks for cookies."""
    settings, headers = base.settings, base.settings.headers
    bearers = BearerSessions(
        tokens,
        settings.bearer,
        base.clock,
        base.spawn,
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
