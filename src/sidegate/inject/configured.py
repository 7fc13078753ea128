"""What a gate will be told: the flags that are asked for, and a ConfigMap among the manifests.

What depends on it: the time it needs to end, and what it believes of a proxy of Istio.
"""

from __future__ import annotations

from math import ceil

from sidegate.config.findings import Findings
from sidegate.config.load import merge
from sidegate.config.values import Values
from sidegate.inject.wanted import CONFIG_FILE, Wanted
from sidegate.manifests.objects import Manifests, Thing

WRITTEN_BY_ISTIO = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Request-Id")
"""What a gateway of Istio writes. X-Forwarded-Host, X-Real-IP and more it takes from clients."""

MARGIN = 5
"""Seconds for what comes behind both times of the drain."""


def values_of(wanted: Wanted, thing: Thing, manifests: Manifests) -> Values:
    """Return the options; what nobody says, or a ConfigMap that is not seen, is the default."""
    name = wanted.config_map
    found = manifests.named("ConfigMap", name, thing) if name else None
    text = found.node["data"][CONFIG_FILE.rpartition("/")[2]].text if found else ""
    argv = [*wanted.arguments, f"--config={CONFIG_FILE}"]
    return merge(argv, {}, lambda _: text.encode(), Findings())


def grace(values: Values) -> int:
    """Return the seconds that the gate needs from SIGTERM to its end."""
    return ceil(values.number("drain_delay") + values.number("shutdown_timeout")) + MARGIN


def flags_for_istio(values: Values) -> list[str]:
    """Return the flags by which only what Istio writes is believed, if nobody said what is."""
    if values["trusted_proxy_headers"].is_given:
        return []
    client = values["real_client_ip_header"]
    said = values.text(client.option.key) if client.is_given else WRITTEN_BY_ISTIO[0]
    believed = ",".join(dict.fromkeys((*WRITTEN_BY_ISTIO, said)))
    flags = [f"--{values['trusted_proxy_headers'].option.flag}={believed}"]
    return flags if client.is_given else [*flags, f"--{client.option.flag}={said}"]
