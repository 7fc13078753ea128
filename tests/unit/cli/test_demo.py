"""`sidegate demo`: hands its arguments on."""

import sys
from types import SimpleNamespace

import pytest

from sidegate.cli import main


def test_demo_gets_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    demo = SimpleNamespace(run=lambda words: seen.append(words) or 0)
    monkeypatch.setitem(sys.modules, "sidegate.demo", demo)
    assert main(["demo", "--port=1"]) == 0
    assert seen == [["--port=1"]]


def test_the_status_of_the_demo_is_the_status_of_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    demo = SimpleNamespace(run=lambda _words: 3)
    monkeypatch.setitem(sys.modules, "sidegate.demo", demo)
    assert main(["demo"]) == 3
