"""The configuration of gates in manifests, read as the gate itself would read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sidegate.check.finding import Finding, Where, seen
from sidegate.check.gates import Gate, called, gates
from sidegate.check.options_judged import JUDGED_ALREADY, judge
from sidegate.config.checks.tracing import NOT_HERE
from sidegate.config.findings import Findings
from sidegate.config.load import load, merge
from sidegate.config.values import Values
from sidegate.core.errors import ConfigurationError
from sidegate.manifests.mesh import behind_istio
from sidegate.manifests.node import ABSENT, Node
from sidegate.manifests.objects import Manifests, Thing
from sidegate.manifests.routes import ROUTES, hosts_of, is_of

SECRET = "c2lkZWdhdGUgY2hlY2sgaGFzIG5vIHNlY3JldHMgaGU="  # noqa: S105 - stands in for what is not seen
LINE = re.compile(r"(\S+) line (\d{1,9})")
VARIABLE = re.compile(r"(?<!\$)\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)")
HYPHENS = re.compile(r"^[a-z0-9_]*-[a-z0-9_-]*\s*=", re.MULTILINE)
OURS = "not built into this version"
"""What we do not have yet; oauth2-proxy starts with it."""
LOOPBACK = ("http://127.", "http://localhost", "http://[::1]", "unix:", "file:", "static:")


@dataclass
class Surroundings:
    """What a gate in a pod is given: flags, environment and files.

    `files`: what is mounted, by path, where a ConfigMap among the manifests has it. `unseen`: the
    files that somebody asked for and that are not among the manifests.
    """

    gate: Gate
    argv: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[Thing, Node]] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)

    def read_file(self, path: str) -> bytes:
        """Return the content of a mounted file; a stand-in for one that is not seen."""
        if path in self.files:
            return self.files[path][1].text.encode()
        self.unseen.add(path)
        return SECRET.encode()

    def where(self, place: str) -> Where:
        """Return where something is written that the configuration calls `place`."""
        found = LINE.search(place)
        for path, (thing, node) in self.files.items():
            if found and path.endswith(found[1]):
                line = node.start.line + 1 + int(found[2])
                return Where(thing.source, line, f"{thing}, for {self.gate.thing}")
        container = self.gate.container
        about = f"{self.gate.thing}, {called(container)}"
        node = self.written(place) or container["args"] or container
        return Where(self.gate.thing.source, node.start.line + 1, about)

    def written(self, place: str) -> Node:
        """Return the argument or the variable that a place names."""
        name = place.removeprefix("flag ").removeprefix("environment ").partition(" ")[0]
        words: list[Node] = [*self.gate.container["command"], *self.gate.container["args"]]
        for word in words:
            if word.text.partition("=")[0] == name:
                return word
        for variable in self.gate.container["env"]:
            if variable["name"].text == name:
                return variable
        return ABSENT


def find(manifests: Manifests) -> Iterator[Finding]:
    """Yield what is wrong with the configuration of every gate."""
    for gate in gates(manifests):
        yield from of_arguments(gate)
        around = surroundings(gate, manifests)
        config = config_file(around)
        if config and config not in around.files:
            continue  # what it says decides everything
        yield from of_options(around, manifests)
        if not gate.is_sidegate and config in around.files:
            yield from of_oauth2_proxy_file(around, config)


def surroundings(gate: Gate, manifests: Manifests) -> Surroundings:
    """Return what a gate is given."""
    around = Surroundings(gate)
    words = [word.text for word in (*gate.container["command"], *gate.container["args"])]
    first = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    around.argv = words[first:]
    for variable in gate.container["env"]:
        value = SECRET if variable["valueFrom"] else variable["value"].text
        around.environ[variable["name"].text] = value
    volumes = {volume["name"].text: volume for volume in gate.thing.pod["volumes"]}
    for mount in gate.container["volumeMounts"]:
        volume = volumes.get(mount["name"].text, ABSENT)
        config = manifests.named("ConfigMap", volume.at("configMap", "name").text, gate.thing)
        if config is not None:
            folder, single = mount["mountPath"].text, mount["subPath"].text
            for name, content in config.node["data"].items():
                if not single or single == name:
                    path = folder if single else f"{folder.rstrip('/')}/{name}"
                    around.files[path] = (config, content)
    return around


def config_file(around: Surroundings) -> str:
    """Return the path of the configuration file, or nothing."""
    for number, word in enumerate(around.argv):
        name, has_value, value = word.partition("=")
        if name == "--config":
            return value if has_value else "".join(around.argv[number + 1 : number + 2])
    return around.environ.get("OAUTH2_PROXY_CONFIG", "")


def of_arguments(gate: Gate) -> Iterator[Finding]:
    """Yield arguments that mean something else than whoever wrote them thought."""
    about = called(gate.container)
    known = {variable["name"].text for variable in gate.container["env"]}
    words = [*gate.container["command"], *gate.container["args"]]
    for word in words:
        for name in VARIABLE.findall(word.text):
            if name not in known and not gate.container["envFrom"]:
                what = f"$({name}) in {word.text.partition('=')[0]}"
                yield seen("variable-unresolved", gate.thing, word, what, about)
    scopes = [word for word in words if word.text.partition("=")[0] == "--scope"]
    if len(scopes) > 1:
        what = f"--scope is given {len(scopes)} times"
        yield seen("scope-repeated", gate.thing, scopes[-1], what, about)


def of_oauth2_proxy_file(around: Surroundings, path: str) -> Iterator[Finding]:
    """Yield keys that oauth2-proxy does not know; it exits on them, sidegate takes them."""
    thing, node = around.files[path]
    for found in HYPHENS.finditer(node.text):
        line = node.start.line + 2 + node.text.count("\n", 0, found.start())
        where = Where(thing.source, line, f"{thing}, for {around.gate.thing}")
        yield Finding("key-with-hyphen", where, found[0].rstrip("= "))


def of_options(around: Surroundings, manifests: Manifests) -> Iterator[Finding]:
    """Yield what the gate would say at its start, and what its options let happen."""
    is_sidegate = around.gate.is_sidegate
    values = merge(around.argv, around.environ, around.read_file, Findings())
    for one in judge(values, is_sidegate=is_sidegate):
        place = values[one.key].place
        yield Finding(one.id, around.where(place), one.what)
    yield from of_upstreams(around, values)
    yield from of_templates(around, values)
    yield from of_callback(around, values, manifests)
    yield from of_mesh(around, values, manifests)
    if not is_sidegate:
        yield Finding("no-hsts", around.where(""), "oauth2-proxy never sends it")
    mistakes, warnings = said_at_start(around)
    for name, texts in (("configuration-mistake", mistakes), ("configuration-weak", warnings)):
        for text in texts:
            is_of_sidegate = is_sidegate or name == "configuration-mistake"
            if is_of_sidegate and JUDGED_ALREADY not in text:
                yield Finding(name, around.where(text), " ".join(text.split()))


def of_upstreams(around: Surroundings, values: Values) -> Iterator[Finding]:
    """Yield upstreams outside of the pod, where an application is beside the gate."""
    if not around.gate.applications:
        return
    for upstream in values.items_of("upstreams"):
        path, _, address = upstream.partition("=")
        if not (address if path.startswith("/") else upstream).startswith(LOOPBACK):
            place = values["upstreams"].place
            yield Finding("upstream-outside-pod", around.where(place), upstream)


def of_templates(around: Surroundings, values: Values) -> Iterator[Finding]:
    """Yield a folder of templates that nothing mounts."""
    folder = values.text("custom_templates_dir")
    mounts = [
        mount["mountPath"].text.rstrip("/") for mount in around.gate.container["volumeMounts"]
    ]
    if folder and not any(f"{folder}/".startswith(f"{mount}/") for mount in mounts):
        place = values["custom_templates_dir"].place
        yield Finding("folder-not-mounted", around.where(place), f"custom_templates_dir = {folder}")


def of_callback(around: Surroundings, values: Values, manifests: Manifests) -> Iterator[Finding]:
    """Yield a callback whose host no route takes, where there are routes."""
    try:
        host = urlsplit(values.text("redirect_url")).hostname or ""
    except ValueError:
        return  # a mistake of the configuration, which is told as such
    hosts = {host for route in manifests.of_kind(*ROUTES) for host in hosts_of(route)}
    if host and "$" not in host and hosts and not any(is_of(host, pattern) for pattern in hosts):
        where = around.where(values["redirect_url"].place)
        yield Finding("callback-unrouted", where, f"no route takes {host}")


def of_mesh(around: Surroundings, values: Values, manifests: Manifests) -> Iterator[Finding]:
    """Yield that a proxy of Istio is believed about fields that it lets clients write."""
    is_said = values["trusted_proxy_headers"].is_given
    if around.gate.is_sidegate and values.is_on("reverse_proxy") and not is_said:
        why = behind_istio(around.gate.thing, manifests)
        if why:
            where = around.where(values["reverse_proxy"].place)
            what = f"reverse_proxy is on, trusted_proxy_headers is not set, and {why}"
            yield Finding("mesh-passes-fields-on", where, what)


def said_at_start(around: Surroundings) -> tuple[list[str], list[str]]:
    """Return the mistakes and the warnings of the configuration that what is seen has."""
    try:
        loaded = load(around.argv, around.environ, around.read_file)
    except ConfigurationError as error:
        seen_here = [text for text in error.mistakes if not is_unseen(around, text)]
        return [one for one in seen_here if around.gate.is_sidegate or OURS not in one], []
    return [], [text for text in loaded.warnings if not is_unseen(around, text)]


def is_unseen(around: Surroundings, text: str) -> bool:
    """Tell whether a mistake is only about what is not seen: a file, a package of the image."""
    return NOT_HERE in text or any(path in text for path in around.unseen)
