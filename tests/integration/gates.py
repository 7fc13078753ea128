"""A real gate: `sidegate serve` as a child process on a free port."""

import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.integration.people import Person
from tests.integration.processes import LOOPBACK, Process, listens
from tests.integration.providers import Client, answers
from tests.integration.wire import Wire

# Nothing listens at port 1; whoever signs nobody in needs no identity provider.
NOBODY = Client(f"http://{LOOPBACK}:1", "gate", "canary-client-secret-of-nobody")

OF_PROVIDER = {"--provider", "--oidc-issuer-url", "--client-id", "--client-secret-file"}


@dataclass
class Gate:
    """A gate that runs. `canaries` are secrets that must not appear in what it prints."""

    port: int
    process: Process
    client: Client
    canaries: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The address people open."""
        return f"http://{LOOPBACK}:{self.port}"

    def wire(self, timeout: float = 20) -> Wire:
        """Return a raw connection to it."""
        return Wire(self.port, timeout=timeout)

    def person(self, name: str) -> Person:
        """Return somebody with a browser of their own, whose secrets become canaries."""
        person = Person(name, self.url)
        person.seen = self.canaries
        return person

    def wait_ready(self) -> None:
        """Return when people can sign in."""
        self.process.wait_until(lambda: answers(f"{self.url}/ready"), 20, "the gate to be ready")

    def end(self) -> None:
        """Stop it and check that it went in order and kept its secrets."""
        code = self.process.end()
        output = self.process.output
        self.process.forget()
        assert code == 0, f"ended with {code}:\n{output}"
        assert "Traceback" not in output, output
        told = {canary for canary in self.canaries if canary in output}
        assert told == set(), f"printed secrets:\n{output}"


def start_gate(
    folder: Path, port: int, client: Client, flags: tuple[str, ...], output: int | None = None
) -> Gate:
    """Start a gate with its own secrets in `folder`; it listens when this returns.

    `output`: the descriptor that is its standard output, instead of a file of its own.
    """
    cookie_secret = secrets.token_urlsafe(32)
    (folder / "client-secret").write_text(client.client_secret)
    (folder / "cookie-secret").write_text(cookie_secret)
    given = {flag.partition("=")[0] for flag in flags}
    own = [
        f"--http-address={LOOPBACK}:{port}",
        "--provider=oidc",
        f"--oidc-issuer-url={client.issuer}",
        f"--client-id={client.client_id}",
        f"--client-secret-file={folder / 'client-secret'}",
        f"--cookie-secret-file={folder / 'cookie-secret'}",
        "--cookie-secure=false",
        "--email-domain=example.com",
        "--drain-delay=0s",
    ]
    if _has_tables(flags):
        given |= OF_PROVIDER
    if not client.client_secret:  # it proves who it is in another way
        given.add("--client-secret-file")
    used = [flag for flag in own if flag.partition("=")[0] not in given]
    command = [sys.executable, "-m", "sidegate", "serve", *used, *flags]
    gate = Gate(
        port, Process(command, output=output), client, {client.client_secret, cookie_secret} - {""}
    )
    gate.process.wait_until(lambda: _is_open(flags, port), 20, "the gate to listen")
    return gate


def _has_tables(flags: tuple[str, ...]) -> bool:
    """Say whether a configuration file says which providers there are."""
    files = [flag.removeprefix("--config=") for flag in flags if flag.startswith("--config=")]
    return any("[[providers]]" in Path(file).read_text() for file in files)


def _is_open(flags: tuple[str, ...], port: int) -> bool:
    for flag in flags:
        name, _, value = flag.partition("=")
        if name == "--http-address" and value.startswith("unix:"):
            return Path(urlsplit(value).path.partition(",")[0]).exists()
        if name == "--https-address":
            return listens(int(value.rpartition(":")[2]))
    return listens(port)
