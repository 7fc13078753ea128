"""The stage keeps secrets to itself and everything on loopback."""

import json
import stat
import tomllib

import pytest

from sidegate.demo.stage import ACCOUNTS, Stage, write_secret


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path, 4180, 8080, 9400)
    stage.write_files()
    return stage


def test_secrets_can_be_read_by_nobody_else(stage):
    for name in ("client-secret", "cookie-secret"):
        assert stat.S_IMODE((stage.folder / name).stat().st_mode) == 0o600


def test_a_secret_is_never_written_over(stage):
    with pytest.raises(FileExistsError):
        write_secret(stage.folder / "client-secret", "other")


def test_no_secret_stands_on_a_command_line(stage):
    said = " ".join(
        [*stage.gate_command(), *stage.application_command(), *stage.provider_command()]
    )
    for name in ("client-secret", "cookie-secret"):
        assert (stage.folder / name).read_text() not in said


def test_the_configuration_names_what_stands_on_disk(tmp_path):
    folder = tmp_path / 'odd "name"'
    folder.mkdir()
    stage = Stage(folder, 1, 2, 3)
    stage.write_files()
    configuration = tomllib.loads((folder / "sidegate.toml").read_text())
    assert configuration["upstreams"] == ["http://127.0.0.1:2"]
    assert configuration["client_secret_file"] == str(folder / "client-secret")


def test_one_account_gets_in_and_one_is_refused(stage):
    domains = tomllib.loads(stage.configuration())["email_domains"]
    inside = [a.email.rpartition("@")[2] in domains for a in ACCOUNTS]
    assert inside == [True, False]


def test_accounts_are_told_to_the_provider_as_claims():
    claims = json.loads(ACCOUNTS[0].claims())
    assert claims["sub"] == "alice"
    assert claims["email_verified"] is True
