"""What the gate will be told is known from flags and from a ConfigMap among the manifests."""

import pytest

from sidegate.inject.configured import grace, values_of
from sidegate.inject.wanted import Wanted
from sidegate.manifests.objects import Source, collect
from tests.unit.inject.application import APPLICATION

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
