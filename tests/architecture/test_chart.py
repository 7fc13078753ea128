"""The chart keeps up with the program: its version, and the options that its values may have."""

import subprocess
import sys

import yaml

import sidegate
from tests.architecture.source import ROOT

CHART = ROOT / "deploy" / "helm" / "sidegate"


def test_the_schema_of_the_values_has_the_options_of_the_program():
    command = [sys.executable, "tools/chart_schema.py"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    is_current = (CHART / "values.schema.json").read_text(encoding="utf-8") == made.stdout
    assert is_current, "run: python tools/chart_schema.py > deploy/helm/sidegate/values.schema.json"


def test_the_chart_is_made_for_this_version_of_the_program():
    about = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert about["appVersion"] == sidegate.__version__
