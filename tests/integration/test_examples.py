"""The applications in examples/ run behind a real gate and use its headers the right way."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.integration.processes import LOOPBACK, Process, free_port, listens
from tests.parts import ROOT, TOOLS

pytestmark = [pytest.mark.needs("oidc-provider"), pytest.mark.needs("examples")]

EXAMPLES, PARTS = ROOT / "examples", TOOLS / "examples"
TOKENS = (
    "--pass-identity-token",
    "--identity-token-issuer=https://gate.example.com/oauth2",
    "--identity-token-audience=https://app.example.com",
)
OPEN = "--skip-auth-route=GET=^/health$"
SPOOFED = {"X-Auth-Request-Email": "alice@example.com", "X-Auth-Request-User": "alice"}


def command_of(name: str, folder: Path) -> list[str]:
    """Return how an example is started; Node looks for packages beside the program."""
    if name == "express":
        shutil.copy(EXAMPLES / "express" / "server.mjs", folder)
        with suppress(FileExistsError):
            (folder / "node_modules").symlink_to(PARTS / "express" / "node_modules")
        return ["node", str(folder / "server.mjs")]
    if name == "go":
        return [str(PARTS / "go-example")]
    return [str(PARTS / "venv" / "bin" / "python"), str(EXAMPLES / name / "app.py")]


@dataclass
class Example:
    """An application that runs, and where it is."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        """The address that only the gate should know."""
        return f"http://{LOOPBACK}:{self.port}"


@pytest.fixture
def start(tmp_path):
    """Start examples; they are stopped when the test is over."""
    started = []

    def run(name, port=None, **environment):
        port = port or free_port()
        environment = {"PORT": str(port), "ADMINS": "alice@example.com", **environment}
        process = Process(command_of(name, tmp_path), **environment)
        started.append(process)
        process.wait_until(lambda: listens(port), 30, f"{name} to listen")
        return Example(port, process)

    yield run
    for process in started:
        process.end()
        process.forget()


def visit(opened, name):
    """Sign somebody in; return what they see of the start page and of the panel."""
    with opened.person(name) as person:
        person.sign_in()
        home, panel = person.get("/"), person.get("/admin")
        return (home.status_code, home.text), (panel.status_code, panel.text)


@pytest.mark.parametrize("name", ["flask", "fastapi", "express", "go"])
def test_an_administrator_gets_in_and_others_do_not(name, start, gate, oidc_provider):
    example = start(name)
    everybody = "--email-domain=*"
    opened = gate(OPEN, everybody, f"--upstream={example.url}", idp=oidc_provider)
    home, panel = visit(opened, "alice")
    assert home[0] == 200
    assert "alice" in home[1]
    assert (panel[0], panel[1].strip()) == (200, "Admin Panel")
    home, panel = visit(opened, "bob")
    assert (home[0], panel[0]) == (200, 403)


@pytest.mark.parametrize("name", ["flask", "fastapi", "express", "go"])
def test_nobody_is_let_in_without_an_identity(name, start, gate, oidc_provider):
    example = start(name)
    opened = gate(OPEN, "--skip-auth-route=.", f"--upstream={example.url}", idp=oidc_provider)
    assert httpx.get(f"{opened.url}/health").text.strip() == "ok"
    for path in ("/", "/admin"):
        assert httpx.get(opened.url + path, headers=SPOOFED).status_code == 403


@pytest.mark.parametrize("name", ["fastapi", "express"])
def test_with_tokens_headers_alone_open_nothing(name, start, gate, oidc_provider):
    port = free_port()
    opened = gate(OPEN, *TOKENS, f"--upstream=http://{LOOPBACK}:{port}", idp=oidc_provider)
    believes = {
        "IDENTITY_KEYS": f"{opened.url}/oauth2/jwks",
        "IDENTITY_ISSUER": "https://gate.example.com/oauth2",
        "IDENTITY_AUDIENCE": "https://app.example.com",
    }
    example = start(name, port, **believes)
    home, panel = visit(opened, "alice")
    assert (home[0], panel[0]) == (200, 200)
    direct = httpx.get(f"{example.url}/admin", headers=SPOOFED)
    assert direct.status_code == 403, "whoever reaches the application without the gate"
    other = start(name, **{**believes, "IDENTITY_AUDIENCE": "https://other.example.com"})
    with opened.person("alice") as person:
        person.sign_in()
        token = person.get("/oauth2/auth").headers["x-auth-request-jwt"]
    shown = {"X-Auth-Request-Jwt": token}
    assert httpx.get(f"{example.url}/admin", headers=shown).status_code == 200
    assert httpx.get(f"{other.url}/admin", headers=shown).status_code == 403


def test_the_examples_listen_on_loopback_only():
    for path in EXAMPLES.rglob("*"):
        if path.suffix in {".py", ".mjs", ".go"}:
            assert "127.0.0.1" in path.read_text(), path
    assert os.access(PARTS / "go-example", os.X_OK)
