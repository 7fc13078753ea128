"""What `sidegate inject` writes is what Kubernetes takes, also where pods are `restricted`."""

from pathlib import Path

import pytest

from sidegate.check.examine import examine
from sidegate.inject.plan import inject
from sidegate.inject.wanted import Wanted
from sidegate.manifests.objects import Source, collect
from tests.kubernetes.charts import documents, kubeconform, pods
from tests.kubernetes.openshift import refused

GOLDEN = Path(__file__).parents[1] / "unit" / "inject" / "golden"
INJECTED = sorted(GOLDEN.glob("*.injected.yaml"))
HARDENED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: restricted}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: web
        image: registry.example/web:1.2.3
        args: [-listen=127.0.0.1:8080]
        ports: [{containerPort: 8080, name: http}]
        readinessProbe:
          httpGet: {path: /healthz, port: http}
        resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi}}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: restricted}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: restricted}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - ports: [{port: 8080}]
"""


def injected(**about):
    wanted = Wanted(
        "registry.example/sidegate:0.1.0",
        **about,
        arguments=(
            "--oidc-issuer-url=https://login.example.com",
            "--client-id=web",
            "--email-domain=example.com",
        ),
    )
    return inject([Source("web.yaml", HARDENED)], wanted)[0]


@pytest.mark.needs("helm", "manifest-schemas")
@pytest.mark.parametrize("path", INJECTED, ids=lambda path: path.stem)
def test_the_schemas_have_nothing_against_it(path):
    assert kubeconform([one for one in documents(path.read_text()) if one["kind"] != "List"]) == ""


@pytest.mark.needs("helm", "manifest-schemas", "kubernetes")
@pytest.mark.parametrize("is_classic", [False, True])
def test_a_server_that_holds_pods_to_the_standard_takes_it(cluster, is_classic):
    made = documents(injected(is_classic=is_classic))
    assert cluster.would_take([*made, *pods(made)], "restricted") == ""


@pytest.mark.parametrize("is_classic", [False, True])
def test_the_check_finds_nothing_in_it(is_classic):
    made = collect([Source("web.yaml", injected(is_classic=is_classic))])
    assert examine(made) == []


def test_openshift_admits_the_gate_and_gives_it_its_secrets():
    text = injected(is_openshift=True)
    (pod,) = pods(documents(text))
    assert refused(pod) == ["pod: runAsUser 1000"]  # the application's own
    (secrets,) = [one for one in pod["spec"]["volumes"] if one["name"] == "sidegate-secrets"]
    assert secrets["secret"]["defaultMode"] == 0o440
    assert examine(collect([Source("web.yaml", text)])) == []
