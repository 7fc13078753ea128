"""The parts that sign identity tokens, imported only where an option asks for them."""

from sidegate.app.base import Base
from sidegate.frontends.identity_token import IdentityTokenField
from sidegate.oidc.identity_token import SEED_BYTES, IdentityTokens


def token_field(base: Base) -> IdentityTokenField:
    """Return what makes the field; its keys follow the ring of the gate's secrets."""
    settings = base.settings.headers
    lifetime = settings.identity_token_lifetime
    tokens = IdentityTokens(settings.identity_token_issuer, lifetime)
    made = IdentityTokenField(
        tokens, base.clock, audience=settings.identity_token_audience, lifetime=lifetime
    )

    def take() -> None:
        tokens.take(*base.ring.derived("identity-token", SEED_BYTES))
        made.forget()

    take()
    base.ring.on_change(take)
    return made
