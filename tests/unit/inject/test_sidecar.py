"""The container of the gate: what it may do, and what it is told."""

import pytest

from sidegate.cli.configuration import load_again
from sidegate.inject.sidecar import MAY_READ, arguments, container, volumes
from sidegate.inject.wanted import Wanted


def test_serve_takes_the_flags(tmp_path):
    more = (
        "--provider=oidc",
        "--client-id=web",
        "--email-domain=a.test",
        "--oidc-issuer-url=https://i.test",
    )
    words = arguments(Wanted("g:1", arguments=more), 8080, ["/healthz"])
    for name in ("client-secret", "cookie-secret"):
        (tmp_path / name).write_text("BmVt6mQ3v2l9pD0sKx7cYw1rT8uZaNfEhJgIoLkRqWs=")
    settings = load_again([word.replace("/secrets", str(tmp_path)) for word in words]).settings
    assert settings.server.http_address == "0.0.0.0:4180"
    (upstream,) = settings.upstream.upstreams
    assert upstream.origin.port == 8080


def test_a_flag_that_was_asked_for_comes_instead_of_ours():
    words = arguments(Wanted("g:1", arguments=("--upstream=http://127.0.0.1:1/",)), 8080, [])
    assert [word for word in words if word.startswith("--upstream")] == [
        "--upstream=http://127.0.0.1:1/"
    ]


def test_a_native_sidecar_is_restarted_always_and_a_classic_one_is_like_any_other():
    assert container(Wanted("g:1"), 8080, [])["restartPolicy"] == "Always"
    assert "restartPolicy" not in container(Wanted("g:1", is_classic=True), 8080, [])


def test_on_openshift_the_cluster_chooses_the_user():
    made = container(Wanted("g:1", is_openshift=True), 8080, [])["securityContext"]
    assert "runAsUser" not in made
    assert made["runAsNonRoot"] is True
    assert container(Wanted("g:1"), 8080, [])["securityContext"]["runAsUser"] == 2000


def test_the_configuration_is_mounted_where_it_is_read():
    wanted = Wanted("g:1", config_map="gate")
    made = container(wanted, 8080, [])
    assert "--config=/etc/sidegate/sidegate.toml" in made["args"]
    assert [mount["mountPath"] for mount in made["volumeMounts"]] == ["/secrets", "/etc/sidegate"]
    assert all(mount["readOnly"] for mount in made["volumeMounts"])
    assert volumes(wanted, MAY_READ)[1] == {
        "name": "sidegate-config",
        "configMap": {"name": "gate"},
    }


@pytest.mark.parametrize(
    ("more", "port"), [((), 44180), (("--metrics-address=127.0.0.1:9100",), 4180)]
)
def test_probes_ask_where_no_crowd_of_clients_takes_their_place(more, port):
    made = container(Wanted("g:1", arguments=more), 8080, [])
    kinds = ("startupProbe", "livenessProbe", "readinessProbe")
    assert {made[kind]["httpGet"]["port"] for kind in kinds} == {port}
