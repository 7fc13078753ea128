"""The application's port is found where somebody says it."""

import pytest

from sidegate.inject.ports import application_port, named, resolve
from sidegate.inject.refusal import Refused
from sidegate.inject.wanted import Wanted
from sidegate.manifests.objects import Source, collect
from sidegate.manifests.read import read
from tests.unit.inject.application import APPLICATION

LABELS = "      labels: {app: web}\n"


def port_of(text: str, wanted: Wanted = Wanted("g:1")) -> int:  # noqa: B008 - it is frozen
    manifests = collect([Source("f", text)])
    thing = manifests.workloads[0]
    return application_port(thing, manifests.services_of(thing), wanted)


@pytest.mark.parametrize(
    ("old", "new", "port"),
    [
        ("", "", 8080),
        ("targetPort: http", "targetPort: 3000", 3000),
        ("    targetPort: http\n", "", 80),
        ("app: web}\n  ports", "app: other}\n  ports", 8080),
        (LABELS, f"{LABELS}      annotations: {{sidegate.io/upstream-port: '9'}}\n", 9),
    ],
)
def test_a_service_says_it_else_the_container_else_an_annotation(old, new, port):
    assert port_of(APPLICATION.replace(old, new)) == port


def test_a_flag_says_it_before_all():
    assert port_of(APPLICATION, Wanted("g:1", upstream_port=7)) == 7


def test_an_annotation_that_is_no_port_is_refused():
    annotation = "      annotations: {sidegate.io/upstream-port: x}\n"
    text = APPLICATION.replace(LABELS, LABELS + annotation)
    with pytest.raises(Refused, match="not a port"):
        port_of(text)


def test_a_port_is_resolved_by_name():
    (thing,) = collect([Source("f", APPLICATION)]).workloads
    assert resolve(thing, read("http")[0]) == 8080
    assert resolve(thing, read("'81'")[0]) == 81
    assert resolve(thing, read("other")[0]) is None


def test_a_workload_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(Refused, match="Deployment/web"):
        named(collect([Source("f", APPLICATION)]), "StatefulSet/web")
