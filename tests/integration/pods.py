"""A pod without a cluster: its containers under runc in one network, as kubelet would run them.

Takes a pod's specification and the Secrets and ConfigMaps it names, as a chart renders them.
Carried out: security contexts, fsGroup, volumes with their modes, environment, limits, native
sidecars in their order, startup and readiness probes over HTTP. Other volumes, and init containers
that end, are refused; lifecycle hooks and liveness probes are not carried out.
"""

import base64
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.integration.containers import Container, Image, Settings

# What engines give a container that does not drop them.
BY_DEFAULT = tuple(
    f"CAP_{name}"
    for name in (
        *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"),
        *("NET_BIND_SERVICE", "NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"),
    )
)
KNOWN_VOLUMES = {"secret", "configMap", "emptyDir", "projected"}
SIZES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
Object = dict[str, Any]


class CannotStart(Exception):
    """The kubelet would not start this pod: CreateContainerConfigError."""


class Network:
    """A network namespace with one wire to this machine: `host` and `pod` are its two ends."""

    def __init__(self) -> None:
        number = random.randrange(1 << 14)  # noqa: S311 - a number nobody has
        first, last = divmod(number, 64)
        self.name = f"sgpod{number}"
        self.host, self.pod = (f"10.231.{first}.{last * 4 + end}" for end in (1, 2))
        within = ("-n", self.name)
        try:
            _ip("netns", "add", self.name)
            _ip("link", "add", self.name, "type", "veth", "peer", "eth0", "netns", self.name)
            _ip("address", "add", f"{self.host}/30", "dev", self.name)
            _ip("link", "set", self.name, "up")
            _ip(*within, "address", "add", f"{self.pod}/30", "dev", "eth0")
            _ip(*within, "link", "set", "lo", "up")
            _ip(*within, "link", "set", "eth0", "up")
        except subprocess.CalledProcessError:
            self.end()
            raise

    @property
    def path(self) -> str:
        """Where runc finds it."""
        return f"/run/netns/{self.name}"

    def end(self) -> None:
        """Take it down; the wire goes with it."""
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Pod:
    """A pod that runs. `containers` are those that stay, by name."""

    def __init__(
        self,
        spec: Object,
        objects: list[Object],
        images: dict[str, Image],
        network: Network,
        folder: Path,
    ) -> None:
        """`images`: by name of container. Raises CannotStart."""
        self.spec, self.objects, self.images = spec, objects, images
        self.network, self.folder = network, folder
        self.containers: dict[str, Container] = {}
        self.context: Object = spec.get("securityContext") or {}
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        self.volumes = {each["name"]: self._volume(each) for each in spec.get("volumes") or []}

    def start(self) -> None:
        """Start what the specification names, in its order; return when all are ready."""
        for container in self.spec.get("initContainers") or []:
            if container.get("restartPolicy") != "Always":
                raise CannotStart(f"{container['name']}: init containers that end are not run here")
            self._run(container)
            self._await(container, "startupProbe")
        for container in self.spec["containers"]:
            self._run(container)
        for container in self.everything():
            self._await(container, "startupProbe")
            self._await(container, "readinessProbe")

    def everything(self) -> list[Object]:
        """Return the specification of each container."""
        return [*(self.spec.get("initContainers") or []), *self.spec["containers"]]

    def end(self) -> dict[str, int]:
        """Stop the containers, sidecars last; return their exit codes."""
        return {name: self.containers[name].end() for name in reversed(self.containers)}

    def _run(self, container: Object) -> None:
        name = container["name"]
        settings = self._settings(container)
        self.containers[name] = Container(self.images[name], settings, self.folder)

    def _await(self, container: Object, kind: str) -> None:
        probe = (container.get(kind) or {}).get("httpGet")
        if probe is None:
            return
        url = f"http://{self.network.pod}:{_port(container, probe['port'])}{probe['path']}"
        process = self.containers[container["name"]].process
        process.wait_until(lambda: _is_well(url), 90, f"{kind} of {container['name']}")

    def _settings(self, container: Object) -> Settings:
        own = {**self.context, **(container.get("securityContext") or {})}
        user = (own.get("runAsUser", 0), own.get("runAsGroup", 0))
        if own.get("runAsNonRoot") and user[0] == 0:
            raise CannotStart(f"{container['name']}: runAsNonRoot, and it would be root")
        limits = (container.get("resources") or {}).get("limits") or {}
        mounts = container.get("volumeMounts") or []
        return Settings(
            command=container.get("command") or [],
            words=container.get("args") or [],
            user=user,
            groups=[self.context["fsGroup"]] if "fsGroup" in self.context else [],
            environment=dict(self._environment(container)),
            binds={
                mount["mountPath"]: self.volumes[mount["name"]] / mount.get("subPath", "")
                for mount in mounts
            },
            writable=[
                mount["mountPath"]
                for mount in mounts
                if self._is_scratch(mount["name"]) and not mount.get("readOnly")
            ],
            network=self.network.path,
            cpu=_cores(limits.get("cpu", 0)),
            memory=_bytes(limits.get("memory", 0)),
            read_only=bool(own.get("readOnlyRootFilesystem")),
            may_gain=own.get("allowPrivilegeEscalation") is not False,
            capabilities=_capabilities(own.get("capabilities") or {}),
            filtered=(own.get("seccompProfile") or {}).get("type") == "RuntimeDefault",
        )

    def _environment(self, container: Object) -> Iterator[tuple[str, str]]:
        for each in container.get("env") or []:
            source = each.get("valueFrom") or {}
            if "fieldRef" in source:
                yield each["name"], self._field(source["fieldRef"]["fieldPath"])
            elif source:
                kind, reference = next(iter(source.items()))
                of = {"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"}[kind]
                data = self._data(of, reference["name"])
                if reference["key"] not in data:
                    raise CannotStart(f"no {reference['key']} in {of} {reference['name']}")
                yield each["name"], data[reference["key"]].decode()
            else:
                yield each["name"], each.get("value", "")

    def _field(self, path: str) -> str:
        fields = {"status.podIP": self.network.pod, "metadata.name": "pod"}
        return fields.get(path, "test")

    def _is_scratch(self, name: str) -> bool:
        return any(
            each["name"] == name and "emptyDir" in each for each in self.spec.get("volumes") or []
        )

    def _volume(self, volume: Object) -> Path:
        """Make the folder that a volume is, with the modes and the group that kubelet gives."""
        kind = next(key for key in volume if key != "name")
        if kind not in KNOWN_VOLUMES:
            raise CannotStart(f"volume {volume['name']}: {kind} is not made here")
        folder = self.folder / "volumes" / volume["name"]
        folder.mkdir(parents=True)
        folder.parent.chmod(0o711)
        self._fill(folder, kind, volume[kind] or {})
        if "fsGroup" in self.context:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, -1, self.context["fsGroup"])
                if path.is_file():
                    path.chmod(path.stat().st_mode | 0o040)
        folder.chmod(0o2777 if kind == "emptyDir" else 0o755)
        return folder

    def _fill(self, folder: Path, kind: str, source: Object, mode: int = 0o644) -> None:
        mode = source.get("defaultMode", mode)
        if kind == "projected":
            for each in source["sources"]:
                inner, told = next(iter(each.items()))
                self._fill(folder, inner, told, mode)
            return
        if kind == "emptyDir":
            return
        name = source.get("secretName") or source.get("name") or ""
        data = self._data({"secret": "Secret", "configMap": "ConfigMap"}[kind], name)
        items = source.get("items") or [{"key": key, "path": key} for key in data]
        for item in items:
            if item["key"] not in data:
                raise CannotStart(f"no {item['key']} in {name}")
            target = folder / item["path"]
            target.write_bytes(data[item["key"]])
            target.chmod(item.get("mode", mode))

    def _data(self, kind: str, name: str) -> dict[str, bytes]:
        for each in self.objects:
            if each["kind"] == kind and each["metadata"]["name"] == name:
                packed, plain = each.get("data") or {}, each.get("stringData") or {}
                decode = base64.b64decode if kind == "Secret" else str.encode
                return {
                    **{key: decode(value) for key, value in packed.items()},
                    **{key: value.encode() for key, value in plain.items()},
                }
        raise CannotStart(f"{kind} {name!r} not found")


def _is_well(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code < 400
    except httpx.HTTPError:
        return False


def _port(container: Object, port: int | str) -> int:
    named = {each.get("name"): each["containerPort"] for each in container.get("ports") or []}
    return port if isinstance(port, int) else int(named[port])


def _capabilities(told: Object) -> list[str]:
    dropped = told.get("drop") or []
    kept = () if "ALL" in dropped else BY_DEFAULT
    return [
        *(name for name in kept if name[4:] not in dropped),
        *map("CAP_{}".format, told.get("add") or []),
    ]


def _cores(text: str | float) -> float:
    text = str(text)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def _bytes(text: str | int) -> int:
    text = str(text)
    return int(text[:-2]) * SIZES[text[-2:]] if text[-2:] in SIZES else int(text)
