"""What the demo is made of: addresses, accounts, secrets on disk, the command of each process."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can be tried at the test identity provider."""

    subject: str
    email: str
    name: str
    groups: tuple[str, ...]
    outcome: str

    def claims(self) -> str:
        """Return the claims as the JSON text the identity provider takes."""
        return json.dumps(
            {
                "sub": self.subject,
                "email": self.email,
                "email_verified": True,
                "name": self.name,
                "preferred_username": self.subject,
                "groups": self.groups,
            }
        )


ACCOUNTS = (
    Account("alice", "alice@example.com", "Alice Ames", ("engineering", "admins"), "gets in"),
    Account("bob", "bob@partner.example", "Bob Berg", ("partners",), "is refused: other domain"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the three processes listen, and the folder that holds their files."""

    folder: Path
    port: int
    application_port: int
    provider_port: int

    @classmethod
    @contextmanager
    def build(cls, port: int) -> Iterator[Stage]:
        """Choose ports, write configuration and secrets; all is removed at the end.

        `port`: where the gate should listen; another one is taken when it is not free.
        """
        with TemporaryDirectory(prefix="sidegate-demo-") as folder:
            ports = [free_port(wanted) for wanted in (port, 8080, 9400)]
            stage = cls(Path(folder), *ports)
            stage.write_files()
            yield stage

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def application_url(self) -> str:
        """The application itself, which only this machine can reach."""
        return f"http://{LOOPBACK}:{self.application_port}"

    @property
    def issuer(self) -> str:
        """The identity provider."""
        return f"http://{LOOPBACK}:{self.provider_port}"

    def write_files(self) -> None:
        """Write the secrets, readable by nobody else, and the configuration that names them."""
        write_secret(self.folder / "client-secret", secrets.token_urlsafe(32))
        write_secret(self.folder / "cookie-secret", secrets.token_urlsafe(32))
        (self.folder / "sidegate.toml").write_text(self.configuration(), encoding="utf-8")

    def configuration(self) -> str:
        """Return the gate's configuration file."""
        # A JSON string is a TOML string, so a folder with quotes or backslashes survives.
        return f"""\
http_address = "{LOOPBACK}:{self.port}"
upstreams = ["{self.application_url}"]
provider = "oidc"
provider_display_name = "the test identity provider"
oidc_issuer_url = "{self.issuer}"
scope = "openid email profile"
client_id = "sidegate-demo"
client_secret_file = {json.dumps(str(self.folder / "client-secret"))}
cookie_secret_file = {json.dumps(str(self.folder / "cookie-secret"))}
email_domains = ["example.com"]
cookie_secure = false    # plain http, on this machine only
drain_delay = "0s"       # nobody balances load here
silence_ping_logging = true
"""

    def gate_command(self) -> list[str]:
        """Return the command that starts the gate."""
        return [sys.executable, "-m", "sidegate", "serve", f"--config={self.folder}/sidegate.toml"]

    def application_command(self) -> list[str]:
        """Return the command that starts the example application."""
        return [sys.executable, "-m", "sidegate.demo.application", str(self.application_port)]

    def provider_command(self) -> list[str]:
        """Return the command that starts the identity provider."""
        claims = [f"--user-claims={account.claims()}" for account in ACCOUNTS]
        port = f"--port={self.provider_port}"
        return [sys.executable, "-m", "oidc_provider_mock", f"--host={LOOPBACK}", port, *claims]


def write_secret(path: Path, text: str) -> None:
    """Write a new file that only its owner can read, from its first moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)


def free_port(wanted: int) -> int:
    """Return `wanted` when nobody listens there on loopback, else a port that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            # As servers do it: a port whose last connections linger is free all the same.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on loopback")
