"""`sidegate inject` as others call it: kustomize's transformers, a pipe, helm's post-renderer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.kubernetes.charts import HELM, KUBECTL, Manifest, documents, gate_of, of_kind
from tests.parts import ROOT, TOOLS

pytestmark = pytest.mark.needs("kustomize", "helm")

KUSTOMIZE = str(TOOLS / "kustomize" / "kustomize")
SIDEGATE = str(Path(sys.executable).with_name("sidegate"))
IMAGE = "registry.example.com/sidegate:0.1.0"
APPLICATION = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
      - name: shop
        image: registry.example.com/shop:1.2.3
        args: [-listen=127.0.0.1:8080]
        ports: [{containerPort: 8080, name: http}]
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{name: http, port: 80, targetPort: http}]
"""
FUNCTION = f"""\
apiVersion: sidegate.io/v1
kind: Inject
metadata:
  name: sidegate
  annotations:
    config.kubernetes.io/function: |
      exec: {{path: ./sidegate-inject}}
spec:
  image: {IMAGE}
  configMap: sidegate
  workloads: [Deployment/my-shop]
"""
KUSTOMIZATION = {"resources": ["app.yaml"], "namePrefix": "my-"}


def run(*command: str, stdin: str = "", cwd: Path | None = None) -> tuple[int, str, str]:
    """Run a program that finds `sidegate` on its path."""
    path = f"{Path(SIDEGATE).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        input=stdin,
        cwd=cwd,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path):
    """Return the application, with a kustomization and the function of the documentation."""
    (tmp_path / "app.yaml").write_text(APPLICATION)
    (tmp_path / "inject.yaml").write_text(FUNCTION)
    function = tmp_path / "sidegate-inject"
    function.write_text("#!/bin/sh\nexec sidegate inject\n")
    function.chmod(0o755)
    return tmp_path


def built(folder: Path, **more: object) -> tuple[int, str, str]:
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({**KUSTOMIZATION, **more}))
    flags = ("--enable-alpha-plugins", "--enable-exec")
    return run(KUSTOMIZE, "build", *flags, ".", cwd=folder)


def led_through(manifests: list[Manifest]) -> Manifest:
    """Return the container of the gate; the Service leads to it, and the application stays."""
    (service,) = of_kind("Service", manifests)
    assert [port["targetPort"] for port in service["spec"]["ports"]] == [4180]
    container, spec = gate_of(manifests)
    assert [one["name"] for one in spec["containers"]] == ["shop"]
    assert container["image"] == IMAGE
    return container


@pytest.mark.needs("kubernetes")  # for its kubectl
@pytest.mark.parametrize("name", ["base", "overlays/example"])
def test_kustomize_itself_makes_what_kubectl_makes(name):
    place = str(ROOT / "deploy" / "kustomize" / name)
    status, own, said = run(KUSTOMIZE, "build", place)
    assert status == 0, said
    assert documents(own) == documents(run(KUBECTL, "kustomize", place)[1])


def test_kustomize_runs_it_as_a_transformer(folder):
    status, text, said = built(folder, transformers=["inject.yaml"])
    assert status == 0, said
    container = led_through(documents(text))
    assert "--config=/etc/sidegate/sidegate.toml" in container["args"]


def test_what_it_refuses_ends_the_build_with_its_words(folder):
    text = FUNCTION.replace("my-shop", "shop")
    (folder / "inject.yaml").write_text(text)
    status, written, said = built(folder, transformers=["inject.yaml"])
    assert status != 0
    assert written == ""
    assert "There are: Deployment/my-shop" in said


def test_a_second_time_is_refused_where_kustomize_took_the_marks_away(folder):
    """They are comments. What was injected looks as if somebody had written it."""
    (folder / "again.yaml").write_text(FUNCTION.replace("name: sidegate\n", "name: again\n"))
    status, _, said = built(folder, transformers=["inject.yaml", "again.yaml"])
    assert status != 0
    assert "a container sidegate that this command did not write" in said


def test_a_pipe_behind_kustomize_gives_the_same_pod(folder):
    _, by_function, _ = built(folder, transformers=["inject.yaml"])
    _, plain, _ = built(folder)
    flags = (f"--image={IMAGE}", "--config-map=sidegate", "--workload=Deployment/my-shop", "-")
    status, piped, said = run(SIDEGATE, "inject", *flags, stdin=plain)
    assert status == 0, said
    by_kind = {one["kind"]: one for one in documents(by_function)}
    assert {one["kind"]: one for one in documents(piped)} == by_kind


def test_helm_runs_it_as_its_post_renderer(tmp_path):
    """With the words of the documentation."""
    chart = tmp_path / "shop"
    (chart / "templates").mkdir(parents=True)
    (chart / "templates" / "app.yaml").write_text(APPLICATION)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    words = ("inject", f"--image={IMAGE}", "--workload=Deployment/shop")
    handed = [word for each in words for word in ("--post-renderer-args", each)]
    command = (HELM, "template", "shop", str(chart), "--post-renderer", "sidegate", *handed)
    status, text, said = run(*command)
    assert status == 0, said
    led_through(documents(text))
    assert "# sidegate:begin" in text
