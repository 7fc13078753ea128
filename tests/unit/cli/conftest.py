"""A configuration that is right, and a server that only remembers."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture
def flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the flags of a configuration that is right, in an environment without options."""
    for name in list(os.environ):
        if name.startswith("OAUTH2_PROXY_"):
            monkeypatch.delenv(name)
    (tmp_path / "cookie").write_text("x" * 32)
    (tmp_path / "client").write_text("hunter2\n")
    return [
        "--upstream=http://127.0.0.1:8080",
        "--oidc-issuer-url=https://login.test",
        "--client-id=app",
        f"--client-secret-file={tmp_path / 'client'}",
        f"--cookie-secret-file={tmp_path / 'cookie'}",
        "--email-domain=example.com",
    ]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Put a server in place that only remembers what it was to serve."""
    calls: list[object] = []

    def run(settings: object, warnings: list[str], config: str, load: object) -> int:
        calls.append((settings, warnings, config, load))
        return 0

    monkeypatch.setitem(sys.modules, "sidegate.app", SimpleNamespace(run=run))
    return calls
