"""Options that somebody has here are judged like those in manifests."""

from pathlib import Path

import pytest

from sidegate.check.own_options import SOURCE, find


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    for name in ("client", "cookie"):
        (tmp_path / name).write_text("BmVt6mQ3v2l9pD0sKx7cYw1rT8uZaNfEhJgIoLkRqWs=")
    return [
        "--oidc-issuer-url=https://login.test",
        "--client-id=app",
        f"--client-secret-file={tmp_path / 'client'}",
        f"--cookie-secret-file={tmp_path / 'cookie'}",
        "--upstream=http://127.0.0.1:8080",
        "--metrics-address=:44180",
    ]


def read_file(path: str) -> bytes:
    return Path(path).read_bytes()


def test_good_options_have_nothing_to_find(flags):
    assert find([*flags, "--email-domain=a.test"], {}, read_file) == []


@pytest.mark.parametrize(
    ("flag", "found"),
    [
        ("--email-domain=*", "open-to-everybody"),
        ("--email-domain=a..test", "configuration-mistake"),
    ],
)
def test_bad_ones_are_found(flags, flag, found):
    (one,) = find([*flags, flag], {}, read_file)
    assert (one.id, one.where.source) == (found, SOURCE)


def test_a_file_is_named_with_its_line(flags, tmp_path):
    config = tmp_path / "gate.toml"
    config.write_text('email_domains = ["a.test"]\ncookie_secure = false\n')
    (one,) = find([*flags, f"--config={config}"], {}, read_file)
    assert one.id == "configuration-weak"
    assert (one.where.source, one.where.line) == (str(config), 2)
