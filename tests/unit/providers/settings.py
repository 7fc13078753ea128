"""Provider settings for tests."""

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import NODEFAULT
from msgspec.structs import fields

from sidegate.config.options import OPTIONS
from sidegate.config.settings import ProviderSettings
from sidegate.core.ports import Clock, Fetch
from sidegate.core.secret import Secret
from sidegate.providers.credentials import Credentials, ReadFile
from tests.unit.providers.script import Turn

ISSUER = "https://idp.example"
Made = TypeVar("Made")

OF_OPTIONS = {row.key: row.default for row in OPTIONS}
RESOLVED: dict[str, Any] = {
    "id": "oidc",
    "client_id": "gate",
    "client_secret": Secret("canary-client-secret"),
    "oidc_issuer_url": ISSUER,
    "jwt_key": None,
    "github_token": Secret(""),
    "google_service_account": None,
}


def provider_settings(**changes: Any) -> ProviderSettings:
    """Return settings as the defaults make them, with changes."""
    names = [f.name for f in fields(ProviderSettings) if f.default is NODEFAULT]
    values = {name: OF_OPTIONS.get(name) for name in names}
    return ProviderSettings(**{**values, **RESOLVED, **changes})


def made(
    kind: Callable[..., Made],
    settings: ProviderSettings,
    fetch: Fetch,
    clock: Clock,
    *,
    needs_groups: bool = False,
) -> Made:
    """Return a provider of this kind, not discovered yet."""
    return kind(
        settings,
        fetch,
        clock,
        credentials=credentials(settings, clock),
        needs_groups=needs_groups,
        turn=Turn(),
    )


def no_file(path: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", path)


def credentials(
    settings: ProviderSettings, clock: Clock = lambda: 0.0, read_file: ReadFile = no_file
) -> Credentials:
    """Return what a gate with these settings shows; its randomness is a row of the same bytes."""
    return Credentials(settings, clock, lambda size: b"\x07" * size, read_file)
