"""Probes of the application's port go through the gate, and open one path each."""

import re

import pytest

from sidegate.inject.probes import probes_to_move
from sidegate.inject.refusal import Refused
from sidegate.manifests.objects import Source, collect
from tests.unit.inject.application import APPLICATION


def patterns(probe: str) -> list[str]:
    text = APPLICATION.replace("httpGet: {path: /healthz, port: http}", probe)
    (thing,) = collect([Source("f", text)]).workloads
    return [path for _, path in probes_to_move(thing, 8080)]


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ("httpGet: {path: /healthz, port: http}", ["/healthz"]),
        ("httpGet: {path: /a/b.json?x=1, port: 8080}", ["/a/b\\.json"]),
        ("httpGet: {path: /health/, port: 8080}", ["/health/"]),
        ("httpGet: {path: /, port: 9090}", []),
        ("tcpSocket: {port: 9090}", []),
        ("exec: {command: [x]}", []),
    ],
)
def test_the_path_of_a_probe_is_opened_and_nothing_else(probe, expected):
    found = patterns(probe)
    assert found == expected
    assert all(re.compile(path).fullmatch(path.replace("\\", "")) for path in found)


@pytest.mark.parametrize(
    "probe",
    [
        "httpGet: {path: /, port: http}",
        "httpGet: {path: '/a[b', port: http}",
        "httpGet: {path: /../x, port: http}",
        "httpGet: {path: /h, port: http, host: 127.0.0.1}",
        "httpGet: {path: /h, port: http, scheme: HTTPS}",
        "tcpSocket: {port: http}",
    ],
)
def test_what_the_gate_cannot_stand_in_for_is_refused(probe):
    with pytest.raises(Refused, match="--keep-probes"):
        patterns(probe)
