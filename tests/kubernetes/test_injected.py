"""Istio's own injector beside the gate: its proxy is there first, and probes go through it."""

import json
import os
import subprocess
from functools import partial

import pytest
import yaml

from tests.kubernetes.charts import (
    HELM,
    ISTIO,
    LEAST,
    SIDECAR,
    documents,
    merged,
    of_kind,
    pods,
    render,
)
from tests.kubernetes.istio import HOME, SYSTEM

pytestmark = pytest.mark.needs("helm", "kubernetes", "manifest-schemas", "istio")

run = partial(subprocess.run, capture_output=True, text=True, check=True, timeout=60)


@pytest.fixture(scope="module")
def inject(cluster, example, tmp_path_factory):
    """Give the pod of the example's chart to Istio's injector; return it with the proxy."""
    [deployment] = of_kind(
        "Deployment", render({"sidegate": merged(LEAST, SIDECAR, ISTIO)}, example)
    )

    def injected(*values):
        folder = tmp_path_factory.mktemp("injected")
        chart = [HELM, "template", "istiod", HOME / "chart", f"--namespace={SYSTEM}"]
        made = documents(run([*chart, *(f"--set={value}" for value in values)]).stdout)
        maps = {one["metadata"]["name"]: one["data"] for one in of_kind("ConfigMap", made)}
        files = {
            "filename": yaml.safe_dump(deployment),
            "injectConfigFile": maps["istio-sidecar-injector"]["config"],
            "valuesFile": maps["istio-sidecar-injector"]["values"],
            "meshConfigFile": maps["istio"]["mesh"],
        }
        for name, text in files.items():
            (folder / name).write_text(text)
        flags = [f"--{name}={folder / name}" for name in files]
        done = run(
            [HOME / "istioctl", "kube-inject", f"--kubeconfig={cluster.kubeconfig}", *flags],
            env={**os.environ, "ENABLE_NATIVE_SIDECARS": "true"},
        )
        [pod] = pods(documents(done.stdout))
        pod["spec"]["serviceAccountName"] = "default"  # as the server would set it in a cluster
        return pod

    return injected


@pytest.fixture(scope="module")
def pod(inject):
    """Return the pod as it is where Istio has its CNI plugin."""
    return inject("pilot.cni.enabled=true")


def test_the_proxy_of_the_mesh_starts_before_the_gate_and_the_gate_before_the_application(pod):
    early = [one["name"] for one in pod["spec"]["initContainers"] if "restartPolicy" in one]
    assert early == ["istio-proxy", "sidegate"]
    assert [one["name"] for one in pod["spec"]["containers"]] == ["hello"]


def test_the_probes_of_the_gate_go_around_mtls(pod):
    containers = {one["name"]: one for one in pod["spec"]["initContainers"]}
    environment = {one["name"]: one.get("value") for one in containers["istio-proxy"]["env"]}
    asked = json.loads(environment["ISTIO_KUBE_APP_PROBERS"])
    for probe, name in (("startup", "startupz"), ("liveness", "livez"), ("readiness", "readyz")):
        place = containers["sidegate"][f"{probe}Probe"]["httpGet"]
        assert place == {"path": f"/app-health/sidegate/{name}", "port": 15020}
        assert asked[place["path"]]["httpGet"]["port"] == 44180


def test_the_standard_restricted_admits_it_with_the_cni_plugin_of_istio(pod, cluster):
    assert cluster.would_take([pod], "restricted") == ""


def test_without_the_plugin_it_is_refused_as_the_documentation_says(inject, cluster):
    assert "NET_ADMIN" in cluster.would_take([inject("pilot.cni.enabled=false")], "restricted")
