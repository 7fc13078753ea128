"""`sidegate demo` starts, lets alice in and bob not, and leaves nothing behind."""

import re
import sys
from pathlib import Path

import pytest

from tests.integration.people import Person
from tests.integration.processes import Process, free_port


@pytest.fixture
def demo(tmp_path):
    command = [sys.executable, "-m", "sidegate", "demo", f"--port={free_port()}"]
    process = Process(command, TMPDIR=str(tmp_path))
    try:
        process.wait_until(lambda: "Sign in" in process.output, 60, "the demo to be ready")
        yield process
    finally:
        process.end()


def _address(demo: Process) -> str:
    return re.search(r"Open\s+(\S+)", demo.output)[1]


def _choose(person: Person, name: str):
    page = person.get("/oauth2/start?rd=/")
    return person.http.post(str(page.url), data={"sub": name})


def test_alice_gets_in_and_bob_does_not(demo):
    with Person("alice", _address(demo)) as alice, Person("bob", _address(demo)) as bob:
        page = _choose(alice, "alice")
        assert page.status_code == 200
        assert "alice@example.com" in page.text
        assert _choose(bob, "bob").status_code == 403


def test_it_ends_cleanly_and_leaves_nothing_behind(demo, tmp_path):
    assert list(tmp_path.glob("sidegate-demo-*"))
    assert demo.end() == 0
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in demo.output
    children = [Path(f"/proc/{pid}/cmdline") for pid in _pids()]
    said = [text for file in children if (text := _read(file)) and str(tmp_path) in text]
    assert said == []


def _pids():
    return [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
