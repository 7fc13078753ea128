"""The container of the gate, its volumes, and what its pod needs for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sidegate.inject.render import Mode
from sidegate.inject.wanted import (
    CONFIG,
    CONFIG_FILE,
    GATE_NAME,
    GATE_PORT,
    METRICS_NAME,
    METRICS_PORT,
    NAME,
    SECRETS,
    Wanted,
)

Value = dict[str, Any]
USER = 2000
MAY_READ, ALL_MAY_READ = Mode(0o440), Mode(0o444)


def container(wanted: Wanted, port: int, public: list[str], believed: Sequence[str] = ()) -> Value:
    """Return the container.

    `port`: the application's. `public`: paths that its probes ask for. `believed`: flags about the
    proxy in front.
    """
    restart = {} if wanted.is_classic else {"restartPolicy": "Always"}
    user = {} if wanted.is_openshift else {"runAsUser": USER}
    mounts = [{"name": SECRETS, "mountPath": "/secrets", "readOnly": True}]
    if wanted.config_map:
        mounts.append(
            {"name": CONFIG, "mountPath": CONFIG_FILE.rpartition("/")[0], "readOnly": True}
        )
    probed = probed_port(wanted)
    return {
        "name": NAME,
        "image": wanted.image,
        **restart,
        "args": arguments(wanted, port, public, believed),
        "ports": [
            {"name": GATE_NAME, "containerPort": GATE_PORT},
            {"name": METRICS_NAME, "containerPort": METRICS_PORT},
        ],
        "startupProbe": probe("/ping", probed, periodSeconds=1, failureThreshold=60),
        "livenessProbe": probe("/ping", probed, periodSeconds=10),
        "readinessProbe": probe("/ready", probed, periodSeconds=5),
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"memory": "128Mi"},
        },
        "securityContext": {
            "runAsNonRoot": True,
            **user,
            "runAsGroup": USER,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": mounts,
    }


def arguments(
    wanted: Wanted, port: int, public: list[str], believed: Sequence[str] = ()
) -> list[str]:
    """Return the flags of the gate: those that were asked for come instead of ours."""
    ours = [
        f"--http-address=0.0.0.0:{GATE_PORT}",
        f"--metrics-address=0.0.0.0:{METRICS_PORT}",
        f"--upstream=http://127.0.0.1:{port}",
        "--reverse-proxy",
        *believed,
        "--client-secret-file=/secrets/client-secret",
        "--cookie-secret-file=/secrets/cookie-secret",
    ]
    if wanted.config_map:
        ours.append(f"--config={CONFIG_FILE}")
    given = {word.partition("=")[0] for word in wanted.arguments}
    kept = [word for word in ours if word.partition("=")[0] not in given]
    return [*kept, *(f"--skip-auth-route=GET=^{path}$" for path in public), *wanted.arguments]


def probed_port(wanted: Wanted) -> int:
    """Return where probes ask: the listener for metrics, which no crowd of clients can fill."""
    elsewhere = any(word.startswith("--metrics-address=") for word in wanted.arguments)
    return GATE_PORT if elsewhere else METRICS_PORT


def probe(path: str, port: int, **more: int) -> Value:
    """Return a probe of the gate."""
    return {"httpGet": {"path": path, "port": port}, **more}


def volumes(wanted: Wanted, mode: int) -> list[Value]:
    """Return the volumes. `mode`: of the files with secrets."""
    made: list[Value] = [
        {"name": SECRETS, "secret": {"secretName": wanted.secret, "defaultMode": mode}}
    ]
    if wanted.config_map:
        made.append({"name": CONFIG, "configMap": {"name": wanted.config_map}})
    return made
