"""What the gate shows at endpoints of a provider to prove who it is, made anew for each call."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ProviderUnavailable
from sidegate.core.ports import Clock, Randomness
from sidegate.core.secret import Secret
from sidegate.oidc.token_endpoint import Client

if TYPE_CHECKING:  # only a gate with a private key pays for signing
    from sidegate.oidc.client_assertion import AssertionKey

ReadFile = Callable[[str], bytes]
"""Returns the content of a file by its path. Raises OSError."""

_MOST_BYTES: Final = 16 * 1024


class Credentials:
    """One client at one provider: its secret, its key, or the file of its assertion."""

    def __init__(
        self,
        settings: ProviderSettings,
        clock: Clock,
        randomness: Randomness,
        read_file: ReadFile,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._randomness = randomness
        self._read_file = read_file
        self._secret = settings.client_secret
        self._key = _key_of(settings)

    def take_secret(self, secret: Secret[str]) -> None:
        """Show this client secret from now on."""
        self._secret = secret

    def client(
        self,
        *,
        audience: str,
        methods: tuple[str, ...] = (),
        algorithms: tuple[str, ...] = (),
    ) -> Client:
        """Return who we are, for one call.

        `audience`: whom an assertion is for. `methods`, `algorithms`: what the endpoint supports,
        empty when unknown. Raises ProviderUnavailable when the file of an assertion cannot be read.
        """
        settings = self._settings
        if settings.token_endpoint_auth_method:
            methods = (settings.token_endpoint_auth_method,)
        assertion = self._assertion(audience, algorithms)
        return Client(settings.client_id, self._secret, methods, assertion)

    def _assertion(self, audience: str, algorithms: tuple[str, ...]) -> Secret[str] | None:
        settings = self._settings
        if self._key is not None:
            return self._key.assertion(
                client_id=settings.client_id,
                audience=settings.client_assertion_audience or audience,
                offered=algorithms,
                jti=self._randomness(16),
                now=self._clock(),
            )
        if settings.client_assertion_file:
            return self._read_assertion(settings.client_assertion_file)
        return None

    def _read_assertion(self, path: str) -> Secret[str]:
        """Return the token of the file as it is now: whoever renews it does so at any time."""
        try:
            text = self._read_file(path).strip()
        except OSError as error:
            why = error.strerror or "failed"
            raise ProviderUnavailable(f"client_assertion_file cannot be read: {why}") from None
        if not text or len(text) > _MOST_BYTES or not text.isascii():
            raise ProviderUnavailable("client_assertion_file holds no token")
        return Secret(text.decode("ascii"))


def _key_of(settings: ProviderSettings) -> "AssertionKey | None":
    if settings.jwt_key is None:
        return None
    from sidegate.oidc.client_assertion import AssertionKey  # noqa: PLC0415 - few sign

    return AssertionKey(
        settings.jwt_key, settings.jwt_key_id, settings.token_endpoint_auth_signing_alg
    )
