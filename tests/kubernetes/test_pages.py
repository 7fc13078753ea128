"""What docs/kubernetes says to do works, word by word, from an empty folder and a bare cluster.

The cluster is an API server: it admits objects and runs no pod. So `kubectl get pods`, `helm test`
and what asks a running gate are not followed here; tests/integration/test_pod.py runs the pod.
"""

from dataclasses import replace

import pytest
import yaml

from tests.kubernetes.charts import documents, pods
from tests.kubernetes.pages import Reader, blocks, section
from tests.kubernetes.policies import Call, Peer, lets
from tests.kubernetes.scene import GATEWAY, NGINX_POD, ROUTER
from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm", "manifest-schemas", "kubernetes")

FOUNDING = ROOT / "tests" / "unit" / "check" / "founding"
START = "kubernetes/start.md"
SHOP = Peer("shop", namespace="shop", labels={"app": "shop"})
REMOVE = "helm --namespace shop uninstall gate; kubectl --namespace shop delete deployment shop"
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
        newcomer.runs(REMOVE)


def test_what_the_cluster_gives_back_is_as_right_as_what_went_in(newcomer):
    newcomer.follows(section(START, "Plain Kubernetes"))
    newcomer.follows(section(START, "The gate into the pods"))
    (ask,) = [line for line in section("kubernetes/check.md").splitlines() if "kubectl get" in line]
    try:
        assert NOTHING in newcomer.runs(ask)
    finally:
        newcomer.runs(REMOVE)


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


MIGRATE = "kubernetes/migrate.md"
THEIRS = {
    "config": {"existingSecret": "gate", "emailDomains": ["example.com"]},
    "extraArgs": {"provider": "oidc", "oidc-issuer-url": "https://login.example.com"},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "hosts": ["app.example.com"],
        "tls": [{"secretName": "app-example-com", "hosts": ["app.example.com"]}],
    },
}


def test_values_of_oauth2_proxy_become_a_gate(newcomer):
    (newcomer.folder / "old-values.yaml").write_text(yaml.safe_dump(THEIRS))
    try:
        assert NOTHING in newcomer.follows(section(MIGRATE, "From the chart of oauth2-proxy"))
        made = documents(newcomer.runs("helm --namespace shop get manifest gate"))
        labels = {"app.kubernetes.io/name": "sidegate", "app.kubernetes.io/instance": "gate"}
        assert lets(made, Call(NGINX_POD, replace(SHOP, labels=labels), 4180))
    finally:
        newcomer.runs("helm --namespace shop uninstall gate")


def moved(text):
    """Return the founding deployment as the page wants it before the gate goes in."""
    deployment, service, _secret = documents(text)
    pod = deployment["spec"]["template"]["spec"]
    (application,) = [one for one in pod["containers"] if one["name"] != "oauth2-proxy"]
    application |= {
        "image": "example/app:1.0",
        "args": ["-listen=127.0.0.1:8080"],
        "resources": {"requests": {"cpu": "10m", "memory": "9Mi"}, "limits": {"memory": "9Mi"}},
        "securityContext": {
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    pod |= {"containers": [application], "volumes": [], "automountServiceAccountToken": False}
    for one in (deployment, service):
        one["metadata"]["namespace"] = "shop"
    service["spec"]["ports"][1]["name"] = "http-proxy"
    return yaml.safe_dump_all([deployment, service])


def test_the_founding_deployment_gets_a_gate_and_leads_to_it_alone(newcomer, cluster):
    text = (FOUNDING / "example-app.yaml").read_text()
    (newcomer.folder / "new").mkdir()
    (newcomer.folder / "new" / "app.yaml").write_text(moved(text))
    newcomer.writes(section(START, "Values"))
    values = (newcomer.folder / "gate.yaml").read_text().replace("app: shop", "app: example-app")
    (newcomer.folder / "gate.yaml").write_text(values)
    newcomer.follows(section(START, "Istio"))
    try:
        assert NOTHING in newcomer.follows(
            section(MIGRATE, "From a sidecar deployment of oauth2-proxy")
        )
        new = documents((newcomer.folder / "new" / "app.yaml").read_text())
        ports = {port["targetPort"] for port in new[1]["spec"]["ports"]}
        assert ports == {4180}
        assert cluster.would_take(list(pods(new)), "shop") == ""
    finally:
        newcomer.runs(
            "helm --namespace shop uninstall gate; kubectl --namespace shop delete -f new"
        )


MANY = "kubernetes/many-applications.md"
GATE = replace(
    SHOP,
    namespace="auth",
    labels={"app.kubernetes.io/name": "sidegate", "app.kubernetes.io/instance": "gate"},
)


@pytest.mark.parametrize(
    ("way", "peer"), [("Istio: `ext_authz`", GATEWAY), ("nginx: `auth_request`", NGINX_POD)]
)
def test_a_gate_for_many_applications_is_asked_by_the_proxy_in_front(newcomer, cluster, way, peer):
    whole = section(MANY)
    start = whole.partition("\n## ")[0]
    cluster.namespace("auth", enforce="restricted")
    newcomer.writes(start)
    newcomer.writes(section(MANY, way))
    newcomer.runs("".join(block.text for block in blocks(start, "sh")))
    try:
        text = newcomer.runs("helm --namespace auth get manifest gate | tee made.yaml")
        assert NOTHING in newcomer.runs("sidegate check made.yaml")
        made = documents(text)
        assert lets(made, Call(peer, GATE, 4180))
        assert cluster.would_take(list(pods(made)), "auth") == ""
        (service,) = [one for one in made if one["kind"] == "Service"]
        assert f"http://{service['metadata']['name']}.auth.svc.cluster.local/" in whole
    finally:
        newcomer.runs("helm --namespace auth uninstall gate")


def test_the_cookie_secret_is_rotated_by_hand(newcomer, cluster):
    newcomer.writes(section(START, "Values"))
    newcomer.follows(section(START, "Plain Kubernetes"))
    own = section("kubernetes/operate.md", "The cookie secret").partition("**External Secrets")[0]
    try:
        newcomer.follows(own)
        assert cluster.kubectl("--namespace=shop", "get", "job", "rotate-now")[0] == 0
    finally:
        newcomer.runs("helm --namespace shop uninstall gate")
