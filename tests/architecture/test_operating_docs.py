"""The pages for operators name nothing that does not exist, and show options that are taken."""

import re
from pathlib import Path

import pytest

from sidegate.config.load import load
from tests.architecture.source import named
from tests.kit.gate import FLAGS, UPSTREAM
from tests.parts import ROOT

DOCS = ROOT / "docs"
PAGES = [
    *sorted((DOCS / "operate").rglob("*.md")),
    *(DOCS / f"{name}.md" for name in ("privacy", "sessions", "sign-out", "errors")),
    ROOT / "deploy/prometheus/README.md",
]
SPOKEN = [
    *(ROOT / "src/sidegate").rglob("*.py"),
    *(ROOT / "src/sidegate").rglob("*.toml"),
    DOCS / "configuration.md",
    DOCS / "operate/audit-event.schema.json",
    ROOT / "deploy/prometheus/sidegate.rules.yml",
]
OF_OTHERS = {"parentbased_always_on"}  # OpenTelemetry's
KNOWN = OF_OTHERS | {
    word for path in SPOKEN for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
}
# Names of ours: options, metrics, codes, events, fields; never a word of plain English.
NAMES = re.compile(r"`([a-z0-9]+(?:_[a-z0-9]+)+)(?:\{[^`]*\}|=[^`]*)?`")
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
SHOWN = [
    pytest.param(block, id=page.stem) for page in PAGES for block in TOML.findall(page.read_text())
]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_name_on_a_page_is_one_of_the_program(page: Path) -> None:
    found = set(NAMES.findall(page.read_text(encoding="utf-8")))
    assert found <= KNOWN


@pytest.mark.parametrize("block", SHOWN)
def test_the_options_that_a_page_shows_are_taken(block: str) -> None:
    secret = b"s" * 32
    files = {"gate.toml": block.encode()}
    store = ["--session-store-type=redis"] if "redis_" in block else []
    load([*FLAGS, UPSTREAM, "--config=gate.toml", *store], {}, lambda path: files.get(path, secret))
