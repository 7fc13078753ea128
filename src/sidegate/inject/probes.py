"""Probes of the application: the kubelet cannot reach what listens on 127.0.0.1, the gate can.

A probe of HTTP is sent to the gate, which lets that one path through to the application without a
sign-in. A probe by exec needs no change. Others cannot be kept true, so they are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sidegate.inject.ports import resolve
from sidegate.inject.refusal import refused
from sidegate.manifests.node import Node
from sidegate.manifests.objects import Thing

KINDS = ("startupProbe", "livenessProbe", "readinessProbe")
SAFE = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?")
REMEDY = (
    "Ask a path of the application by httpGet, use exec, or give --keep-probes if the application "
    "listens on all interfaces."
)


def probes_to_move(thing: Thing, number: int) -> Iterator[tuple[Node, str]]:
    """Yield the port of each probe of the application's port, with the pattern of its path.

    Raises Refused for one that the gate cannot stand in for.
    """
    for container in thing.pod["containers"]:
        for kind in KINDS:
            probe = container[kind]
            for how in ("tcpSocket", "grpc"):
                if probe[how] and resolve(thing, probe[how]["port"]) == number:
                    what = f"{kind} by {how} of a port that only the gate can reach"
                    raise refused(thing, probe, what, REMEDY)
            asked = probe["httpGet"]
            if asked and resolve(thing, asked["port"]) == number:
                yield asked["port"], pattern(thing, asked, kind)


def pattern(thing: Thing, asked: Node, kind: str) -> str:
    """Return the pattern of the path that a probe asks for. Raises Refused."""
    if asked["scheme"].text == "HTTPS" or asked["host"]:
        raise refused(thing, asked, f"{kind} with a scheme or a host of its own", REMEDY)
    path = asked["path"].text.partition("?")[0]
    if not SAFE.fullmatch(path):
        what = f"{kind} asks for {path or '/'}, which the gate would have to open to everybody"
        remedy = f"Give the application a path for its health only. {REMEDY}"
        raise refused(thing, asked, what, remedy)
    return path.replace(".", "\\.")
