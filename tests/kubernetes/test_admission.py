"""An API server that holds pods to the standard `restricted` takes ours."""

from pathlib import Path

import pytest

from tests.kubernetes.charts import CHART, LEAST, SIDECAR, documents, merged, pods, render
from tests.kubernetes.matrix import MATRIX

pytestmark = pytest.mark.needs("helm", "manifest-schemas", "kubernetes")

FOUNDING = Path(__file__).parent / "founding"


def test_the_server_takes_every_object_of_every_way_to_run_it(cluster):
    objects = [one for values in MATRIX.values() for one in render(values)]
    assert cluster.would_take(objects, "restricted") == ""


@pytest.mark.parametrize("kind", ["native", "classic"])
def test_pods_with_a_gate_are_admitted(kind, cluster, example):
    values = merged(LEAST, SIDECAR, {"sidecar": {"kind": kind}})
    made = list(pods(render({"sidegate": values}, example)))
    assert len(made) == 2  # the application's, and that of `helm test`
    assert cluster.would_take(made, "restricted") == ""


def test_pods_of_a_gate_alone_are_admitted(cluster):
    assert cluster.would_take(list(pods(render(LEAST))), "restricted") == ""


def test_pods_of_the_founding_deployment_are_refused(cluster):
    made = list(pods(documents((FOUNDING / "pod.yaml").read_text())))
    said = cluster.would_take(made, "restricted")
    assert 'violates PodSecurity "restricted:latest"' in said
    assert "seccompProfile" in said


def test_the_notes_of_an_installation_name_the_callback_address_and_the_next_command(cluster):
    notes = cluster.install("gate", CHART, LEAST).partition("NOTES:")[2]
    assert "https://app.example.com/oauth2/callback" in notes
    assert "(umask 077; sidegate secret > cookie-secret)" in notes
    assert "create secret generic gate" in notes
    assert "test gate" in notes


def test_the_notes_of_a_sidecar_name_the_command_that_puts_it_in(cluster):
    values = merged(LEAST, SIDECAR, {"openshift": {"enabled": True}})
    notes = cluster.install("beside", CHART, values).partition("NOTES:")[2]
    assert (
        "inject --image=registry.example.com/sidegate:0.1.0 --config-map=beside-sidegate" in notes
    )
    assert "--secret=gate --openshift app.yaml" in notes
    keys = {"secrets": {"keys": {"clientSecret": "other"}}}
    assert "sidegate inject" not in cluster.install("other", CHART, merged(values, keys))
