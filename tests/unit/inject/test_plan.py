"""The gate goes in, once; it comes out and leaves nothing; and what is not safe is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from sidegate.check.examine import examine
from sidegate.inject.plan import inject, uninject, unknown
from sidegate.inject.refusal import Refused
from sidegate.inject.wanted import Wanted
from sidegate.manifests.objects import Source, collect, containers
from sidegate.manifests.read import read
from tests.unit.inject.application import APPLICATION, texts

GOLDEN = Path(__file__).parent / "golden"
WANTED = Wanted("registry.example/sidegate:0.1.0")
POD = "      containers:\n"
ASKED = 'annotations: {sidegate.io/inject: "true"}'
PLAIN = sorted(path for path in GOLDEN.glob("*.yaml") if "injected" not in path.name)


def injected(text: str, wanted: Wanted = WANTED) -> str:
    return inject([Source("app.yaml", text)], wanted)[0]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_manifests_become_what_they_should(path):
    expected = path.with_name(f"{path.stem}.injected.yaml")
    assert injected(path.read_text()) == expected.read_text()


@given(texts())
def test_what_goes_in_comes_out_byte_for_byte(text):
    assert uninject([Source("f", injected(text))]) == [text]


@given(texts())
def test_a_second_time_changes_nothing(text):
    once = injected(text)
    assert once != text
    assert injected(once) == once


@given(texts())
def test_only_the_gate_is_added_and_every_way_leads_to_it(text):
    before, after = (
        collect([Source("f", one.removeprefix("\ufeff"))]) for one in (text, injected(text))
    )
    (old,), (new,) = before.workloads, after.workloads
    first, *rest = containers(new.pod)
    assert first["name"].text == "sidegate"
    assert [one["name"].text for one in rest] == [one["name"].text for one in containers(old.pod)]
    (service,) = after.of_kind("Service")
    assert {port["targetPort"].number for port in service.spec["ports"]} == {4180}
    for one in rest:
        for kind in ("livenessProbe", "readinessProbe"):
            assert one.at(kind, "httpGet", "port").number in (None, 4180)
    assert "service-leads-past-gate" not in {one.id for one in examine(after)}


@given(texts())
def test_every_other_line_stays(text):
    kept = injected(text).splitlines()
    assert set(text.splitlines()) <= {*kept, *(line.removeprefix("#|") for line in kept)}


def test_settings_can_be_changed_by_injecting_again():
    once = injected(APPLICATION)
    twice = injected(once, Wanted("registry.example/sidegate:0.2.0", config_map="web-gate"))
    assert "sidegate:0.1.0" not in twice
    assert "name: web-gate" in twice
    assert uninject([Source("f", twice)]) == [APPLICATION]


NAMESPACE = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
"""
CONFIG = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: gate}
data:
  sidegate.toml: |
    trusted_proxy_headers = ["X-Forwarded-For"]
"""
BELIEVED = "--trusted-proxy-header=X-Forwarded-For,X-Forwarded-Proto,X-Request-Id"


@pytest.mark.parametrize(
    ("more", "wanted", "told"),
    [
        ("", WANTED, False),
        ("", replace(WANTED, is_behind_istio=True), True),
        (NAMESPACE, WANTED, True),
        (NAMESPACE + CONFIG, replace(WANTED, config_map="gate"), False),
        (NAMESPACE + CONFIG, WANTED, True),
    ],
)
def test_behind_istio_the_gate_is_told_whom_to_believe_what(more, wanted, told):
    text = injected(APPLICATION + more, wanted)
    (thing,) = collect([Source("f", text)]).workloads
    (gate,) = thing.pod["initContainers"]
    assert (BELIEVED in gate["args"].texts) is told
    assert ("--real-client-ip-header=X-Forwarded-For" in gate["args"].texts) is told
    assert uninject([Source("f", text)]) == [APPLICATION + more]


def grace_of(text: str) -> int | None:
    (thing,) = collect([Source("f", text)]).workloads
    return thing.pod["terminationGracePeriodSeconds"].number


@given(texts())
def test_the_pod_gets_the_time_that_the_gate_needs_to_end(text):
    before = grace_of(text.removeprefix("\ufeff")) or 0
    assert grace_of(injected(text).removeprefix("\ufeff")) == max(before, 35)


def test_the_time_to_end_is_what_the_gate_is_told():
    arguments = ("--shutdown-timeout=55s", "--drain-delay", "10s")
    assert grace_of(injected(APPLICATION, Wanted("g:1", arguments=arguments))) == 70


def test_a_grace_period_without_a_value_is_refused():
    empty = APPLICATION.replace(POD, f"      terminationGracePeriodSeconds:\n{POD}")
    with pytest.raises(Refused, match="terminationGracePeriodSeconds without a value"):
        injected(empty)


def test_a_classic_sidecar_stands_behind_the_application():
    text = injected(APPLICATION, Wanted("sidegate:1", is_classic=True))
    (thing,) = collect([Source("f", text)]).workloads
    assert [one["name"].text for one in thing.pod["containers"]] == ["web", "sidegate"]
    assert "restartPolicy" not in text
    assert uninject([Source("f", text)]) == [APPLICATION]


def test_objects_in_several_files_belong_together():
    deployment, service = APPLICATION.split("---\n")
    results = inject([Source("a", deployment), Source("b", service)], WANTED)
    assert "targetPort: 4180" in results[1]


def test_a_workload_is_chosen_by_name_or_by_annotation():
    other = APPLICATION.replace("name: web", "name: api").replace("app: web", "app: api")
    both = APPLICATION + "---\n" + other
    annotated = both.replace("{app: api}\n    spec", f"{{app: api}}\n      {ASKED}\n    spec")
    for text, wanted in (
        (both, Wanted("g:1", workloads=("Deployment/api",))),
        (annotated, WANTED),
    ):
        (web, api) = collect([Source("f", injected(text, wanted))]).workloads
        assert not web.pod["initContainers"]
        assert api.pod["initContainers"]


def test_what_helm_runs_once_has_to_be_asked_for():
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n"
    whole = f"{APPLICATION}---\n{pod}spec: {{containers: [{{name: t}}]}}\n"
    (web, hook) = collect([Source("f", injected(whole))]).workloads
    assert web.pod["initContainers"]
    assert not hook.pod["initContainers"]
    with pytest.raises(Refused, match="no port"):
        injected(whole, Wanted("g:1", workloads=("Pod/t",)))


def test_a_kind_that_is_not_known_is_left_and_named():
    other = APPLICATION.partition("---")[0].replace("Deployment", "CloneSet")
    whole = f"{APPLICATION}---\n{other}"
    assert injected(whole).endswith(other)
    (said,) = unknown([Source("app.yaml", whole)])
    assert said.startswith("app.yaml:27 (CloneSet web): ")
    assert unknown([Source("app.yaml", APPLICATION)]) == []


@pytest.mark.parametrize("target", ["4180", "gate", "44180", "gate-metrics"])
def test_a_service_that_leads_to_the_gate_already_stays(target):
    ours = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: gate}\n"
        f"spec: {{selector: {{app: web}}, ports: [{{port: 81, targetPort: {target}}}]}}\n"
    )
    text = injected(f"{APPLICATION}---\n{ours}")
    assert text.endswith(ours)
    assert "--upstream=http://127.0.0.1:8080" in text


def test_the_ports_have_the_names_that_services_of_the_chart_lead_to():
    (thing,) = collect([Source("f", injected(APPLICATION))]).workloads
    (gate,) = thing.pod["initContainers"]
    assert [port["name"].text for port in gate["ports"]] == ["gate", "gate-metrics"]


def test_on_openshift_the_cluster_chooses_user_and_group():
    text = injected(APPLICATION, Wanted("g:1", is_openshift=True))
    for number in ("runAsUser", "fsGroup"):
        assert number not in text
    assert "defaultMode: 0440" in text
    assert uninject([Source("f", text)]) == [APPLICATION]


def test_workloads_that_share_a_service_get_a_gate_together():
    deployment, service = APPLICATION.split("---\n")
    canary = deployment.replace("name: web,", "name: canary,")
    whole = f"{deployment}---\n{canary}---\n{service}"
    with pytest.raises(Refused, match="Choose that too, with --workload=Deployment/canary"):
        injected(whole, Wanted("g:1", workloads=("web",)))
    for text in (
        whole,
        whole.replace("    targetPort: http\n", "").replace("port: 80\n", "port: 8080"),
    ):
        result = injected(text, Wanted("g:1", workloads=("web", "canary")))
        assert result.count("targetPort: 4180") == 1
        assert uninject([Source("f", result)]) == [text]


def test_files_that_belong_to_somebody_keep_their_group():
    claim = "volumes: [{name: d, persistentVolumeClaim: {}}]"
    result = injected(APPLICATION.replace(POD, f"      {claim}\n{POD}"))
    assert "fsGroup" not in result
    assert "defaultMode: 0444" in result
    assert "fsGroup: 2000" in injected(APPLICATION)


PROBE = "httpGet: {path: /healthz, port: http}"
PORT = "        - containerPort: 8080\n          name: http\n"
REFUSED = [
    ("    spec:\n", "    spec: &pod\n", "anchor"),
    ("  ports:\n  - port: 80", "  ports: &p\n  - port: 80", "anchor"),
    (POD, f"      x: &v [{{name: v}}]\n      volumes: *v\n{POD}", "alias"),
    ("          name: http\n", "          hostPort: 80\n", "hostPort"),
    (POD, f"      hostNetwork: true\n{POD}", "hostNetwork"),
    (POD, f"      volumes:\n{POD}", "without a value"),
    (POD, f"      volumes: [{{name: sidegate-config}}]\n{POD}", "another name"),
    ("name: web\n", "name: sidegate\n", "did not write"),
    ("name: web\n", "name: oauth2-proxy\n", "did not write"),
    ("containerPort: 8080", "containerPort: 4180", "is the gate's"),
    ("          name: http\n", "          name: gate\n", "port name gate"),
    ("- port: 80\n", "- port: 9090\n  - port: 80\n", "leads past the gate"),
    (PORT, f"        - containerPort: 1\n{PORT}", "several ports"),
    (PORT, "        - {name: http}\n", "no port"),
    ("path: /healthz, ", "", "would have to open"),
    ("path: /healthz", "path: /a//b", "would have to open"),
    (PROBE, "tcpSocket: {port: http}", "tcpSocket"),
    (PROBE, "grpc: {port: 8080}", "grpc"),
    ("path: /healthz", "scheme: HTTPS, path: /h", "scheme"),
    ("Deployment", "ConfigMap", "nothing that makes pods"),
    (APPLICATION, f"{APPLICATION}---\n{APPLICATION}", "several workloads"),
    (APPLICATION, '{"kind": "Pod"}', "JSON"),
    (APPLICATION, "# sidegate:begin\na: 1\n", "the marks"),
]


@pytest.mark.parametrize(("old", "new", "what"), REFUSED)
def test_what_is_not_safe_is_refused_with_place_and_remedy(old, new, what):
    text = APPLICATION.replace(old, new)
    if what in ("several ports", "no port"):
        text = text.partition("---")[0]
    with pytest.raises(Refused, match=what) as caught:
        injected(text)
    assert caught.value.where
    assert caught.value.remedy.endswith(".")


def test_a_port_past_the_gate_is_refused_unless_it_is_wanted():
    text = APPLICATION.replace("- port: 80\n", "- port: 9090\n  - port: 80\n")
    with pytest.raises(Refused, match="--leave-port=9090"):
        injected(text, Wanted("g:1", upstream_port=8080))
    result = injected(text, Wanted("g:1", leave_ports=(9090,)))
    (service,) = collect([Source("f", result)]).of_kind("Service")
    assert [port["targetPort"].text for port in service.spec["ports"]] == ["", "4180"]


def test_a_job_never_ends_beside_a_classic_sidecar():
    text = APPLICATION.replace("kind: Deployment", "kind: Job")
    with pytest.raises(Refused, match="never ends"):
        injected(text, Wanted("g:1", is_classic=True))
    assert "restartPolicy: Always" in injected(text)


def test_the_result_is_yaml_that_means_the_same_with_and_without_marks():
    text = injected(APPLICATION)
    bare = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    assert [root.plain for root in read("\n".join(bare))] == [root.plain for root in read(text)]
