"""What others can see or claim."""

import asyncio
from pathlib import Path

import pytest

from sidegate.doctor.exposure import check_exposure
from sidegate.doctor.finding import Finding
from tests.unit.doctor.conftest import MakeScene

Found = set[tuple[str, str, str]]


def told(findings: list[Finding]) -> Found:
    return {(str(one.severity), one.id, one.about) for one in findings}


def test_nothing_is_said_of_what_is_right(make_scene: MakeScene) -> None:
    flags = ("--metrics-address=127.0.0.1:9090", "--reverse-proxy", "--trusted-proxy-ip=10.0.0.7")
    assert told(asyncio.run(check_exposure(make_scene(*flags)))) == {("fine", "exposure", "")}


@pytest.mark.parametrize(
    ("flags", "name", "about"),
    [
        (["--metrics-address=:9090"], "metrics_public", ""),
        (["--metrics-address=10.0.0.1:9090"], "metrics_public", ""),
        (["--reverse-proxy", "--trusted-proxy-ip=10.0.0.0/8"], "proxies_wide", ""),
        (["--reverse-proxy", "--trusted-proxy-ip=fd00::/16"], "proxies_wide", ""),
        (["--cookie-samesite=none"], "weak_option", "flag --cookie-samesite"),
        (["--client-secret=hunter2"], "weak_option", "flag --client-secret"),
    ],
)
def test_what_is_weak_or_open_is_named(
    make_scene: MakeScene, flags: list[str], name: str, about: str
) -> None:
    if flags == ["--client-secret=hunter2"]:
        flags = [*flags, "--client-secret-file="]
    assert ("warning", name, about) in told(asyncio.run(check_exposure(make_scene(*flags))))


def test_a_network_of_a_few_proxies_is_not_wide(make_scene: MakeScene) -> None:
    flags = ("--reverse-proxy", "--trusted-proxy-ip=10.1.0.0/16", "--trusted-proxy-ip=fd00::/64")
    assert told(asyncio.run(check_exposure(make_scene(*flags)))) == {("fine", "exposure", "")}


def test_a_secret_that_everybody_reads_is_named(make_scene: MakeScene, tmp_path: Path) -> None:
    scene = make_scene()
    (tmp_path / "cookie").chmod(0o644)
    (one,) = asyncio.run(check_exposure(scene))
    assert (one.id, one.about) == ("secret_readable", "cookie_secret_file")
    assert "has mode 0644" in one.seen
    assert "raw bytes" not in one.seen


def test_the_key_of_the_metrics_is_a_secret(make_scene: MakeScene, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("a key")
    key.chmod(0o644)
    scene = make_scene(
        "--metrics-secure-address=127.0.0.1:44181",
        f"--metrics-tls-key-file={key}",
        f"--metrics-tls-cert-file={key}",
    )
    (one,) = asyncio.run(check_exposure(scene))
    assert (one.id, one.about) == ("secret_readable", "metrics_tls_key_file")


def test_a_secret_that_is_gone_could_not_be_seen(make_scene: MakeScene, tmp_path: Path) -> None:
    scene = make_scene()
    (tmp_path / "client").unlink()
    assert told(asyncio.run(check_exposure(scene))) == {
        ("unseen", "secret_unread", "client_secret_file")
    }


@pytest.mark.parametrize(("mode", "is_told"), [(0o644, True), (0o600, False)])
def test_a_configuration_file_is_a_secret_where_it_holds_one(
    make_scene: MakeScene, tmp_path: Path, mode: int, *, is_told: bool
) -> None:
    file = tmp_path / "gate.toml"
    file.write_text('client_secret = "hunter2"\nclient_secret_file = ""\n')
    file.chmod(mode)
    flags = (f"--config={file}", "--client-secret-file=")
    found = told(asyncio.run(check_exposure(make_scene(*flags))))
    assert (("warning", "secret_readable", "config") in found) is is_told


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ('redis_connection_url = "redis://:hunter2@redis:6379"', True),
        ('redis_connection_url = "redis://redis:6379"', False),
        ('redis_connection_url = "unix:///run/redis.sock"', False),
    ],
)
def test_an_address_is_a_secret_where_a_password_stands_in_it(
    make_scene: MakeScene, tmp_path: Path, line: str, *, is_told: bool
) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(f"{line}\n")
    file.chmod(0o644)
    found = told(asyncio.run(check_exposure(make_scene(f"--config={file}"))))
    assert (("warning", "secret_readable", "config") in found) is is_told


def test_a_configuration_file_without_secrets_may_be_read(
    make_scene: MakeScene, tmp_path: Path
) -> None:
    file = tmp_path / "gate.toml"
    file.write_text('scope = "openid"\n')
    file.chmod(0o644)
    scene = make_scene(f"--config={file}")
    assert told(asyncio.run(check_exposure(scene))) == {("fine", "exposure", "")}
