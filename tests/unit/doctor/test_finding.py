"""Every finding has its text, and every text its finding."""

import ast
import re
from pathlib import Path

import pytest

from sidegate.config.options import GENERAL, OPTIONS
from sidegate.doctor.finding import Advice, Severity, advice, fine, problem, unseen, warning

ROOT = Path(__file__).parents[3]
NAMES = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
NOT_OPTIONS = {"large_client_header_buffers"}


def made() -> set[str]:
    """Return the names that the source gives to what is not fine."""
    names = set()
    for path in [*(ROOT / "src/sidegate/doctor").glob("*.py"), ROOT / "src/sidegate/cli/doctor.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="problem" | "warning" | "unseen"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    names.add(name)
    return names


def test_every_finding_has_a_text_and_every_text_a_finding() -> None:
    assert made() == advice().keys()


def test_texts_name_only_options_that_exist() -> None:
    options = {option.key for option in (*GENERAL, *OPTIONS) if not option.is_planned}
    texts = " ".join(f"{one.title} {one.cause} {one.remedy}" for one in advice().values())
    assert set(NAMES.findall(texts)) - options - NOT_OPTIONS == set()


@pytest.mark.parametrize("one", advice().values(), ids=list(advice()))
def test_a_title_goes_on_in_a_sentence(one: Advice) -> None:
    assert one.sentence[0].isupper()
    assert one.sentence.endswith(".")
    assert one.cause.endswith((".", ")"))
    assert one.remedy.endswith((".", ")"))


def test_each_severity_has_its_maker() -> None:
    makers = (problem, unseen, warning, fine)
    assert [make("clock", "x", "y").severity for make in makers] == list(Severity)


def test_a_finding_leads_to_its_place_in_the_documentation() -> None:
    page, _, name = Advice.link("clock").partition("#")
    assert f"### {name}\n" in (ROOT / page).read_text()


def test_every_finding_is_made_to_appear_by_a_test() -> None:
    files = [*(ROOT / "tests/unit/doctor").glob("*.py"), ROOT / "tests/unit/cli/test_doctor.py"]
    files += (ROOT / "tests/integration").glob("test_doctor*.py")
    written = "".join(path.read_text() for path in files if path != Path(__file__))
    assert [name for name in advice() if f'"{name}"' not in written] == []
