"""Applications behind a gate that listen for the whole network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sidegate.check.finding import Finding, seen
from sidegate.check.gates import Gate, called, gates
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Manifests

# `-listen=:8080`, `--bind 0.0.0.0:80`, `--host=0.0.0.0`, `[::]:8080`; linear, of one argument.
EVERYWHERE = re.compile(r"(?:^|[=\s])(?:(?:0\.0\.0\.0|\[::\]|\*)(?::\d{1,5})?|:\d{2,5}|::)$")
ADDRESS_FLAG = re.compile(r"-{1,2}(?:listen|bind|host|addr|address|http)[a-z-]*", re.IGNORECASE)
# `listen 8080;`, `listen [::]:8080 default_server;` of nginx, and `Listen 80` of Apache.
NGINX = re.compile(r"^\s*listen\s+((?:0\.0\.0\.0:|\[::\]:|\*:)?\d{1,5})(?=[\s;]|$)", re.IGNORECASE)


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield applications beside a gate that can be reached without it."""
    for gate in gates(manifests):
        for container in gate.applications:
            yield from of_arguments(gate, container)
            yield from of_environment(gate, container)
            yield from of_files(gate, container, manifests)


def of_arguments(gate: Gate, container: Node) -> Iterator[Finding]:
    """Yield arguments that ask the application to listen everywhere."""
    before = ""
    for word in (*container["command"], *container["args"]):
        text = word.text
        is_value = ADDRESS_FLAG.fullmatch(before) or ADDRESS_FLAG.match(text)
        if is_value and EVERYWHERE.search(text):
            what = f"{before} {text}".strip() if not text.startswith("-") else text
            yield everywhere(gate, container, word, what)
        before = text


def of_environment(gate: Gate, container: Node) -> Iterator[Finding]:
    """Yield variables that do the same."""
    for variable in container["env"]:
        name, value = variable["name"].text, variable["value"]
        is_address = name.upper().endswith(
            ("HOST", "HOSTNAME", "BIND", "LISTEN", "ADDR", "ADDRESS")
        )
        if is_address and EVERYWHERE.search(value.text):
            yield everywhere(gate, container, value, f"{name}={value.text}")


def of_files(gate: Gate, container: Node, manifests: Manifests) -> Iterator[Finding]:
    """Yield lines of configuration, in ConfigMaps that are mounted, that do the same."""
    mounted = {mount["name"].text for mount in container["volumeMounts"]}
    for volume in gate.thing.pod["volumes"]:
        name = volume.at("configMap", "name").text
        config = manifests.named("ConfigMap", name, gate.thing) if name else None
        if config is None or volume["name"].text not in mounted:
            continue
        for key, content in config.node["data"].items():
            for line in content.text.splitlines():
                found = NGINX.match(line)
                if found:
                    yield seen(
                        "application-listens-everywhere",
                        config,
                        content,
                        f"{key}: {line.strip()}",
                        f"for {gate.thing}",
                    )


def everywhere(gate: Gate, container: Node, node: Node, what: str) -> Finding:
    """Return the finding."""
    return seen("application-listens-everywhere", gate.thing, node, what, called(container))
