"""What the gate will be told is known from flags and from a ConfigMap among the manifests."""

import pytest

from sidegate.cli.configuration import load_again
from sidegate.inject.configured import flags_for_istio, grace, values_of
from sidegate.inject.sidecar import arguments
from sidegate.inject.wanted import Wanted
from sidegate.manifests.objects import Source, collect
from tests.unit.inject.application import APPLICATION

NEEDED = (
    "--client-id=web",
    "--email-domain=a.test",
    "--oidc-issuer-url=https://i.test",
    "--provider=oidc",
)
CONFIG = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: gate, namespace: NAMESPACE}
data:
  sidegate.toml: |
    shutdown_timeout = "1m"
"""


@pytest.mark.parametrize(
    ("wanted", "namespace", "seconds"),
    [
        (Wanted("g:1"), "shop", 35),
        (Wanted("g:1", config_map="gate"), "shop", 70),
        (Wanted("g:1", config_map="gate"), "other", 35),
        (Wanted("g:1", config_map="gate", arguments=("--shutdown-timeout=10s",)), "shop", 20),
        (Wanted("g:1", arguments=("--drain-delay=1500ms",)), "shop", 32),
        (Wanted("g:1", arguments=("--no-such-option", "--drain-delay=x")), "shop", 35),
    ],
    ids=str,
)
def test_the_time_to_end_is_both_times_of_the_drain_and_a_margin(wanted, namespace, seconds):
    text = APPLICATION + CONFIG.replace("NAMESPACE", namespace)
    manifests = collect([Source("f", text)])
    assert grace(values_of(wanted, manifests.workloads[0], manifests)) == seconds


BELIEVED = "--trusted-proxy-header=X-Forwarded-For,X-Forwarded-Proto,X-Request-Id"


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        ((), [BELIEVED, "--real-client-ip-header=X-Forwarded-For"]),
        (("--trusted-proxy-header=X-Real-IP",), []),
        (
            ("--real-client-ip-header=X-Envoy-External-Address",),
            [f"{BELIEVED},X-Envoy-External-Address"],
        ),
        (("--real-client-ip-header", "X-Forwarded-For"), [BELIEVED]),
    ],
)
def test_behind_istio_only_what_it_writes_is_believed(said, flags, tmp_path):
    wanted = Wanted("g:1", arguments=(*said, *NEEDED))
    manifests = collect([Source("f", APPLICATION)])
    found = flags_for_istio(values_of(wanted, manifests.workloads[0], manifests))
    assert found == flags
    for name in ("client-secret", "cookie-secret"):
        (tmp_path / name).write_text("BmVt6mQ3v2l9pD0sKx7cYw1rT8uZaNfEhJgIoLkRqWs=")
    words = [one.replace("/secrets", str(tmp_path)) for one in arguments(wanted, 80, [], found)]
    values = load_again(words).values
    assert values.text("real_client_ip_header") in values.items_of("trusted_proxy_headers")
