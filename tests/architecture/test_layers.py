"""Imports only go down. `lint-imports` knows the layers; the contract stands in pyproject.toml."""

import tomllib

from importlinter import cli

from tests.architecture.source import ROOT, SOURCE


def test_imports_only_go_down(capsys):
    outcome = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert outcome == cli.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_package_has_its_place_in_the_layers():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    placed = {name for line in options["contracts"][0]["layers"] for name in line.split(" | ")}
    packages = {f"sidegate.{path.parent.name}" for path in SOURCE.glob("*/__init__.py")}
    assert packages <= placed
