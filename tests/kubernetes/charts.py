"""The charts, rendered by helm; manifests held against schemas by kubeconform."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.parts import ROOT, TOOLS

CHART = ROOT / "deploy" / "helm" / "sidegate"
EXAMPLE = ROOT / "deploy" / "helm" / "example"
SCHEMAS = TOOLS / "manifest-schemas"
BUILT_IN = "{{.ResourceKind}}{{.KindSuffix}}"
CUSTOM = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}"
HELM = str(TOOLS / "helm" / "helm")
KUBECTL = str(TOOLS / "kubernetes" / "kubectl")
KUBERNETES = "1.34"

Manifest = dict[str, Any]

# The least that has to be given.
LEAST: dict[str, Any] = {
    "image": {"repository": "registry.example.com/sidegate"},
    "host": "app.example.com",
    "config": {
        "oidc_issuer_url": "https://login.example.com",
        "client_id": "my-app",
        "email_domains": ["example.com"],
    },
    "secrets": {"existingSecret": "gate"},
}
SIDECAR = {"mode": "sidecar", "application": {"selectorLabels": {"app": "hello"}}}
ISTIO = {"istio": {"enabled": True, "gateway": {"credentialName": "tls"}}}


def merged(*layers: dict[str, Any]) -> dict[str, Any]:
    """Return the layers on top of each other, as helm lays values files."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            below = result.get(key)
            is_map = isinstance(below, dict) and isinstance(value, dict)
            result[key] = merged(below, value) if is_map else value
    return result


def helm(command: str, chart: Path, values: dict[str, Any], *words: str) -> tuple[int, str]:
    """Run `helm lint` or `helm template`; return the exit status and what it wrote."""
    place = [str(chart)] if command == "lint" else ["gate", str(chart), "--namespace", "apps"]
    done = subprocess.run(
        [HELM, command, *place, f"--kube-version={KUBERNETES}", "--values=-", *words],
        input=yaml.safe_dump(values),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr


def render(values: dict[str, Any], chart: Path = CHART) -> list[Manifest]:
    """Return the objects of a chart."""
    return documents(_rendered(json.dumps(values), chart))


@cache  # many tests look at the same values
def _rendered(values: str, chart: Path) -> str:
    status, text = helm("template", chart, json.loads(values))
    assert status == 0, text
    return text


def refusal(values: dict[str, Any]) -> str:
    """Return why helm refuses these values."""
    status, text = helm("template", CHART, values)
    assert status != 0, text
    return text


def with_dependency(folder: Path) -> Path:
    """Return the chart of the example with its dependency in place, as `helm dependency build`."""
    chart = folder / "example"
    shutil.copytree(EXAMPLE, chart)
    shutil.copytree(CHART, chart / "charts" / "sidegate")
    return chart


def documents(text: str) -> list[Manifest]:
    """Return the objects of a stream of YAML."""
    return [one for one in yaml.safe_load_all(text) if one]


def of_kind(kind: str, manifests: list[Manifest]) -> list[Manifest]:
    """Return those of one kind."""
    return [one for one in manifests if one["kind"] == kind]


def pods(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Yield what makes pods, as pods."""
    for one in manifests:
        template = one if one["kind"] == "Pod" else one.get("spec", {}).get("template")
        if one["kind"] == "CronJob":
            template = one["spec"]["jobTemplate"]["spec"]["template"]
        if one["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"}:
            meta = {**template.get("metadata", {}), "name": one["metadata"]["name"]}
            yield {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}


def gate_of(manifests: list[Manifest]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the container of the gate, and the spec of the pod around it."""
    for pod in pods(manifests):
        spec = pod["spec"]
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            if container["name"] == "sidegate":
                return container, spec
    raise AssertionError("no gate")


def config_text(manifests: list[Manifest]) -> str:
    """Return the program's configuration, as it stands in a ConfigMap."""
    maps = [one["data"] for one in of_kind("ConfigMap", manifests)]
    (text,) = [data["sidegate.toml"] for data in maps if "sidegate.toml" in data]
    return str(text)


def config_of(manifests: list[Manifest]) -> dict[str, Any]:
    """Return the program's configuration."""
    return tomllib.loads(config_text(manifests))


def config_check(manifests: list[Manifest], folder: Path) -> str:
    """Return what the program has against its configuration; the secrets are there."""
    text = config_text(manifests)
    for name in ("client-secret", "redis-password"):
        (folder / name).write_text("secret\n")
    (folder / "cookie-secret").write_text("0" * 64)
    file = folder / "sidegate.toml"
    file.write_text(text.replace("/secrets/", f"{folder}/"))
    done = subprocess.run(
        [sys.executable, "-m", "sidegate", "config", "check", f"--config={file}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr


def kubeconform(manifests: list[Manifest]) -> str:
    """Return what the schemas have against manifests: nothing, when they are right."""
    done = subprocess.run(
        [
            str(TOOLS / "helm" / "kubeconform"),
            "-strict",
            f"-schema-location={SCHEMAS / 'k8s'}/{BUILT_IN}.json",
            f"-schema-location={SCHEMAS / 'crd'}/{CUSTOM}.json",
        ],
        input=yaml.safe_dump_all(manifests),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode != 0) == bool(done.stdout + done.stderr)
    return done.stdout + done.stderr
