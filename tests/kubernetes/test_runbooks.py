"""The names by which runbooks find the gate in a cluster are those that the chart gives."""

import re

import pytest

from tests.kubernetes.charts import LEAST, merged, of_kind, render
from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm")

RUNBOOKS = ROOT / "docs/operate/runbooks"
COMMANDS = "\n".join(
    "".join(re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL))
    for page in RUNBOOKS.glob("*.md")
)
INDEX = (RUNBOOKS / "README.md").read_text()


def test_the_runbooks_find_what_the_chart_makes():
    (made,) = of_kind("Deployment", render(merged(LEAST, {"mode": "standalone"})))
    pod = made["spec"]["template"]
    (gate,) = pod["spec"]["containers"]
    assert made["metadata"]["name"].endswith("-sidegate")
    assert "`deployment/RELEASE-sidegate`" in INDEX
    assert f"--container={gate['name']}`" in INDEX
    selectors = set(re.findall(r"--selector=(\S+)", COMMANDS)) - {"app=example-app"}
    labels = {f"{key}={value}" for key, value in pod["metadata"]["labels"].items()}
    assert selectors <= labels
    assert {f"--config={path}" for path in re.findall(r"--config=(\S+)", COMMANDS)} <= {
        *gate["args"]
    }
    ports = {str(port["containerPort"]) for port in gate["ports"]}
    assert set(re.findall(r"http://gate:(\d+)", COMMANDS)) <= ports
