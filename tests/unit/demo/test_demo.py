"""The command: what it says when it cannot start."""

import importlib.util

import pytest

from sidegate import demo


def test_without_an_identity_provider_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert demo.run([]) == 1
    assert "pip install 'sidegate[demo]'" in capsys.readouterr().err


def test_help_says_what_it_does(capsys):
    with pytest.raises(SystemExit) as ended:
        demo.run(["--help"])
    assert ended.value.code == 0
    assert "sidegate demo" in capsys.readouterr().out
