"""A desk at which a configuration is handed in: flags, variables, a TOML file, other files."""

from collections.abc import Mapping

import pytest

from sidegate.config.load import Loaded, load
from sidegate.core.errors import ConfigurationError

SECRET = "raw bytes, with spaces: 32 chars"


class Desk:
    """Starts from a configuration that is right; what a test hands in is added to it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {
            "cookie-secret": SECRET.encode(),
            "client-secret": b"s3cret\n",
        }
        self.base: dict[str, str] = {
            "--client-id": "app",
            "--upstream": "http://127.0.0.1:8080/app/",
            "--client-secret-file": "client-secret",
            "--cookie-secret-file": "cookie-secret",
            "--oidc-issuer-url": "https://login.test",
            "--email-domain": "example.com",
        }

    def read_file(self, path: str) -> bytes:
        """Return a file of the desk, or fail as the system does."""
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory")
        return self.files[path]

    def without(self, *flags: str) -> "Desk":
        """Leave flags of the right configuration out."""
        self.base = {name: value for name, value in self.base.items() if name not in flags}
        return self

    def load(
        self, *flags: str, env: Mapping[str, str] | None = None, toml: str | None = None
    ) -> Loaded:
        """Load the right configuration and what is added to it."""
        argv = [f"{name}={value}" for name, value in self.base.items()]
        if toml is not None:
            self.files["gate.toml"] = toml.encode()
            argv.append("--config=gate.toml")
        return load([*argv, *flags], env or {}, self.read_file)

    def mistakes(
        self, *flags: str, env: Mapping[str, str] | None = None, toml: str | None = None
    ) -> list[str]:
        """Return the mistakes, none where it loads."""
        try:
            self.load(*flags, env=env, toml=toml)
        except ConfigurationError as error:
            return error.mistakes
        return []

    def mistake(
        self, *flags: str, env: Mapping[str, str] | None = None, toml: str | None = None
    ) -> str:
        """Return the one mistake there has to be."""
        (only,) = self.mistakes(*flags, env=env, toml=toml)
        return only


@pytest.fixture
def desk() -> Desk:
    """Return a desk with a configuration that is right."""
    return Desk()
