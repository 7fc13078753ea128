"""Processes live and end together."""

import sys

import pytest

from sidegate.demo.children import ChildEnded, Children, clean_environment


def test_a_process_that_ends_is_named_with_its_last_words():
    command = [sys.executable, "-c", "print('no such file'); raise SystemExit(3)"]
    with Children() as children:
        children.start("application", command)
        with pytest.raises(ChildEnded, match=r"(?s)application ended with code 3.*no such file"):
            children.watch()


def test_leaving_ends_every_process():
    with Children() as children:
        children.start("sleeper", [sys.executable, "-c", "import signal; signal.pause()"])
        process = children._children[0].process
        assert process.poll() is None
    assert process.poll() is not None


def test_settings_of_the_callers_gate_do_not_reach_the_demo():
    assert clean_environment({"OAUTH2_PROXY_CLIENT_ID": "x", "PATH": "/bin"}) == {"PATH": "/bin"}
