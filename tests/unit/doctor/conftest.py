"""A scene: a configuration that is right, with what a test adds to it."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sidegate.config.load import load
from sidegate.doctor.scene import Scene, scene_of

MakeScene = Callable[..., Scene]
BASE = {
    "--upstream": "http://127.0.0.1:8080",
    "--oidc-issuer-url": "https://login.test",
    "--client-id": "app",
    "--client-secret-file": "client",
    "--cookie-secret-file": "cookie",
    "--email-domain": "example.com",
}


@pytest.fixture
def make_scene(tmp_path: Path) -> MakeScene:
    """Return what makes a scene from further flags; its secrets are files that only we may read."""

    def make(*flags: str, url: str = "", without: Iterable[str] = ()) -> Scene:
        given = {*without, *(flag.partition("=")[0] for flag in flags)}
        for name in ("client", "cookie"):
            (tmp_path / name).write_text("raw bytes, with spaces: 32 chars")
            (tmp_path / name).chmod(0o600)
        files = {"client", "cookie"}
        base = [
            f"{name}={tmp_path / value if value in files else value}"
            for name, value in BASE.items()
            if name not in given
        ]
        loaded = load([*base, *flags], {}, lambda path: Path(path).read_bytes())
        return scene_of(loaded, url)

    return make
