"""Objects are found in documents and lists, with their pods and what selects them."""

import pytest

from sidegate.manifests.objects import Source, collect, containers, selects
from sidegate.manifests.read import Unreadable, read

POD = "containers: [{name: a}]"
KINDS = [
    ("Pod", f"spec: {{{POD}}}"),
    ("Deployment", f"spec: {{template: {{spec: {{{POD}}}}}}}"),
    ("CronJob", f"spec: {{jobTemplate: {{spec: {{template: {{spec: {{{POD}}}}}}}}}}}"),
    ("PodTemplate", f"template: {{spec: {{{POD}}}}}"),
]


def one(kind: str, rest: str) -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n{rest}\n"


@pytest.mark.parametrize(("kind", "rest"), KINDS)
def test_every_kind_with_pods_is_a_workload(kind, rest):
    (thing,) = collect([Source("f", one(kind, rest))]).workloads
    assert [node["name"].text for node in containers(thing.pod)] == ["a"]
    assert str(thing) == f"{kind} x"


def test_lists_are_unfolded_and_what_is_no_object_is_left_out():
    listed = (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service}\n"
        "- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - {apiVersion: v1, kind: ConfigMap}\n"
        "---\nvalues: 1\n---\n[1]\n---\nkind: Kustomization\n"
    )
    assert [thing.kind for thing in collect([Source("f", listed)]).things] == [
        "Service",
        "ConfigMap",
    ]


def test_a_source_that_cannot_be_read_is_named():
    with pytest.raises(Unreadable) as caught:
        collect([Source("good", "a: 1"), Source("bad", "a: [")])
    assert caught.value.what.startswith("bad: ")


def test_names_are_looked_up_in_the_same_namespace():
    text = "\n---\n".join(
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: {name}}}" for name in "ab"
    )
    found = collect([Source("f", text)])
    _, second = found.things
    assert found.named("Secret", "s", second) is second
    assert found.named("Secret", "t", second) is None


@pytest.mark.parametrize(
    ("selector", "is_selected"),
    [
        ("{app: a}", True),
        ("{app: b}", False),
        ("{}", True),
        ("", False),
        ("{matchLabels: {app: a}}", True),
        ("{matchLabels: {app: a, x: y}}", False),
        ("{matchExpressions: [{key: app, operator: In, values: [a, b]}]}", True),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [a]}]}", False),
        ("{matchExpressions: [{key: app, operator: Exists}]}", True),
        ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", False),
    ],
)
def test_a_selector_selects_by_labels(selector, is_selected):
    assert selects(read(f"s: {selector}\n")[0]["s"], {"app": "a"}) is is_selected
