"""Values that people would have: each by a name, on top of the least that has to be given."""

from typing import Any

from tests.kubernetes.charts import ISTIO, LEAST, SIDECAR, merged

AZURE = {
    "keyvaultName": "vault",
    "tenantId": "11111111-2222-3333-4444-555555555555",
    "clientId": "66666666-7777-8888-9999-000000000000",
}
VAULT = {"address": "https://vault:8200", "role": "gate", "path": "secret/data/gate"}
_ENTERPRISE = {
    "namespace": "team",
    "authMountPath": "clusters/a",
    "audience": "vault",
    "caCertPath": "/vault/tls/ca.crt",
}
_REGIONS = {"region": "eu-central-1", "failoverRegion": "eu-west-1"}
_REGIONAL = {"project": "my-project", "location": "europe-west3", "managed": True}
_ALL_KEYS = {"keys": {"redisPassword": "redis-password"}}


def csi(provider: str, **about: Any) -> dict[str, Any]:
    """Return values that take the secrets from a vault."""
    return {
        "secrets": {
            "existingSecret": "",
            "csi": {"provider": provider, provider: about, "redisPassword": "gate-redis"},
            **_ALL_KEYS,
        }
    }


EXTERNAL = {
    "secrets": {
        "existingSecret": "",
        "externalSecret": {
            "enabled": True,
            "store": {"name": "vault", "kind": "ClusterSecretStore"},
            "clientSecret": {"key": "gate", "property": "client-secret"},
            "cookieSecret": {"key": "gate", "property": "cookie-secret"},
        },
    }
}
REDIS = {
    "config": {"session_store_type": "redis", "redis_connection_url": "redis://redis.data:6379"},
    "networkPolicy": {
        "redis": {
            "enabled": True,
            "namespaceLabels": {"kubernetes.io/metadata.name": "data"},
            "podLabels": {"app": "redis"},
        }
    },
    "secrets": _ALL_KEYS,
}
NGINX = {
    "networkPolicy": {
        "gateway": {
            "namespaceLabels": {"kubernetes.io/metadata.name": "ingress-nginx"},
            "podLabels": {"app.kubernetes.io/name": "ingress-nginx"},
        }
    }
}
ROTATED = {
    "rotation": {"enabled": True},
    "networkPolicy": {"apiServer": {"cidrs": [{"cidr": "10.0.0.5/32"}]}},
}
ASK = {"istio": {"extAuthz": {"enabled": True, "hosts": ["a.example.com", "b.example.com"]}}}

LAYERS: dict[str, list[dict[str, Any]]] = {
    "standalone": [],
    "sidecar": [SIDECAR],
    "classic sidecar": [SIDECAR, {"sidecar": {"kind": "classic"}}],
    "sidecar in Istio": [SIDECAR, ISTIO],
    "standalone in Istio": [ISTIO],
    "ambient": [SIDECAR, ISTIO, {"networkPolicy": {"mesh": {"ambient": True}}}],
    "Istio asks": [ISTIO, ASK],
    "a gateway that is there": [
        {"istio": {"enabled": True, "gateway": {"create": False, "name": "istio-ingress/all"}}}
    ],
    "External Secrets": [SIDECAR, EXTERNAL],
    "Azure Key Vault": [csi("azure", **AZURE)],
    "AWS Secrets Manager": [csi("aws", region="eu-central-1")],
    "AWS Secrets Manager, one for all": [csi("aws", objectName="prod/gate", **_REGIONS)],
    "Google Secret Manager": [csi("gcp", project="my-project")],
    "Google Secret Manager of GKE, regional": [csi("gcp", **_REGIONAL)],
    "Vault": [SIDECAR, csi("vault", **VAULT)],
    "Vault Enterprise": [csi("vault", **VAULT, **_ENTERPRISE)],
    "Redis": [REDIS],
    "Gateway API": [{"gatewayApi": {"enabled": True, "parentRefs": [{"name": "gateway"}]}}, NGINX],
    "Ingress": [{"ingress": {"enabled": True, "className": "x", "tlsSecretName": "tls"}}, NGINX],
    "OpenShift": [{"openshift": {"enabled": True}}],
    "monitored": [
        SIDECAR,
        {
            "metrics": {
                name: {"enabled": True}
                for name in ("podMonitor", "serviceMonitor", "prometheusRule", "dashboard")
            }
        },
    ],
    "rotated": [ROTATED],
    "scaled": [{"autoscaling": {"enabled": True}}],
    "image by digest": [{"image": {"digest": "sha256:" + "0" * 64}}],
}
MATRIX = {name: merged(LEAST, *layers) for name, layers in LAYERS.items()}
