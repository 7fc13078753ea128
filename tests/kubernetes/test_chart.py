"""The chart renders what it should, takes what it knows, and refuses the rest with what to do."""

import pytest
import yaml

from tests.kubernetes.charts import (
    CHART,
    LEAST,
    SIDECAR,
    config_check,
    config_of,
    documents,
    gate_of,
    helm,
    kubeconform,
    merged,
    of_kind,
    refusal,
    render,
)
from tests.kubernetes.matrix import EXTERNAL, MATRIX, ROTATED
from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm", "manifest-schemas")


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
def test_lint_has_nothing_against_it(values):
    status, said = helm("lint", CHART, values, "--strict")
    assert status == 0, said


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
def test_every_object_is_as_its_schema_wants_it(values):
    assert kubeconform(render(values)) == ""


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
def test_the_program_takes_the_config_of(values, tmp_path):
    assert config_check(render(values), tmp_path) == ""


def test_nothing_given_is_refused_with_all_that_has_to_be():
    said = refusal({})
    for name in ("image.repository", "host", "client_id", "email_domains", "existingSecret"):
        assert name in said
    assert "5 mistakes" in said


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"surprise": 1}, "surprise"),
        ({"config": {"client_secret": "x"}}, "client_secret"),
        ({"config": {"cookie_secret": "x"}}, "cookie_secret"),
        ({"config": {"email_domain": "x"}}, "email_domain"),
        ({"istio": {"gateway": {"minProtocolVersion": "TLSV1_0"}}}, "minProtocolVersion"),
        ({"securityContext": {"runAsUser": 0}}, "runAsUser"),
        ({"image": {"tag": "latest"}}, "tag"),
        ({"istio": {"enabled": True}}, "credentialName"),
        ({"mode": "sidecar"}, "selectorLabels"),
        ({"secrets": {"csi": {"provider": "aws"}}}, "by one of existingSecret"),
        ({"secrets": {"existingSecret": "", "csi": {"provider": "azure"}}}, "keyvaultName"),
        (merged(EXTERNAL, ROTATED), "rotation: is for"),
        ({"config": {"session_store_type": "redis"}}, "networkPolicy.redis"),
        ({"ingress": {"enabled": True}}, "networkPolicy.gateway"),
    ],
    ids=str,
)
def test_what_is_wrong_or_dangerous_is_refused(wrong, named):
    assert named in refusal(merged(LEAST, wrong))


def test_an_option_may_be_false_or_zero():
    given = {"config": {"reverse_proxy": False, "hsts_max_age": "0", "limit_connections": 0}}
    config = config_of(render(merged(LEAST, given)))
    assert config["reverse_proxy"] is False
    assert config["limit_connections"] == 0


def test_rules_and_awkward_texts_come_out_as_they_went_in():
    rules = [{"paths": ['/a"b\\<&>/*'], "allowed_groups": ["gr\u00fcn"]}, {"paths": ["/b"]}]
    config = config_of(render(merged(LEAST, {"config": {"rules": rules, "banner": "a\nb"}})))
    assert config["rules"] == rules
    assert config["banner"] == "a\nb"


@pytest.mark.parametrize("kind", ["native", "classic"])
def test_another_chart_brings_the_gate_along(kind, example):
    values = {"sidegate": merged(LEAST, SIDECAR, {"sidecar": {"kind": kind}})}
    manifests = render(values, example)
    container, spec = gate_of(manifests)
    assert kubeconform(manifests) == ""
    place = "initContainers" if kind == "native" else "containers"
    assert container in spec[place]
    assert container.get("restartPolicy") == ("Always" if kind == "native" else None)


def test_the_container_is_as_the_security_model_says(example):
    for manifests in (render(LEAST), render({"sidegate": merged(LEAST, SIDECAR)}, example)):
        container, spec = gate_of(manifests)
        assert container["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 2000,
            "runAsGroup": 2000,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert "env" not in container
        assert "envFrom" not in container
        assert all(mount["readOnly"] for mount in container["volumeMounts"])
        mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        secrets = next(one for one in spec["volumes"] if one["name"] == "sidegate-secrets")
        assert mounted["sidegate-secrets"] == "/secrets"
        assert secrets["projected"]["defaultMode"] == 0o440
        assert spec["securityContext"]["fsGroup"] == 2000
        assert {"cpu", "memory"} == set(container["resources"]["limits"])
        assert {"cpu", "memory"} == set(container["resources"]["requests"])


def test_the_gate_can_be_given_further_environment_as_the_docs_on_traces_say():
    page = (ROOT / "docs/operate/traces.md").read_text("utf-8")
    given = yaml.safe_load(page.rpartition("```yaml\n")[2].partition("```")[0])
    manifests = render(merged(LEAST, given))
    container, _ = gate_of(manifests)
    assert kubeconform(manifests) == ""
    assert container["env"] == given["extraEnv"]
    assert config_of(manifests)["tracing"] == "otlp"


def test_the_application_does_not_see_the_secrets(example):
    _, spec = gate_of(render({"sidegate": merged(LEAST, SIDECAR)}, example))
    (application,) = spec["containers"]
    assert [mount["name"] for mount in application["volumeMounts"]] == ["page"]


def test_the_grace_period_is_longer_than_the_gate_takes_to_end():
    given = {"drain": {"delay": 10, "timeout": 60}}
    manifests = render(merged(LEAST, given))
    config, (_, spec) = config_of(manifests), gate_of(manifests)
    assert (config["drain_delay"], config["shutdown_timeout"]) == ("10s", "60s")
    assert spec["terminationGracePeriodSeconds"] > 70


@pytest.mark.parametrize(
    ("values", "port"),
    [
        ({}, "gate-metrics"),
        ({"metrics": {"enabled": False}}, "gate"),
        ({"config": {"metrics_address": "127.0.0.1:9100"}}, "gate"),
    ],
)
def test_probes_ask_where_no_crowd_of_clients_takes_their_place(values, port):
    container, _ = gate_of(render(merged(LEAST, values)))
    kinds = ("startupProbe", "livenessProbe", "readinessProbe")
    assert {container[kind]["httpGet"]["port"] for kind in kinds} == {port}


def test_on_openshift_the_cluster_chooses_the_user():
    manifests = render(merged(LEAST, {"openshift": {"enabled": True}}))
    container, spec = gate_of(manifests)
    assert "runAsUser" not in container["securityContext"]
    assert "fsGroup" not in spec["securityContext"]
    (route,) = of_kind("Route", manifests)
    assert route["spec"]["tls"]["insecureEdgeTerminationPolicy"] == "Redirect"
    assert route["spec"]["host"] == "app.example.com"


def test_the_alerts_come_out_as_they_are_written():
    (made,) = of_kind("PrometheusRule", render(MATRIX["monitored"]))
    rules = (ROOT / "deploy" / "prometheus" / "sidegate.rules.yml").read_text()
    assert made["spec"] == documents(rules)[0]


def test_no_budget_keeps_the_node_of_the_only_replica():
    assert of_kind("PodDisruptionBudget", render(LEAST))
    assert not of_kind("PodDisruptionBudget", render(merged(LEAST, {"replicas": 1})))
