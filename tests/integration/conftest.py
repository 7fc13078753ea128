"""Real parts for tests: identity providers, an application, gates."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from deploy.image.__main__ import build
from deploy.image.pins import here
from sidegate import __version__
from sidegate.config.load import load
from sidegate.doctor.scene import Scene, scene_of
from tests.integration.containers import Image, unpacked
from tests.integration.gates import NOBODY, Gate, start_gate
from tests.integration.processes import free_port
from tests.integration.providers import Client, Keycloak, OidcProvider
from tests.integration.upstream import Upstream
from tests.parts import missing_reason

EARLY: list[Keycloak] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start Keycloak now when a test will want it: by then its half minute is over."""
    wanted = any(
        "keycloak" in marker.args for item in session.items for marker in item.iter_markers("needs")
    )
    if wanted and not missing_reason("keycloak") and not session.config.option.collectonly:
        EARLY.append(Keycloak())


def pytest_unconfigure() -> None:
    """Stop Keycloak even when no test came to use it."""
    while EARLY:
        EARLY.pop().end()


@pytest.fixture(scope="session")
def keycloak() -> Keycloak:
    """Return a Keycloak that answers."""
    EARLY[0].wait()
    return EARLY[0]


@pytest.fixture(scope="session")
def oidc_provider() -> Iterator[OidcProvider]:
    """Yield an `oidc-provider` that answers."""
    provider = OidcProvider()
    try:
        provider.wait()
        yield provider
    finally:
        provider.end()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of an image that was built here, and its digest."""
    folder = tmp_path_factory.mktemp("image") / "layout"
    return folder, build(folder, here())


@pytest.fixture(scope="session")
def image(built: tuple[Path, str]) -> Image:
    """Return that image as umoci unpacks it."""
    return unpacked(built[0], __version__, built[0].parent / "bundle")


@pytest.fixture
def app() -> Iterator[Upstream]:
    """Yield the application behind the gate."""
    upstream = Upstream()
    yield upstream
    upstream.end()


class StartGate(Protocol):
    """Starts a gate with these flags; at the end of the test it is stopped and checked."""

    def __call__(
        self,
        *flags: str,
        idp: OidcProvider | None = None,
        client: Client = NOBODY,
        output: int | None = None,
        **metadata: Any,
    ) -> Gate:
        """Return a gate that listens; with `idp`, one that people can sign in at.

        `output`: where it writes its logs to, a descriptor. `metadata`: what the gate
        registers of itself there (RFC 7591).
        """


@pytest.fixture
def gate(app: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartGate]:
    """Gates in front of `app`."""
    with ExitStack() as ending:

        def start(
            *flags: str,
            idp: OidcProvider | None = None,
            client: Client = NOBODY,
            output: int | None = None,
            **metadata: Any,
        ) -> Gate:
            port = free_port()
            if idp is not None:
                client = idp.register(f"http://127.0.0.1:{port}", **metadata)
            if not any(flag.startswith("--upstream=") for flag in flags):
                flags = (*flags, f"--upstream={app.url}")
            made = start_gate(tmp_path_factory.mktemp("gate"), port, client, flags, output)
            ending.callback(made.end)
            if client is not NOBODY:
                made.wait_ready()
            return made

        yield start


@pytest.fixture
def doctor_scene(tmp_path: Path) -> Callable[..., Scene]:
    """Make what the doctor looks at, from further flags and the public address."""

    def make(*flags: str, url: str = "") -> Scene:
        for name in ("client", "cookie"):
            (tmp_path / name).write_text("raw bytes, with spaces: 32 chars")
        others = {
            "--client-id": "app",
            "--client-secret-file": tmp_path / "client",
            "--cookie-secret-file": tmp_path / "cookie",
            "--email-domain": "example.com",
            "--oidc-issuer-url": "http://127.0.0.1:1",
            "--upstream": "http://127.0.0.1:1",
        }
        given = {flag.partition("=")[0] for flag in flags}
        own = [f"{name}={value}" for name, value in others.items() if name not in given]
        return scene_of(load([*own, *flags], {}, lambda path: Path(path).read_bytes()), url)

    return make
