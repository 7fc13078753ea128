"""Values of oauth2-proxy's chart become ours, and what does not is said."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.helm.convert_values import Conversion, main
from tests.kubernetes.charts import config_check, kubeconform, merged, render
from tests.kubernetes.matrix import NGINX
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


EVERYTHING = yaml.safe_load(
    (Path(__file__).parent / "oauth2_proxy" / "everything.yaml").read_text()
)
# Looked at together with what is beside them.
ONLY_SHAPES = {
    *("alphaConfig.annotations.team", "alphaConfig.configData.providers[0].id"),
    *("config.requiredSecretKeys[0]", "config.requiredSecretKeys[1]"),
}


def leaves(value, path=""):
    """Yield the path of each scalar and of each empty collection."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from leaves(each, f"{path}[{at}]")
    else:
        yield path


def without(path):
    """Return every value but one."""
    whole = copy.deepcopy(EVERYTHING)
    *above, last = re.findall(r"[^.\[\]]+", path)
    place = whole
    for key in above:
        place = place[int(key)] if isinstance(place, list) else place[key]
    del place[int(last) if isinstance(place, list) else last]
    return whole


@pytest.mark.parametrize("path", [one for one in leaves(EVERYTHING) if one not in ONLY_SHAPES])
def test_no_value_is_lost_in_silence(path):
    whole, less = Conversion(EVERYTHING), Conversion(without(path))
    told = [note for note in whole.notes if note not in less.notes]
    named = [note for note in whole.notes if path.startswith(note.partition(":")[0])]
    assert whole.values != less.values or told or named


def test_whatever_is_given_becomes_what_the_chart_takes():
    made = Conversion(EVERYTHING).values
    redis = {"networkPolicy": {"redis": {"enabled": True, "podLabels": {"app": "redis"}}}}
    manifests = render(merged(IMAGE, NGINX, made, redis))
    assert kubeconform(manifests) == ""
    files = {"google_service_account_json", "authenticated_emails_file", "htpasswd_file"}
    assert files <= made["config"].keys()
    assert made["secrets"] == {
        "existingSecret": "door-secret",
        "keys": {"cookieSecret": "ring", "clientSecret": "", "redisPassword": "password"},
    }
    assert made["gatewayApi"]["parentRefs"][0]["kind"] == "ListenerSet"
    assert made["extraHosts"] == ["gate.example.com", "auth.example.com"]


LIST = [
    "--allowed-role=a:b",
    "--allowed-role=c:d",
    "--provider",
    "oidc",
    '--set-xauthrequest="true"',
]
TEMPLATED = {
    "config": {"configFile": 'cookie_expire = "1h"\noidc_issuer_url = "https://{{ .x }}/"\n'},
    "extraArgs": {"client-id": "{{ .Values.id }}", "email-domain": "example.com"},
    "ingress": {"enabled": True, "hosts": ["{{ .Release.Name }}.local", "a.example.com"]},
    "extraVolumes": [{"name": "{{ .x }}", "emptyDir": {}}, {"name": "b", "emptyDir": {}}],
}


def test_a_flag_may_be_given_several_times_and_in_two_words():
    config = Conversion({"extraArgs": LIST}).config
    assert config["allowed_roles"] == ["a:b", "c:d"]
    assert config["provider"] == "oidc"
    assert config["set_xauthrequest"] is True


def test_templates_of_their_chart_are_named_and_never_copied():
    made = Conversion(TEMPLATED)
    assert "{{" not in yaml.safe_dump(made.values)
    assert made.config == {"cookie_expire": "1h", "email_domains": ["example.com"]}
    assert made.values["host"] == "a.example.com"
    assert made.values["extraVolumes"] == [{"name": "b", "emptyDir": {}}]
    for path in ("configFile: oidc_issuer_url", "client-id", "ingress.hosts[0]", "extraVolumes[0]"):
        assert any(path in note and "template" in note for note in made.notes)


def test_a_chart_of_charts_has_the_values_one_level_down():
    assert Conversion({"oauth2-proxy": WHOLE}).values == Conversion(WHOLE).values


def test_a_flag_that_is_false_was_true_in_their_chart_and_that_is_said():
    made = Conversion({"extraArgs": {"ssl-insecure-skip-verify": False}})
    assert made.config == {"ssl_insecure_skip_verify": False}
    assert any("--ssl-insecure-skip-verify, which is true" in note for note in made.notes)


def test_a_flag_wins_over_a_variable_and_that_over_the_file():
    variable = {"name": "OAUTH2_PROXY_COOKIE_NAME", "value": "b"}
    old = {"config": {"configFile": "cookie_name = 'a'"}, "extraEnv": [variable]}
    assert Conversion(old).config["cookie_name"] == "b"
    assert Conversion({**old, "extraArgs": {"cookie-name": "c"}}).config["cookie_name"] == "c"


def test_what_nobody_changed_is_not_told():
    theirs = {
        "service": {"appProtocol": "http", "portNumber": 80},
        "revisionHistoryLimit": 10,
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "config": {"clientID": "XXXXXXX", "clientSecret": "XXXXXXXX"},
        "livenessProbe": {"enabled": True, "timeoutSeconds": 1},
        "ingress": {"path": "/", "pathType": "ImplementationSpecific"},
    }
    assert Conversion(theirs).notes == Conversion({}).notes


@pytest.mark.parametrize(
    ("old", "named"),
    [
        ({"authenticatedEmailsFile": {"enabled": True}}, "authenticatedEmailsFile"),
        ({"htpasswdFile": {"enabled": True, "entries": ["x"]}}, "htpasswdFile.entries"),
        ({"alphaConfig": {"enabled": True}}, "alphaConfig"),
        ({"extraArgs": {"nonsense": "1"}}, "nonsense"),
        ({"extraContainers": [{"name": "x"}]}, "extraContainers"),
        ({"config": {"existingConfig": "x"}}, "existingConfig"),
        ({"config": {"configFile": "a = [ 1"}}, "no TOML"),
        ({"config": {"configFile": "limit_connections = 'x'"}}, "no value for config"),
        ({"config": {"emailDomains": ["*"]}}, "everybody who can sign in; is that meant?"),
        ({"config": None, "ingress": None}, "host"),
        ({"redis": {"enabled": True}}, "no Redis is installed here"),
        ({"extraEnv": [{"name": "HTTPS_PROXY", "value": "x"}]}, "HTTPS_PROXY"),
        ({}, "email_domains"),
        ({}, "existingSecret"),
        ({}, "host"),
    ],
    ids=str,
)
def test_what_is_not_taken_over_is_said(old, named):
    assert any(named in note for note in Conversion(old).notes)


def test_where_spans_go_is_taken_over_and_what_is_secret_named():
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_SERVICE_NAME")
    reference = {"name": names[1], "valueFrom": {"secretKeyRef": {"name": "o", "key": "h"}}}
    kept = [{"name": names[0], "value": "http://collector:4318"}, reference]
    named = {"name": names[2], "value": "{{ .Release.Name }}"}
    made = Conversion({"extraEnv": [*kept, named]})
    assert made.values["extraEnv"] == kept
    assert 'extraEnv: OTEL_*: is read where config.tracing is "otlp"' in made.notes
    secret = Conversion({"extraEnv": [{"name": names[1], "value": "api-key=planted"}]})
    assert "extraEnv" not in secret.values
    assert any(f"{names[1]}: is a secret" in note for note in secret.notes)
    assert "planted" not in "".join(secret.notes)


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
