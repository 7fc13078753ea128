"""Every alert has a runbook and every runbook an alert, and what a runbook tells to type exists."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidegate.config.options import OPTIONS
from tests.architecture.source import named
from tests.parts import ROOT

OPERATE = ROOT / "docs/operate"
RUNBOOKS = sorted(path for path in (OPERATE / "runbooks").glob("*.md") if path.stem != "README")
PAGES = [*RUNBOOKS, *(OPERATE / f"{name}.md" for name in ("incident-response", "backup"))]
RULES = (ROOT / "deploy/prometheus/sidegate.rules.yml").read_text()
ALERTS = set(re.findall(r"- alert: (\w+)", RULES))
METRICS = set(
    re.findall(r"^\| `(\w+)`", (OPERATE / "metrics-and-logs.md").read_text(), re.MULTILINE)
)
SOURCE = "\n".join(path.read_text() for path in (ROOT / "src/sidegate").rglob("*.py"))
TOOLS = {"curl", "kubectl", "openssl", "redis-cli", "df", "sidegate", "umask"}
SECTIONS = ["Meaning", "First look", "Likely causes", "Commands", "Escalation"]


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the commands of the code blocks of a page, each pipe's first one."""
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
        checked = subprocess.run(
            ["bash", "-n"], input=block, text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
        for line in block.splitlines():
            words = shlex.split(line, posix=True)
            if ">" in words:
                words = words[: words.index(">")]
            yield words


def test_alerts_and_runbooks_belong_to_each_other() -> None:
    assert {path.stem for path in RUNBOOKS} == ALERTS
    linked = dict(re.findall(r"- alert: (\w+)\n.*?runbook_url: (\S+)", RULES, re.DOTALL))
    assert linked == {name: f"docs/operate/runbooks/{name}.md" for name in ALERTS}
    index = (OPERATE / "runbooks/README.md").read_text()
    assert set(re.findall(r"^\| \[(\w+)\]", index, re.MULTILINE)) == ALERTS


def test_every_alert_waits_and_says_how_bad_and_what_it_is() -> None:
    for rule in RULES.split("- alert: ")[1:]:
        for part in ("for: ", "severity: ", "summary: ", "description: ", "runbook_url: "):
            assert rule.count(part) == 1, (rule.split()[0], part)


@pytest.mark.parametrize("page", RUNBOOKS, ids=named)
def test_a_runbook_has_all_its_parts(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert list(commands(page))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_are_of_tools_that_are_known_and_look_for_what_is_there(page: Path) -> None:
    for words in commands(page):
        assert words[0] in TOOLS, words
        if "grep" not in words:
            continue
        sought = next(word for word in words[words.index("grep") + 1 :] if word != "-E")
        if words[0] == "curl":
            assert any(re.search(sought, name) for name in METRICS), sought
        elif words[:3] == ["sidegate", "config", "show"]:
            assert any(re.search(sought, option.key) for option in OPTIONS), sought
        elif not re.fullmatch(r" 50\[0-9\] ", sought):
            assert sought in SOURCE, sought


OURS = sorted(
    {tuple(words) for page in PAGES for words in commands(page) if words[0] == "sidegate"}
)


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_commands_of_sidegate_exist_with_their_flags(words: tuple[str, ...]) -> None:
    command = [word for word in words[1:3] if re.fullmatch(r"[a-z]+", word)]
    told = subprocess.run(
        [sys.executable, "-m", "sidegate", *command, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    for word in words[len(command) + 1 :]:
        flag = word.partition("=")[0]
        assert not flag.startswith("--") or flag == "--config" or flag in told.stdout, word
