"""`sidegate config`: looking at a configuration serves nothing."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from sidegate.cli import main

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    "words", [["config", "check"], ["--config-test"], ["serve", "--config-test"]]
)
def test_check_says_that_all_is_well_and_does_not_serve(
    words: list[str], flags: list[str], served: list[object], capsys: Output
) -> None:
    assert main([*words, *flags, "--cookie-secure=false"]) == 0
    assert served == []
    out = capsys.readouterr().out
    assert out.startswith("warning: flag --cookie-secure: weaker than the default")
    assert out.endswith("The configuration is valid.\n")


def test_check_finds_mistakes(flags: list[str], capsys: Output) -> None:
    assert main(["config", "check", *flags, "--provider=facebook"]) == 1
    assert "not built" in capsys.readouterr().err


def test_show_prints_values_with_origin(flags: list[str], capsys: Output) -> None:
    assert main(["config", "show", *flags]) == 0
    assert "# flag --client-id\n" in capsys.readouterr().out
    assert main(["config", "show", "--json", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["client_id"]["value"] == "app"


def test_jwks_prints_the_public_key_for_the_provider(
    flags: list[str], tmp_path: Path, capsys: Output
) -> None:
    words = [flag for flag in flags if "client-secret" not in flag]
    (tmp_path / "key.pem").write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    assert main(["config", "jwks", *words, f"--jwt-key-file={tmp_path / 'key.pem'}"]) == 0
    (key,) = json.loads(capsys.readouterr().out)["keys"]
    assert (key["crv"], key["alg"], key["use"]) == ("P-256", "ES256", "sig")
    assert "d" not in key


def test_jwks_says_where_a_key_would_come_from(flags: list[str], capsys: Output) -> None:
    assert main(["config", "jwks", *flags]) == 1
    assert "--jwt-key-file" in capsys.readouterr().err
    assert main(["config", "jwks"]) == 1


def test_schema_and_docs_need_no_configuration(capsys: Output) -> None:
    assert main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"
    assert main(["config", "docs"]) == 0
    assert "# Configuration" in capsys.readouterr().out


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_show_masks_every_secret(form: list[str], flags: list[str], capsys: Output) -> None:
    assert main(["config", "show", *form, *flags]) == 0
    printed = capsys.readouterr().out
    assert "hunter2" not in printed
    assert "x" * 32 not in printed
