"""Shell scripts are checked by shellcheck and stop at the first mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import named, tracked

SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def is_shell(path: Path) -> bool:
    """Say whether a file is a shell script, by its ending or its first line."""
    if path.suffix == ".sh":
        return True
    with path.open("rb") as file:
        return file.readline().startswith((b"#!/usr/bin/env bash", b"#!/bin/sh", b"#!/bin/bash"))


SCRIPTS = [path for path in tracked() if is_shell(path)]


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_shellcheck_finds_nothing(script):
    outcome = subprocess.run(
        [SHELLCHECK, "--external-sources", "--source-path=SCRIPTDIR/..", script],
        capture_output=True,
        check=False,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_a_script_stops_at_the_first_mistake(script):
    text = script.read_text()
    assert "set -eu" in text or "tools/lib.sh" in text
