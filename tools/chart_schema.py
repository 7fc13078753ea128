"""Prints values.schema.json of the chart: types as in values.yaml, `config` as the program has it.

    python tools/chart_schema.py > deploy/helm/sidegate/values.schema.json

A map that is empty in values.yaml is the user's own; every other one takes the keys that it has.
What has to be given, the templates say (_checks.tpl), all at once and with what to do.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from sidegate.config.schema import schema as config_schema

VALUES = Path(__file__).parents[1] / "deploy" / "helm" / "sidegate" / "values.yaml"

_HOST = r"^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
# Addresses of Redis are secrets for the program, because they may have a password in them.
_ADDRESS: dict[str, Any] = {"type": "string", "pattern": "^[^@]*$", "writeOnly": False}
_ADDRESSES: dict[str, Any] = {"type": "array", "items": _ADDRESS, "writeOnly": False}
_TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
_OBJECTS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
_LABELS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
_FREE: dict[str, Any] = {"type": "object"}
_PORT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 65535}
_SECONDS: dict[str, Any] = {"type": "integer", "minimum": 0}
_BLOCKS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["cidr"],
        "properties": {"cidr": {"type": "string"}, "except": _TEXTS},
        "additionalProperties": False,
    },
}

# What a default cannot tell. A path names keys; the last of several that fit wins.
REFINED: dict[str, dict[str, Any]] = {
    "mode": {"enum": ["sidecar", "standalone"]},
    "host": {"type": "string", "pattern": rf"^$|{_HOST}"},
    "extraHosts": {"type": "array", "items": {"type": "string", "pattern": _HOST}},
    "image.repository": {"type": "string", "pattern": r"^$|^[a-z0-9][a-z0-9.:/_-]*[a-z0-9]$"},
    "image.digest": {"type": "string", "pattern": r"^(sha256:[0-9a-f]{64})?$"},
    "image.tag": {"type": "string", "not": {"const": "latest"}},
    "image.pullPolicy": {"enum": ["IfNotPresent", "Always", "Never"]},
    "secrets.externalSecret.store.kind": {"enum": ["SecretStore", "ClusterSecretStore"]},
    "secrets.csi.provider": {"enum": ["", "azure", "aws", "gcp", "vault"]},
    "secrets.csi.filePermission": {"enum": ["0440", "0444"]},
    "secrets.csi.aws.objectType": {"enum": ["secretsmanager", "ssmparameter"]},
    "sidecar.kind": {"enum": ["native", "classic"]},
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "securityContext.runAsUser": {"type": "integer", "minimum": 1},
    "securityContext.runAsGroup": {"type": "integer", "minimum": 1},
    "drain.delay": _SECONDS,
    "drain.timeout": _SECONDS,
    "istio.gateway.minProtocolVersion": {"enum": ["TLSV1_2", "TLSV1_3"]},
    "istio.gateway.selector": _LABELS,
    "istio.extAuthz.selectorLabels": _LABELS,
    "istio.extAuthz.tcpPorts": {"type": "array", "items": _PORT},
    "istio.extAuthz.hosts": {"type": "array", "items": {"type": "string", "pattern": _HOST}},
    "application.selectorLabels": _LABELS,
    "podAnnotations": _LABELS,
    "podLabels": _LABELS,
    "nodeSelector": _LABELS,
    "service.annotations": _LABELS,
    "serviceAccount.annotations": _LABELS,
    "ingress.annotations": _LABELS,
    "gatewayApi.annotations": _LABELS,
    "metrics.serviceMonitor.labels": _LABELS,
    "metrics.podMonitor.labels": _LABELS,
    "metrics.prometheusRule.labels": _LABELS,
    "metrics.dashboard.labels": _LABELS,
    "resources": _FREE,
    "probes.startup": _FREE,
    "probes.liveness": _FREE,
    "probes.readiness": _FREE,
    "affinity": _FREE,
}
for _of in ("provider", "apiServer"):
    REFINED[f"networkPolicy.{_of}.cidrs"] = _BLOCKS
    REFINED[f"networkPolicy.{_of}.ports"] = {"type": "array", "items": _PORT}
for _of in ("gateway", "prometheus", "dns", "mesh", "redis"):
    for _labels in ("namespaceLabels", "podLabels"):
        REFINED[f"networkPolicy.{_of}.{_labels}"] = _LABELS

LISTS_OF_OBJECTS = {
    "imagePullSecrets",
    "tolerations",
    "extraVolumes",
    "extraVolumeMounts",
    "extraEnv",
    "topologySpreadConstraints",
    "gatewayApi.parentRefs",
    "networkPolicy.extraIngress",
    "networkPolicy.extraEgress",
}


def values_schema() -> dict[str, Any]:
    """Return the schema of all values."""
    values = yaml.safe_load(VALUES.read_text(encoding="utf-8"))
    made = described("", values)
    properties = made["properties"]
    properties["config"] = options()
    # As a dependency the chart is given both by Helm.
    properties["global"] = {"type": "object"}
    properties["enabled"] = {"type": "boolean"}
    # An own mesh has no labels for pods.
    mesh = properties["networkPolicy"]["properties"]["mesh"]["properties"]
    mesh["podLabels"] = _LABELS
    return {"$schema": "http://json-schema.org/draft-07/schema#", **made}


def described(path: str, value: object) -> dict[str, Any]:
    """Return the schema of a value, by its default."""
    if path in REFINED:
        return REFINED[path]
    if isinstance(value, dict):
        below = {key: described(f"{path}.{key}".lstrip("."), each) for key, each in value.items()}
        return {"type": "object", "properties": below, "additionalProperties": False}
    if isinstance(value, list):
        return _OBJECTS if path in LISTS_OF_OBJECTS else _TEXTS
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return _PORT if path.lower().endswith("port") else {"type": "integer", "minimum": 1}
    return {"type": "string"}


def options() -> dict[str, Any]:
    """Return the schema of `config`: the options by their one name, and none that is a secret.

    What stands in values can be read by whoever may read the release: secrets are files.
    """
    made = config_schema()
    rows = made["properties"]
    rows |= {key: {**row, **_ADDRESSES} for key, row in rows.items() if key.endswith("_urls")}
    rows["redis_connection_url"] = {**rows["redis_connection_url"], **_ADDRESS}
    secret = {key for key, row in rows.items() if row.get("writeOnly")}
    table = rows["providers"]["items"]
    table.pop("patternProperties")
    table["properties"] = {
        key: row if "$ref" not in row else {"$ref": _moved(row["$ref"])}
        for key, row in table["properties"].items()
        if key not in secret
    }
    kept = {key: row for key, row in rows.items() if key not in secret}
    return {"type": "object", "properties": kept, "additionalProperties": False}


def _moved(reference: str) -> str:
    return reference.replace("#/properties/", "#/properties/config/properties/")


if __name__ == "__main__":
    json.dump(values_schema(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
