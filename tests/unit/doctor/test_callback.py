"""Whether the callback leads back here."""

import asyncio
from pathlib import Path

import pytest

from sidegate.doctor.callback import callbacks, check_callback
from tests.unit.doctor.conftest import MakeScene

OF_PROVIDER = ("--oidc-issuer-url", "--client-id", "--client-secret-file")
URL = "https://app.example.com"


@pytest.mark.parametrize(
    ("flags", "severity", "name"),
    [
        ([], "fine", "callback"),
        (["--redirect-url=https://app.example.com/oauth2/callback"], "fine", "callback"),
        (["--redirect-url=https://app.example.com"], "fine", "callback"),
        (["--redirect-url=https://www.example.com"], "problem", "callback_elsewhere"),
        (["--redirect-url=https://app.example.com:8443"], "problem", "callback_elsewhere"),
        (["--redirect-url=https://app.example.com/auth"], "problem", "callback_path"),
        (
            ["--redirect-url=https://app.example.com/oauth2/callback", "--proxy-prefix=/gate"],
            "problem",
            "callback_path",
        ),
    ],
)
def test_a_callback_is_compared_with_the_public_address(
    make_scene: MakeScene, flags: list[str], severity: str, name: str
) -> None:
    (one,) = asyncio.run(check_callback(make_scene(*flags, url=URL)))
    assert (str(one.severity), one.id, one.about) == (severity, name, "oidc")


def test_what_has_to_be_registered_is_told(make_scene: MakeScene) -> None:
    (one,) = asyncio.run(check_callback(make_scene(url=URL)))
    assert one.seen == "register https://app.example.com/oauth2/callback"


def test_the_callback_of_the_configuration_is_public_where_nobody_told_another(
    make_scene: MakeScene,
) -> None:
    scene = make_scene("--redirect-url=https://app.example.com")
    assert dict(callbacks(scene)) == {"oidc": "https://app.example.com/oauth2/callback"}
    assert list(callbacks(make_scene())) == []


def test_each_of_several_providers_has_its_own(make_scene: MakeScene, tmp_path: Path) -> None:
    tables = "".join(
        f"""
[[providers]]
id = "{name}"
oidc_issuer_url = "https://{name}.test"
client_id = "app"
client_secret = "hunter2"
"""
        for name in ("corp", "staff")
    )
    (tmp_path / "gate.toml").write_text(tables)
    scene = make_scene(f"--config={tmp_path / 'gate.toml'}", url=URL, without=OF_PROVIDER)
    assert dict(callbacks(scene)) == {
        "corp": "https://app.example.com/oauth2/callback/corp",
        "staff": "https://app.example.com/oauth2/callback/staff",
    }
    found = asyncio.run(check_callback(scene))
    assert [(str(one.severity), one.about) for one in found] == [
        ("fine", "corp"),
        ("fine", "staff"),
    ]
