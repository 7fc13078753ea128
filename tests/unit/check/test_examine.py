"""One row for each finding: clean manifests, spoilt in one place, and beside it what is fine."""

import re
from pathlib import Path

import pytest

from sidegate.check.examine import examine
from sidegate.check.finders.monitoring import of_sidegate
from sidegate.check.finding import advice
from sidegate.config.checks import tracing
from sidegate.manifests.objects import Source, collect
from tests.unit.check.manifests import CLEAN, found, founding

OAUTH2_PROXY = (
    "registry.example/sidegate:0.1.0",
    "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3",
)


def variable(name: str, source: str) -> str:
    """Return the lines that give the gate a variable of its environment."""
    return f"          env: [{{name: {name}, {source}}}]\n"


SECRET_IN_VARIABLE = variable(
    "OAUTH2_PROXY_CLIENT_SECRET", "valueFrom: {secretKeyRef: {name: sidegate, key: client-secret}}"
)
# 32 random bytes as they are, not as text.
RAW_SECRET = (
    "data:\n  client-secret: b0x4OS1wbGFudGVkLTdR\n"
    "---\napiVersion: v1\nkind: Secret\nmetadata: {name: raw}\n"
    "data:\n  cookie-secret: /v7+6YGC84SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5w=\nstringData:\n"
)
UNGATED = """\
apiVersion: v1
kind: Pod
metadata: {name: open, labels: {app: open}}
spec: {containers: [{name: open, image: "open:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: open}
spec: {type: LoadBalancer, selector: {app: open}, ports: [{port: 80}]}
---
"""
FINDINGS = [
    ("service-leads-past-gate", "targetPort: 4180", "targetPort: 8080"),
    ("service-leads-past-gate", "targetPort: 4180", "targetPort: http"),
    ("service-leads-past-gate", "port: 80, targetPort: 4180", "port: 8080"),
    ("service-leads-past-gate", "{containerPort: 8080, n", "{containerPort: 8080, hostPort: 80, n"),
    ("route-leads-past-gate", "targetPort: 4180", "targetPort: 8080"),
    (
        "exposed-without-gate",
        "apiVersion: v1\nkind: Service\n",
        f"{UNGATED}apiVersion: v1\nkind: Service\n",
    ),
    ("application-listens-everywhere", "-listen=127.0.0.1:8080", "-listen=:8080"),
    ("application-listens-everywhere", "-listen=127.0.0.1:8080", '"--bind", "0.0.0.0:8080"'),
    ("application-listens-everywhere", "-listen=127.0.0.1:8080", "--host=0.0.0.0"),
    ("application-listens-everywhere", "BIND, value: 127.0.0.1", "HOST, value: 0.0.0.0"),
    ("application-listens-everywhere", "listen 127.0.0.1:8080", "listen 8080"),
    ("application-listens-everywhere", "listen 127.0.0.1:8080", "listen [::]:8080 default_server"),
    ("policy-opens-application", "{port: 4180, protocol: TCP}", "{port: 8080}"),
    ("policy-opens-application", "{port: 4180, protocol: TCP}", "{port: http}"),
    ("policy-opens-all-ports", "ports:\n        - {port: 4180, protocol: TCP}", "ports: []"),
    ("mesh-lets-everybody-in", "action: ALLOW", "action: AUDIT"),
    ("identity-headers-pass", *OAUTH2_PROXY),
    ("runs-as-root", "runAsNonRoot: true", "runAsNonRoot: false"),
    ("runs-as-root", "runAsUser: 1000", "runAsUser: 0"),
    ("privilege-escalation", "allowPrivilegeEscalation: false", "procMount: Default"),
    ("privilege-escalation", "runAsUser: 1000", "privileged: true"),
    ("capabilities-kept", "drop: [ALL]", "drop: [NET_RAW]"),
    ("capabilities-kept", "drop: [ALL]", "drop: [ALL], add: [NET_ADMIN]"),
    ("root-filesystem-writable", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    ("no-seccomp-profile", "seccompProfile: {type: RuntimeDefault}", "supplementalGroups: []"),
    ("no-seccomp-profile", "RuntimeDefault", "Unconfined"),
    ("runs-in-group-0", "            runAsGroup: 2000\n", ""),
    ("token-mounted", "automountServiceAccountToken: false", "enableServiceLinks: false"),
    ("host-access", "automountServiceAccountToken: false", "hostNetwork: true"),
    ("host-access", "secret:\n            secretName: sidegate", "hostPath:\n            path: /"),
    ("no-limits", "            limits: {memory: 128Mi}\n", ""),
    ("no-limits", "requests: {cpu: 50m, memory: 64Mi}", "requests: {memory: 64Mi}"),
    ("no-probes", "readinessProbe", "livenessProbe"),
    ("image-floats", "sidegate:0.1.0", "sidegate:latest"),
    ("image-floats", "sidegate:0.1.0", "sidegate"),
    ("image-floats", "registry.example/sidegate:0.1.0", "registry.example:5000/sidegate"),
    ("image-has-holes", OAUTH2_PROXY[0], "quay.io/oauth2-proxy/oauth2-proxy:v7.6.0"),
    ("namespace-not-restricted", "enforce: restricted", "enforce: baseline"),
    ("namespace-not-restricted", "pod-security.kubernetes.io/enforce: restricted", "a: b"),
    ("standard-on-default", "name: shop\n  labels", "name: default\n  labels"),
    (
        "in-namespace-default",
        "namespace: shop\nspec:\n  selector:",
        "namespace: default\nspec:\n  selector:",
    ),
    (
        "mesh-init-refused",
        "enforce: restricted",
        "enforce: restricted\n    istio-injection: enabled",
    ),
    (
        "secret-in-environment",
        "          readinessProbe",
        SECRET_IN_VARIABLE + "          readinessProbe",
    ),
    (
        "secret-in-environment",
        "          readinessProbe",
        "          envFrom: [{secretRef: {name: sidegate}}]\n          readinessProbe",
    ),
    (
        "secret-written-down",
        "- --redirect-url",
        "- --cookie-secret=abc\n            - --redirect-url",
    ),
    ("secret-written-down", "client_secret_file = ", "client_secret = "),
    (
        "secret-written-down",
        "          readinessProbe",
        variable("OTEL_EXPORTER_OTLP_HEADERS", "value: api-key=1a2b") + "          readinessProbe",
    ),
    (
        "secret-written-down",
        "          readinessProbe",
        variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS", 'value: "a=b"') + "          readinessProbe",
    ),
    ("secret-weak", "oLx9-planted-7Q", "change-me"),
    ("secret-weak", "BmVt6mQ3v2l9pD0sKx7cYw1rT8uZaNfEhJgIoLkRqWs", "short"),
    ("secret-weak", "BmVt6mQ3v2l9pD0sKx7cYw1rT8uZaNfEhJgIoLkRqWs", "a" * 32),
    ("secret-weak", "stringData:", "data:"),
    ("secret-incomplete", "  client-secret: oLx9-planted-7Q\n", ""),
    (
        "secret-not-mounted",
        "            - {name: secrets, mountPath: /secrets, readOnly: true}\n",
        "",
    ),
    ("secret-readable", "            defaultMode: 0440\n", ""),
    ("secret-readable", "0440", "0644"),
    ("mount-in-mount", "mountPath: /secrets", "mountPath: /etc/sidegate/secrets"),
    ("config-map-missing", "configMap: {name: sidegate}", "configMap: {name: other}"),
    ("key-vault-objects", "- |\n          objectName", "- objectName"),
    ("key-vault-objects", "array:", "array: ["),
    ("key-vault-identity", "tenantId", "tenant"),
    ("key-vault-identity", "    clientID: 66666666-7777-8888-9999-000000000000\n", ""),
    ("key-vault-incomplete", "objectName: cookie-secret", "objectName: other"),
    ("gateway-tls-version", ", minProtocolVersion: TLSV1_2", ""),
    ("gateway-tls-version", "TLSV1_2", "TLSV1_1"),
    ("gateway-no-certificate", "credentialName: shop-tls", 'credentialName: ""'),
    ("gateway-plain-http", "httpsRedirect: true", "httpsRedirect: false"),
    ("callback-retried", "retries: {attempts: 0}", "retries: {attempts: 3}"),
    ("service-protocol-unsaid", "{name: http, port: 80", "{name: proxy, port: 80"),
    ("callback-unrouted", "--redirect-url=https://shop", "--redirect-url=https://auth"),
    (
        "policy-denies-everybody",
        '- to: [{operation: {ports: ["8080"]}}]',
        "- from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/shop]}}]",
    ),
    (
        "policy-for-whole-namespace",
        "  selector: {matchLabels: {app: shop}}\n  action: DENY",
        "  action: DENY",
    ),
    (
        "policy-names-loopback",
        "{source: {principals:",
        '{source: {ipBlocks: ["127.0.0.1"], principals:',
    ),
    ("mesh-not-strict", "mode: STRICT", "mode: PERMISSIVE"),
    (
        "no-network-policy",
        "podSelector: {matchLabels: {app: shop}}",
        "podSelector: {matchLabels: {a: b}}",
    ),
    ("namespace-label-unset", "kubernetes.io/metadata.name: istio-ingress", "name: istio-ingress"),
    ("names-not-resolved", "        - {port: 53, protocol: TCP}\n", ""),
    ("names-not-resolved", "        - {port: 53, protocol: UDP}\n", ""),
    (
        "provider-closed",
        "ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 169.254.0.0/16]}",
        "podSelector: {}",
    ),
    ("control-plane-closed", "port: 15012", "port: 15010"),
    ("configuration-mistake", 'client_id = "shop"', 'client_idd = "shop"'),
    ("configuration-mistake", "--redirect-url=https://shop", "--redirect-url=https://[x"),
    ("configuration-weak", 'client_id = "shop"', 'client_id = "shop"\n    cookie_secure = false'),
    ("open-to-everybody", 'email_domains = ["example.com"]', 'email_domains = ["*"]'),
    ("token-in-answers", "reverse_proxy = true", "set_authorization_header = true"),
    (
        "token-in-answers",
        "reverse_proxy = true",
        "set_xauthrequest = true\n    pass_access_token = true",
    ),
    ("token-to-application", "reverse_proxy = true", "pass_access_token = true"),
    ("session-lives-long", 'session_idle_timeout = "8h"', 'cookie_expire = "48h"'),
    ("proxies-not-named", *OAUTH2_PROXY),
    ("mesh-passes-fields-on", "    trusted_proxy_headers =", "    # trusted_proxy_headers ="),
    ("pkce-off", *OAUTH2_PROXY),
    ("no-hsts", *OAUTH2_PROXY),
    ("callback-logged", *OAUTH2_PROXY),
    ("session-cookie-passed", *OAUTH2_PROXY),
    (
        "scope-repeated",
        "- --redirect-url",
        "- --scope=openid\n            - --scope=email\n            - --redirect-url",
    ),
    (
        "variable-unresolved",
        "https://shop.example.com/oauth2",
        "https://$(HOSTNAME).example.com/oauth2",
    ),
    (
        "upstream-outside-pod",
        'upstreams = ["http://127.0.0.1:8080"]',
        'upstreams = ["http://shop:8080"]',
    ),
    ("sign-ins-not-logged", "reverse_proxy = true", "auth_logging = false"),
    ("metrics-off", 'metrics_address = "0.0.0.0:44180"', 'ready_path = "/ready"'),
    ("folder-not-mounted", "reverse_proxy = true", 'custom_templates_dir = "/templates"'),
]
FINE = [
    ("stringData:\n  client-secret: oLx9-planted-7Q\n", RAW_SECRET),
    ("targetPort: 4180", "targetPort: sidegate"),
    ("{name: http, port: 80", "{name: http-web, port: 80"),
    ("{name: http, port: 80", "{name: web, appProtocol: http, port: 80"),
    ("  selector: {app: shop}\n  ports", "  selector: {app: other}\n  ports"),
    ("-listen=127.0.0.1:8080", "-listen=localhost:8080"),
    ("-listen=127.0.0.1:8080", "--config=/etc/app:1"),
    ("listen 127.0.0.1:8080", "listen unix:/run/app.sock"),
    ("drop: [ALL]", "drop: [ALL], add: [NET_BIND_SERVICE]"),
    ("            runAsUser: 2000\n            runAsGroup: 2000\n", ""),
    ("sidegate:0.1.0", "sidegate@sha256:0123"),
    ('email_domains = ["example.com"]', 'email_domains = ["*"]\n    allowed_groups = ["staff"]'),
    ("retries: {attempts: 0}", "timeout: 30s"),
    ("mode: SIMPLE, credentialName: shop-tls", "mode: MUTUAL, credentialName: shop-tls"),
    ("mode: SIMPLE, credentialName: shop-tls, minProtocolVersion: TLSV1_2", "mode: PASSTHROUGH"),
    ("port: 53, protocol: TCP", "port: 53, endPort: 60, protocol: TCP"),
    ("configMap: {name: sidegate}", "configMap: {name: sidegate, optional: true}"),
    ("kind: Deployment", "kind: StatefulSet"),
    (
        "          readinessProbe",
        variable("OTEL_EXPORTER_OTLP_HEADERS", "valueFrom: {secretKeyRef: {name: o, key: h}}")
        + "          readinessProbe",
    ),
    (
        "          readinessProbe",
        variable("OTEL_EXPORTER_OTLP_ENDPOINT", 'value: "http://collector:4318"')
        + "          readinessProbe",
    ),
]


@pytest.mark.parametrize(("name", "old", "new"), FINDINGS)
def test_a_mistake_is_found(name, old, new):
    assert name in found(old, new)


@pytest.mark.parametrize(("old", "new"), FINE)
def test_what_is_fine_is_not_found(old, new):
    assert found(old, new) == set()


def test_a_package_that_only_the_image_has_is_not_missed_here(monkeypatch):
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    line = "reverse_proxy = true"
    assert found(line, f'{line}\n    tracing = "otlp"') == set()


def test_nothing_is_found_in_clean_manifests():
    assert examine(collect([Source(name, text) for name, text in CLEAN.items()])) == []


def test_every_finding_about_manifests_has_a_row():
    elsewhere = {"metric-unknown", "metric-label-unknown", "key-with-hyphen"}
    families = {"A running gate", "What only people know", "The review file"}
    of_manifests = {one.id for one in advice().values() if one.family not in families}
    assert {name for name, _, _ in FINDINGS} == of_manifests - elsewhere


FOUNDING = """
service-leads-past-gate route-leads-past-gate application-listens-everywhere mesh-lets-everybody-in
identity-headers-pass runs-as-root privilege-escalation capabilities-kept root-filesystem-writable
no-seccomp-profile runs-in-group-0 token-mounted no-limits image-floats image-has-holes
standard-on-default in-namespace-default mesh-init-refused secret-in-environment secret-weak
secret-incomplete secret-not-mounted mount-in-mount config-map-missing key-vault-objects
key-vault-identity key-vault-incomplete gateway-tls-version gateway-no-certificate
gateway-plain-http callback-retried service-protocol-unsaid policy-denies-everybody
policy-for-whole-namespace mesh-not-strict namespace-label-unset names-not-resolved
provider-closed control-plane-closed
configuration-mistake open-to-everybody token-in-answers token-to-application session-lives-long
proxies-not-named pkce-off scope-repeated variable-unresolved no-hsts metric-unknown
metric-label-unknown metrics-off callback-logged session-cookie-passed
key-with-hyphen folder-not-mounted
"""


def test_every_mistake_of_the_founding_deployment_is_found():
    assert {one.id for one in examine(collect(founding()))} == set(FOUNDING.split())


OAUTH2_PROXY_ALONE = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: oauth2-proxy
    image: quay.io/oauth2-proxy/oauth2-proxy:v7.15.3
    args: ["--upstream=file:///dev/null", --client-id=x, --email-domain=a.example]
    env:
    - {name: OAUTH2_PROXY_CLIENT_SECRET, valueFrom: {secretKeyRef: {name: s, key: a}}}
    - {name: OAUTH2_PROXY_COOKIE_SECRET, valueFrom: {secretKeyRef: {name: s, key: b}}}
"""


def test_what_only_sidegate_does_not_have_is_no_mistake_of_oauth2_proxy():
    ids = {one.id for one in examine(collect([Source("f", OAUTH2_PROXY_ALONE)]))}
    assert not {"configuration-mistake", "identity-headers-pass"} & ids
    ours = OAUTH2_PROXY_ALONE.replace("quay.io/oauth2-proxy/oauth2-proxy:v7.15.3", "sidegate:1")
    assert "configuration-mistake" in {one.id for one in examine(collect([Source("f", ours)]))}


PLAIN = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, MORE}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "postgres:16"}]}
"""
MANAGED = "managedFields: [{fieldsV1: {'f:spec': {'k:{\"name\":\"sidegate\"}': {}}}}], uid: x"


def test_what_a_cluster_adds_to_objects_changes_nothing():
    plain = PLAIN.replace("MORE", "uid: x")
    added = PLAIN.replace("MORE", MANAGED) + "status: {readyReplicas: 1}\n"
    lines = "".join(f"  {line}\n" for line in added.splitlines())
    listed = "apiVersion: v1\nkind: List\nitems:\n-" + lines[1:]
    expected, found = (
        {(one.id, one.seen) for one in examine(collect([Source("f", text)]))}
        for text in (plain, listed)
    )
    assert expected == found
    assert "no-network-policy" not in {name for name, _ in found}  # that is asked of gates


RULE = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: gate, namespace: shop}
spec:
  groups:
    - name: gate
      rules:
        - alert: A
          expr: EXPR
"""
THEIRS = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: oauth2-proxy:v7.15.3}]}\n---\n"
WRONG = [
    ("", "sum(rate(oauth2_proxy_requests_total[5m])) by (status)", "status: "),
    ("", "sum by (path) (sidegate_sessions_started_total)", "path: "),
    ("", "oauth2_proxy_response_duration_seconds_bucket{path='/'}", "path: "),
    (
        "",
        "sidegate_upstream_errors_total{reason='x'}",
        "reason: sidegate_upstream_errors_total has c",
    ),
    ("", "rate(sidegate_login_failures_total[5m])", "sidegate_login_failures_total"),
    ("", "oauth2_proxy_requests_in_flight_sum", "oauth2_proxy_requests_in_flight_sum"),
    (THEIRS, "sum(rate(oauth2_proxy_requests_total[5m])) by (path)", "path: "),
    (THEIRS, "oauth2_proxy_requests_total{method='GET'}", "method: "),
    (THEIRS, "sidegate_ready", "sidegate_ready"),
]
RIGHT = [
    ("", "sum(rate(oauth2_proxy_requests_total[5m])) by (path, code, namespace, pod)"),
    ("", "sum by (le) (rate(oauth2_proxy_response_duration_seconds_bucket{method='get'}[5m]))"),
    ("", "sum by (status) (rate(nginx_requests_total[5m]))"),
    ("", "sidegate_ready * on (pod) group_left (phase) kube_pod_status_phase"),
    ("", "sidegate:errors:rate5m"),
    (THEIRS, "sum(rate(oauth2_proxy_requests_total{code='500'}[5m])) by (code, job)"),
]


def of_rule(before, expression):
    text = before + RULE.replace("EXPR", f'"{expression}"')
    return [one for one in examine(collect([Source("f", text)])) if one.id.startswith("metric-")]


@pytest.mark.parametrize(("before", "expression", "what"), WRONG)
def test_an_alert_on_what_the_gate_does_not_have_is_found(before, expression, what):
    (found,) = of_rule(before, expression)
    assert found.seen.startswith(what)


@pytest.mark.parametrize(("before", "expression"), RIGHT)
def test_an_alert_on_what_there_is_or_on_somebody_else_is_fine(before, expression):
    assert [one for one in of_rule(before, expression) if one.id != "metrics-off"] == []


def test_the_check_knows_the_metrics_that_the_manual_has():
    text = (Path(__file__).parents[3] / "docs/operate/metrics-and-logs.md").read_text()
    row = r"^\| `((?:sidegate|oauth2_proxy)_\w+)` \| (\w+) \|([^|]*)\|"
    manual = {
        name: {*re.findall(r"`(\w+)`", labels), *(["le"] if kind == "histogram" else [])}
        for name, kind, labels in re.findall(row, text, re.MULTILINE)
    }
    assert of_sidegate() == manual, (
        "write the metric and its labels into src/sidegate/check/metrics.toml"
    )
