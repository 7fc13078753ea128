"""What docs/kubernetes says to do works, word by word, from an empty folder and a bare cluster.

The cluster is an API server: it admits objects and runs no pod. So `kubectl get pods`, `helm test`
and what asks a running gate are not followed here; tests/integration/test_pod.py runs the pod.
"""

from dataclasses import replace

import pytest

from tests.kubernetes.charts import documents, pods
from tests.kubernetes.pages import Reader, section
from tests.kubernetes.policies import Call, Peer, lets
from tests.kubernetes.scene import GATEWAY, NGINX_POD, ROUTER

pytestmark = pytest.mark.needs("helm", "manifest-schemas", "kubernetes")

START = "kubernetes/start.md"
SHOP = Peer("shop", namespace="shop", labels={"app": "shop"})
NOTHING = "0 problems, 0 warnings, 0 notices"
ROUTES = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: routes.route.openshift.io}
spec:
  group: route.openshift.io
  names: {kind: Route, plural: routes}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


@pytest.fixture(scope="module")
def newcomer(cluster, tmp_path_factory):
    """Return somebody who did what every way needs."""
    reader = Reader(tmp_path_factory.mktemp("newcomer"), cluster.kubeconfig)
    assert cluster.apply(documents(ROUTES)) == ""
    cluster.kubectl("wait", "crd", "routes.route.openshift.io", "--for=condition=Established")
    reader.follows(section(START, "What every way needs"))
    reader.writes(section(START, "Values"))
    return reader


@pytest.mark.parametrize(
    ("way", "peer", "flag"),
    [
        ("Istio", GATEWAY, ""),
        ("Plain Kubernetes", NGINX_POD, ""),
        ("OpenShift", ROUTER, "--openshift"),
    ],
)
def test_a_quick_start_ends_with_a_gate_that_people_come_to(newcomer, cluster, way, peer, flag):
    newcomer.follows(section(START, way))
    last = section(START, "The gate into the pods").replace("inject --", f"inject {flag} --")
    try:
        assert NOTHING in newcomer.follows(last)
        made = documents(newcomer.runs("helm --namespace shop get manifest gate"))
        written = documents((newcomer.folder / "shop-with-gate.yaml").read_text())
        assert lets(made, Call(peer, SHOP, 4180))
        assert not lets(made, Call(peer, SHOP, 8080))
        assert cluster.would_take(list(pods(written)), "shop") == ""
    finally:
        newcomer.runs(
            "helm --namespace shop uninstall gate; kubectl --namespace shop delete deployment shop"
        )


SIDECAR = "kubernetes/sidecar.md"


def test_a_chart_of_ones_own_brings_the_gate(newcomer, cluster):
    try:
        assert NOTHING in newcomer.follows(section(SIDECAR, "In a chart of your own"))
        made = documents(newcomer.runs("helm --namespace shop get manifest shop"))
        assert lets(made, Call(GATEWAY, SHOP, 4180))
        assert cluster.would_take(list(pods(made)), "shop") == ""
    finally:
        newcomer.runs("helm --namespace shop uninstall shop")


def test_kustomize_adds_the_gate(newcomer, cluster):
    assert NOTHING in newcomer.follows(section(SIDECAR, "By kustomize"))
    made = documents(newcomer.runs("kubectl kustomize overlay"))
    gated = replace(SHOP, labels={"app": "shop", "sidegate/gate": "sidecar"})
    assert lets(made, Call(GATEWAY, gated, 4180))
    assert cluster.would_take(list(pods(made)), "shop") == ""
