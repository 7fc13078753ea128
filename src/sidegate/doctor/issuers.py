"""Whether the issuers whose tokens programs bring can be asked for their keys."""

from __future__ import annotations

import asyncio

from sidegate.app.providers import connect
from sidegate.core.errors import ConfigurationError, ProviderError
from sidegate.doctor.finding import Finding, fine, problem
from sidegate.doctor.scene import Scene
from sidegate.providers.extra_issuer import ExtraIssuer


async def check_issuers(scene: Scene) -> list[Finding]:
    """Discover every further issuer (`extra_jwt_issuers`), where programs may bring tokens."""
    if not scene.settings.bearer.skip_jwt_bearer_tokens:
        return []
    from sidegate.app.tokens import verifier  # noqa: PLC0415 - few gates take tokens

    try:
        _, issuers = verifier(scene.settings, connect(scene.settings, scene.clock), scene.clock)
    except ConfigurationError as error:
        return [problem("issuer_unreachable", "; ".join(error.mistakes))]
    return await asyncio.gather(*(_look(one.provider) for one in issuers))


async def _look(issuer: ExtraIssuer) -> Finding:
    try:
        await issuer.discover()
    except ProviderError as error:
        return problem("issuer_unreachable", str(error), issuer.issuer)
    return fine("issuer", "its keys are known", issuer.issuer)
