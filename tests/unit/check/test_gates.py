"""The gate of a pod is known by its name or its image."""

import pytest

from sidegate.check.gates import gate_of, is_gate
from sidegate.manifests.objects import Source, collect
from sidegate.manifests.read import read

POD = """
apiVersion: v1
kind: Pod
spec:
  initContainers:
  - {name: gate, image: registry/sidegate@sha256:0, ports: [{containerPort: 4000, name: in}]}
  containers:
  - {name: istio-proxy, image: istio}
  - {name: web, image: web}
"""


@pytest.mark.parametrize(
    ("container", "is_one"),
    [
        ("{name: sidegate}", True),
        ("{name: x, image: sidegate}", True),
        ("{name: x, image: 'r:5000/a/sidegate:1'}", True),
        ("{name: x, image: quay.io/oauth2-proxy/oauth2-proxy:v7}", True),
        ("{name: oauth2-proxy, image: 'mirror/proxy:1'}", True),
        ("{name: web, image: sidegate-demo}", False),
        ("{name: web}", False),
        ("{image: sidegate, args: [serve, --config=x]}", True),
        ("{image: sidegate, args: [config, check]}", False),
        ("{name: x, image: sidegate, command: [python3, -c, pass, a-sidegate]}", False),
        ("{name: x, image: mirror, command: [/bin/oauth2-proxy]}", False),
        ("{name: x, image: sidegate, command: [/usr/bin/sidegate, serve]}", True),
        ("{name: sidegate, image: sidegate, command: [sh, -c, exec sidegate]}", True),
    ],
)
def test_a_gate_is_known_by_name_and_image(container, is_one):
    assert is_gate(read(container)[0]) is is_one


def test_the_applications_are_the_other_containers_without_the_mesh():
    (thing,) = collect([Source("f", POD)]).workloads
    gate = gate_of(thing)
    assert gate is not None
    assert gate.is_sidegate
    assert [one["name"].text for one in gate.applications] == ["web"]
    assert (gate.ports, gate.port_names) == ({4000, 4180}, {"in"})


def test_a_gate_that_says_no_port_listens_on_4180():
    text = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: oauth2-proxy}]}"
    (thing,) = collect([Source("f", text)]).workloads
    gate = gate_of(thing)
    assert gate is not None
    assert gate.ports == {4180}
    assert not gate.is_sidegate
