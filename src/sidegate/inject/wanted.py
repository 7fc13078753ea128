"""What somebody wants injected."""

from __future__ import annotations

from dataclasses import dataclass

GATE_PORT = 4180
METRICS_PORT = 44180
NAME = "sidegate"
SECRETS, CONFIG = f"{NAME}-secrets", f"{NAME}-config"
"""Names of the container and its volumes."""

CONFIG_FILE = "/etc/sidegate/sidegate.toml"

GATE_NAME, METRICS_NAME = "gate", "gate-metrics"
"""Names of its ports: Services and monitors of the chart and of kustomize lead to these."""

INJECT = "sidegate.io/inject"
UPSTREAM_PORT = "sidegate.io/upstream-port"
"""Annotations of workloads."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A gate for some workloads.

    `secret`: the Secret with client-secret and cookie-secret. `config_map`: the ConfigMap with
    sidegate.toml, or nothing. `arguments`: further flags of `serve`. `upstream_port`: 0 where it is
    to be found out. `workloads`: NAME or KIND/NAME. `is_classic`: a container like any other rather
    than a native sidecar. `keep_probes`: probes of the application stay as they are.
    `leave_ports`: ports of Services that may lead past the gate. `is_openshift`: user and
    group of files are the cluster's choice, as its standard restricted-v2 asks.
    `is_behind_istio`: a proxy of Istio is in front, also where manifests do not show it.
    """

    image: str
    secret: str = NAME
    config_map: str = ""
    arguments: tuple[str, ...] = ()
    upstream_port: int = 0
    workloads: tuple[str, ...] = ()
    is_classic: bool = False
    keep_probes: bool = False
    leave_ports: tuple[int, ...] = ()
    is_openshift: bool = False
    is_behind_istio: bool = False
