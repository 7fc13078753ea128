"""Values of oauth2-proxy's chart become ours, and what does not is said."""

import subprocess
import sys

import pytest
import yaml

from deploy.helm.convert_values import Conversion, main
from tests.kubernetes.charts import config_check, kubeconform, merged, render
from tests.parts import ROOT

pytestmark = pytest.mark.needs("helm", "manifest-schemas")

IMAGE = {"image": {"repository": "registry.example.com/sidegate"}}
FILE = """\
email_domains = [ "example.com" ]
upstreams = [ "file:///dev/null" ]
cookie-expire = "24h"
whitelist_domains = ".example.com"
"""
WHOLE = {
    "config": {
        "clientID": "my-app",
        "existingSecret": "gate",
        "cookieName": "_gate",
        "configFile": FILE,
    },
    "image": {"tag": "v7.6.0"},
    "extraArgs": {
        "provider": "oidc",
        "oidc-issuer-url": "https://login.example.com",
        "skip-provider-button": "true",
        "allowed-group": "a,b",
        "reverse-proxy": True,
    },
    "extraEnv": [{"name": "OAUTH2_PROXY_COOKIE_SAMESITE", "value": "strict"}],
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "hosts": ["auth.example.com"],
        "tls": [{"secretName": "tls", "hosts": ["auth.example.com"]}],
    },
    "replicaCount": 3,
    "resources": {"limits": {"memory": "300Mi"}},
    "tolerations": [{"key": "x", "operator": "Exists"}],
    "metrics": {"enabled": True, "servicemonitor": {"enabled": True, "interval": "60s"}},
    "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
    "extraVolumes": [{"name": "ca", "secret": {"secretName": "ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca", "readOnly": True}],
}


def test_a_whole_file_becomes_values_that_the_chart_and_the_program_take(tmp_path):
    made = Conversion(WHOLE).values
    manifests = render(merged(IMAGE, made))
    assert kubeconform(manifests) == ""
    assert config_check(manifests, tmp_path) == ""
    assert made["config"] == {
        "client_id": "my-app",
        "cookie_name": "_gate",
        "email_domains": ["example.com"],
        "cookie_expire": "24h",
        "whitelist_domains": [".example.com"],
        "provider": "oidc",
        "oidc_issuer_url": "https://login.example.com",
        "skip_provider_button": True,
        "allowed_groups": ["a", "b"],
        "cookie_samesite": "strict",
    }
    assert made["host"] == "auth.example.com"
    assert made["replicas"] == 3
    assert made["secrets"]["existingSecret"] == "gate"
    assert made["ingress"]["tlsSecretName"] == "tls"


def test_arguments_may_be_a_list():
    old = {"extraArgs": ["--email-domain=example.com", "--skip-provider-button"]}
    config = Conversion(old).config
    assert config == {"email_domains": ["example.com"], "skip_provider_button": True}


@pytest.mark.parametrize(
    ("old", "named"),
    [
        ({"authenticatedEmailsFile": {"enabled": True}}, "authenticatedEmailsFile"),
        ({"htpasswdFile": {"enabled": True, "entries": ["x"]}}, "htpasswdFile.entries"),
        ({"alphaConfig": {"enabled": True}}, "alphaConfig"),
        ({"extraArgs": {"nonsense": "1"}}, "nonsense"),
        ({"extraContainers": [{"name": "x"}]}, "extraContainers"),
        ({"config": {"existingConfig": "x"}}, "existingConfig"),
        ({"extraEnv": [{"name": "HTTPS_PROXY", "value": "x"}]}, "HTTPS_PROXY"),
        ({}, "email_domains"),
        ({}, "existingSecret"),
        ({}, "host"),
    ],
    ids=str,
)
def test_what_is_not_taken_over_is_said(old, named):
    assert any(named in note for note in Conversion(old).notes)


def test_no_secret_is_written():
    old = {
        "config": {"clientSecret": "planted", "cookieSecret": "planted"},
        "extraArgs": {"client-secret": "planted"},
        "sessionStorage": {
            "type": "redis",
            "redis": {
                "password": "planted",
                "standalone": {"connectionUrl": "redis://:planted@redis:6379"},
            },
        },
    }
    done = Conversion(old)
    assert "planted" not in yaml.safe_dump(done.values) + "".join(done.notes)


@pytest.mark.parametrize("urls", [["redis://a:1", "redis://b:1"], "redis://a:1,redis://b:1"])
def test_sentinels_may_be_a_list_or_a_text(urls):
    sentinel = {"masterName": "m", "connectionUrls": urls}
    storage = {"type": "redis", "redis": {"clientType": "sentinel", "sentinel": sentinel}}
    config = Conversion({"sessionStorage": storage}).config
    assert config["redis_sentinel_connection_urls"] == ["redis://a:1", "redis://b:1"]
    assert config["redis_use_sentinel"] is True


def test_the_command_reads_a_file_and_writes_values(tmp_path):
    (tmp_path / "old.yaml").write_text(yaml.safe_dump(WHOLE))
    done = subprocess.run(
        [sys.executable, "-m", "deploy.helm.convert_values", tmp_path / "old.yaml"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert yaml.safe_load(done.stdout)["host"] == "auth.example.com"
    assert "image.repository" in done.stderr


@pytest.mark.parametrize("content", [None, b"a: [", b"- a", b"\x80\x00", b"text"])
def test_what_is_no_values_file_is_named_with_what_to_do(content, tmp_path, capsys):
    path = tmp_path / "old.yaml"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert str(path) in told.err
    assert "Give the values file of oauth2-proxy's chart" in told.err


def test_help_is_no_mistake(capsys):
    assert main(["--help"]) == 0
    assert "convert_values" in capsys.readouterr().out
