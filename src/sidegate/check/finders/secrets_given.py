"""How the gate is given its secrets: as files, whole, and readable by nobody else."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import Gate, called, gates, is_gate
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests, Thing, containers

SECRET_NAMES = ("client_secret", "cookie_secret", "redis_password", "github_token")
HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
"""Variables with what a collector wants to know us by. No option takes a file instead."""
PLACEHOLDERS = ("xxx", "change", "your", "replace", "placeholder", "example", "secret", "todo", "<")


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield secrets that can be seen, guessed or missed."""
    for gate in gates(manifests):
        yield from in_environment(gate)
        yield from written_down(gate)
        yield from keys_that_miss(gate, manifests)
        yield from of_volumes(gate)
        yield from of_mounts(gate, manifests)
    for thing in manifests.of_kind("Secret"):
        yield from placeholders(thing)
    for thing in manifests.of_kind("ConfigMap"):
        yield from in_config_map(thing)


def is_secret_name(name: str) -> bool:
    """Tell whether an option, a variable or a key holds a secret."""
    plain = name.lower().lstrip("-").replace("-", "_")
    return plain.endswith(SECRET_NAMES)


def in_environment(gate: Gate) -> Iterator[Finding]:
    """Yield variables that are filled from a Secret."""
    for variable in gate.container["env"]:
        where, called_so = variable.at("valueFrom", "secretKeyRef"), variable["name"].text
        if where and called_so not in HEADERS and not called_so.lower().endswith("client_id"):
            what = f"{called_so} comes from Secret {where['name'].text}"
            yield seen("secret-in-environment", gate.thing, variable, what, called(gate.container))
    for source in gate.container["envFrom"]:
        name = source.at("secretRef", "name")
        if name:
            what = f"all keys of Secret {name.text} become variables"
            yield seen("secret-in-environment", gate.thing, name, what, called(gate.container))


def written_down(gate: Gate) -> Iterator[Finding]:
    """Yield secrets that stand in the manifest itself."""
    for variable in gate.container["env"]:
        named, value = variable["name"].text, variable["value"].text
        is_told = named in HEADERS and "$(" not in value
        if value and (is_told or is_secret_name(named)):
            what = f"{named} has its value in the manifest"
            yield seen("secret-written-down", gate.thing, variable, what, called(gate.container))
    for word in (*gate.container["command"], *gate.container["args"]):
        name, _, value = word.text.partition("=")
        if is_secret_name(name) and value and "$(" not in value:
            what = f"{name} has its value in the manifest"
            yield seen("secret-written-down", gate.thing, word, what, called(gate.container))


def in_config_map(thing: Thing) -> Iterator[Finding]:
    """Yield secrets in the configuration file."""
    data: dict[str, Node] = dict(thing.node["data"].items())
    for content in data.values():
        for line in content.text.splitlines():
            name, _, value = line.partition("=")
            if is_secret_name(name.strip()) and value.strip() not in ("", '""', "''"):
                what = f"{name.strip()} has its value in a ConfigMap"
                yield seen("secret-written-down", thing, content, what)


def placeholders(thing: Thing) -> Iterator[Finding]:
    """Yield values of a Secret that nobody has replaced, and cookie secrets that are short."""
    for key, node in thing.node["stringData"].items():
        yield from judged(thing, key, node, node.text.encode())
    for key, node in thing.node["data"].items():
        try:
            yield from judged(thing, key, node, b64decode(node.text, validate=True))
        except (Error, ValueError):
            yield seen("secret-weak", thing, node, f"{key} is not base64")


def judged(thing: Thing, key: str, node: Node, value: bytes) -> Iterator[Finding]:
    """Yield why one value is no secret."""
    if not is_secret_name(key):
        return
    text = value.decode("utf-8", "replace").strip().lower()
    if text.startswith(PLACEHOLDERS) or not text:
        yield seen("secret-weak", thing, node, f"{key} is empty or a placeholder")
    elif "cookie" in key and (len(value) < 32 or len(set(value)) < 10):
        yield seen("secret-weak", thing, node, f"{key} can be guessed")


def keys_that_miss(gate: Gate, manifests: Manifests) -> Iterator[Finding]:
    """Yield keys that the pods want and that a Secret among the manifests does not have."""
    for name, key in keys_wanted(gate):
        secret = manifests.named("Secret", name, gate.thing)
        if secret and key not in secret.node["data"] and key not in secret.node["stringData"]:
            what = f"Secret {name} has no key {key}"
            yield seen("secret-incomplete", secret, secret.node, what, f"for {gate.thing}")


def keys_wanted(gate: Gate) -> Iterator[tuple[str, str]]:
    """Yield each key of a Secret that the gate names."""
    for variable in gate.container["env"]:
        where = variable.at("valueFrom", "secretKeyRef")
        if where and not where["optional"].is_true():
            yield where["name"].text, where["key"].text
    for volume in gate.thing.pod["volumes"]:
        for entry in volume.at("secret", "items"):
            yield volume.at("secret", "secretName").text, entry["key"].text


def of_volumes(gate: Gate) -> Iterator[Finding]:
    """Yield volumes of secrets that nothing mounts, or that everybody may read."""
    mounted = {
        mount["name"].text for one in containers(gate.thing.pod) for mount in one["volumeMounts"]
    }
    for volume in gate.thing.pod["volumes"]:
        name, secret = volume["name"].text, volume["secret"] or volume["projected"]
        if not secret:
            continue
        if name not in mounted:
            yield seen("secret-not-mounted", gate.thing, volume, f"volume {name} is never mounted")
        mode = secret["defaultMode"].number
        if is_mounted_by_gate(gate, name) and volume["secret"] and (mode is None or mode & 0o7):
            what = f"defaultMode of volume {name} is {0o644 if mode is None else mode:04o}"
            yield seen("secret-readable", gate.thing, volume, what)


def is_mounted_by_gate(gate: Gate, name: str) -> bool:
    """Tell whether the gate mounts a volume."""
    return any(mount["name"].text == name for mount in gate.container["volumeMounts"])


def of_mounts(gate: Gate, manifests: Manifests) -> Iterator[Finding]:
    """Yield mounts that cannot be made, and ConfigMaps that nothing makes."""
    volumes = {volume["name"].text: volume for volume in gate.thing.pod["volumes"]}
    for container in containers(gate.thing.pod):
        mounts = list(container["volumeMounts"])
        for mount in mounts:
            path = mount["mountPath"].text.rstrip("/") + "/"
            outer = [
                other
                for other in mounts
                if other is not mount
                and path.startswith(other["mountPath"].text.rstrip("/") + "/")
                and is_read_only_kind(volumes.get(other["name"].text))
            ]
            if outer:
                what = f"{mount['mountPath'].text} lies in {outer[0]['mountPath'].text}"
                yield seen("mount-in-mount", gate.thing, mount, what, called(container))
        if is_gate(container):
            yield from config_maps(gate, container, volumes, manifests)


def is_read_only_kind(volume: Node | None) -> bool:
    """Tell whether a volume is one in which no directory can be made."""
    return volume is not None and bool(volume["configMap"] or volume["secret"])


def config_maps(
    gate: Gate, container: Node, volumes: dict[str, Node], manifests: Manifests
) -> Iterator[Finding]:
    """Yield ConfigMaps that the gate mounts and that are not among the manifests."""
    for mount in container["volumeMounts"]:
        volume = volumes.get(mount["name"].text)
        source = volume["configMap"] if volume else None
        if source and not source["optional"].is_true():
            name = source["name"].text
            if manifests.named("ConfigMap", name, gate.thing) is None:
                what = f"ConfigMap {name} is not among the manifests"
                yield seen("config-map-missing", gate.thing, source, what)
