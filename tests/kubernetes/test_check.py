"""The check finds nothing in what our chart makes, whatever values people give."""

import pytest
import yaml

from sidegate.check.examine import examine
from sidegate.manifests.objects import Source, collect
from tests.kubernetes.charts import ISTIO, LEAST, SIDECAR, merged, render
from tests.kubernetes.matrix import MATRIX

pytestmark = pytest.mark.needs("helm")

# What the values of the matrix themselves ask for: plain Redis, and a password without Redis.
ASKED_FOR = {
    name: {"configuration-weak"}
    for name in MATRIX
    if name == "Redis" or "Vault" in name or "Secret Manager" in name or "Secrets Manager" in name
}


def found(manifests):
    text = yaml.safe_dump_all(manifests)
    return {one.id for one in examine(collect([Source("chart", text)]))}


@pytest.mark.parametrize("name", MATRIX)
def test_nothing_is_found_in_our_chart(name):
    assert found(render(MATRIX[name])) <= ASKED_FOR.get(name, set())


@pytest.mark.parametrize("kind", ["native", "classic"])
def test_nothing_is_found_in_an_application_that_brings_the_gate(kind, example):
    values = merged(LEAST, SIDECAR, ISTIO, {"sidecar": {"kind": kind}})
    assert found(render({"sidegate": values}, example)) == set()
