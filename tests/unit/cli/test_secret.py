"""`sidegate secret`: what it prints is a cookie secret that `serve` takes."""

import base64

import pytest

from sidegate.cli import main

Output = pytest.CaptureFixture[str]


def test_secret_prints_32_random_bytes(capsys: Output) -> None:
    assert main(["secret"]) == 0
    first = capsys.readouterr().out
    assert len(base64.urlsafe_b64decode(first)) == 32
    main(["secret"])
    assert capsys.readouterr().out != first


def test_serve_takes_what_secret_prints(flags: list[str], capsys: Output) -> None:
    main(["secret"])
    made = capsys.readouterr().out.strip()
    rest = [flag for flag in flags if not flag.startswith("--cookie-secret")]
    assert main(["config", "check", *rest, f"--cookie-secret={made}"]) == 0
