"""Writes JSON schemas for kubeconform: VERSION FOLDER SOURCE...

FOLDER/k8s/KIND-GROUP-VERSION.json   Kubernetes' own kinds, from the package kubernetes-validate
FOLDER/crd/GROUP/KIND_VERSION.json   custom resources, from the CRDs in the sources
FOLDER/crds/NAME.yaml                these CRDs, one a file, for an API server

A schema refuses every field that it does not name.
"""

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_META = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
}
_CONDITIONS = {"allOf", "anyOf", "oneOf", "not"}


class _Loader(yaml.CSafeLoader):
    """A bare `=` is a text here; YAML 1.1 makes it a type of its own that nobody can build."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:value"]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def main(version: str, folder: str, *sources: str) -> None:
    """Write all schemas."""
    target = Path(folder)
    builtin = _write_builtin(version, target / "k8s")
    custom = sum(_write_custom(crd, target) for crd in _crds(map(Path, sources)))
    print(f"{builtin} schemas of Kubernetes, {custom} of custom resources")


def _write_builtin(version: str, target: Path) -> int:
    package = importlib.util.find_spec("kubernetes_validate")
    assert package is not None  # noqa: S101 - installed just before
    assert package.origin is not None  # noqa: S101 - as above
    folder = Path(package.origin).parent / "kubernetes-json-schema" / f"v{version}-local-strict"
    target.mkdir(parents=True)
    here = f'"file://{target.resolve()}/_definitions.json#'
    files = sorted(folder.glob("*.json"))
    for file in files:
        text = file.read_text(encoding="utf-8")
        (target / file.name).write_text(text.replace('"/api/_definitions.json#', here))
    return len(files)


def _crds(sources: Iterator[Path]) -> Iterator[dict[str, Any]]:
    for source in sources:
        for file in sorted(source.rglob("*.yaml")) if source.is_dir() else [source]:
            for one in yaml.load_all(file.read_text(encoding="utf-8"), _Loader):
                if isinstance(one, dict) and one.get("kind") == "CustomResourceDefinition":
                    yield one


def _write_custom(crd: dict[str, Any], target: Path) -> int:
    spec = crd["spec"]
    crds, schemas = target / "crds", target / "crd" / spec["group"]
    crds.mkdir(exist_ok=True)
    schemas.mkdir(parents=True, exist_ok=True)
    (crds / f"{crd['metadata']['name']}.yaml").write_text(yaml.safe_dump(crd))
    versions = [one for one in spec["versions"] if one.get("schema", {}).get("openAPIV3Schema")]
    for one in versions:
        schema = json.loads(json.dumps(one["schema"]["openAPIV3Schema"]))
        schema["properties"] = {**schema.get("properties", {}), **_META}
        _close(schema["properties"].get("spec", {}))
        name = f"{spec['names']['kind'].lower()}_{one['name']}.json"
        (schemas / name).write_text(json.dumps(schema))
    return len(versions)


def _close(node: object, *, is_condition: bool = False) -> None:
    """Refuse unknown fields wherever a structural schema lists those it knows.

    A condition (`allOf` and its kin) names the fields it is about; the others are its parent's.
    """
    if isinstance(node, list):
        for item in node:
            _close(item, is_condition=is_condition)
    if not isinstance(node, dict):
        return
    if node.pop("x-kubernetes-int-or-string", False):
        node.pop("type", None)
    for key in [key for key, value in node.items() if key in _CONDITIONS and value is None]:
        del node[key]  # as routes have it; no schema may be null
    is_open = is_condition or node.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in node and "additionalProperties" not in node and not is_open:
        node["additionalProperties"] = False
    for key, item in node.items():
        if key == "properties":
            for field in item.values():
                _close(field, is_condition=is_condition)
        else:
            _close(item, is_condition=is_condition or key in _CONDITIONS)


if __name__ == "__main__":
    main(*sys.argv[1:])
