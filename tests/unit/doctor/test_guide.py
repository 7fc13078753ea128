"""docs/operate/doctor.md is what the texts of the findings say."""

import re
from pathlib import Path

from sidegate.doctor.finding import advice
from sidegate.doctor.guide import document
from sidegate.inject.sidecar import arguments
from sidegate.inject.wanted import Wanted

FILE = Path(__file__).parents[3] / "docs" / "operate" / "doctor.md"


def test_the_page_is_what_the_texts_say() -> None:
    hint = "run: sidegate doctor --docs=findings > docs/operate/doctor.md"
    assert FILE.read_text(encoding="utf-8") == document(), hint


def test_every_finding_has_a_heading() -> None:
    headings = [line[4:] for line in document().splitlines() if line.startswith("### ")]
    assert headings == list(advice())


def test_in_a_pod_the_doctor_gets_what_the_gate_has() -> None:
    chart, injected = re.findall(r"kubectl exec ((?:.*\\\n)*.*)", document())
    gate = arguments(Wanted("image", config_map="gate"), 8080, [])
    listeners = {word for word in gate if re.match(r"--(http|metrics)-address=", word)}
    given = {word for word in injected.split() if word.startswith("--")} - {"--"}
    assert given - {"--url=https://app.example.com"} == {*gate} - listeners
    assert "--config=/etc/sidegate/sidegate.toml" in chart.split()
