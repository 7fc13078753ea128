"""Containers without an engine: an image is unpacked by umoci and run by runc, as kubelet would.

Unless told otherwise a container is as the `restricted` standard of Kubernetes asks: no capability,
no new privilege, the system call filter of engines, and a root that cannot be written.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.integration.processes import Process
from tests.parts import TOOLS

RUNC, UMOCI = str(TOOLS / "runc" / "runc"), str(TOOLS / "runc" / "umoci")
PERIOD = 100_000  # microseconds, as kubelet sets it

PSEUDO = (
    ("/proc", "proc", ["nosuid", "noexec", "nodev"]),
    ("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    ("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),  # noqa: S108 - in the container
    ("/dev/mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
    ("/sys", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
)
MASKED = ("/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware")
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


@dataclass(frozen=True)
class Image:
    """An unpacked image: its file tree, and what it says about how it is run."""

    tree: Path
    user: tuple[int, int]
    words: tuple[str, ...]
    environment: tuple[str, ...]


def unpacked(layout: Path, tag: str, folder: Path) -> Image:
    """Unpack an image with a tool of others, so that its layout is proven too."""
    command = [UMOCI, "unpack", "--image", f"{layout}:{tag}", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    told = json.loads((folder / "config.json").read_text())["process"]
    user = (told["user"]["uid"], told["user"]["gid"])
    own = tuple(each for each in told["env"] if not each.startswith(("TERM=", "HOME=")))
    return Image(folder / "rootfs", user, tuple(told["args"]), own)


@dataclass
class Settings:
    """How one container is run; what is not said is as the image says."""

    command: Sequence[str] = ()
    words: Sequence[str] = ()
    user: tuple[int, int] | None = None
    groups: Sequence[int] = ()
    environment: dict[str, str] = field(default_factory=dict)
    binds: dict[str, Path] = field(default_factory=dict)
    writable: Sequence[str] = ()
    network: str = ""
    cpu: float = 0
    memory: int = 0
    read_only: bool = True
    may_gain: bool = False
    capabilities: Sequence[str] = ()
    filtered: bool = True


class Container:
    """A container that runs until it ends or is told to."""

    def __init__(self, image: Image, settings: Settings, folder: Path) -> None:
        self.name = f"sidegate-{uuid4().hex[:12]}"
        self.settings = settings
        bundle = folder / self.name
        bundle.mkdir(parents=True)
        (bundle / "config.json").write_text(json.dumps(specification(image, settings)))
        self.process = Process([RUNC, "run", "--bundle", str(bundle), self.name])

    def state(self) -> dict[str, Any]:
        """Return what the kernel says of the first process in it, from its status file."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines)

    def mounts(self) -> dict[str, list[str]]:
        """Return the options of what is mounted in it, by place."""
        lines = Path(f"/proc/{self.pid}/mounts").read_text().splitlines()
        return {(fields := line.split())[1]: fields[3].split(",") for line in lines}

    @property
    def pid(self) -> int:
        """The first process, as the machine numbers it. Raises when it does not run."""
        told = subprocess.run([RUNC, "state", self.name], check=True, capture_output=True)
        return int(json.loads(told.stdout)["pid"])

    def used(self) -> dict[str, Any]:
        """Return what its control group has counted: `cpu`, `memory`."""
        told = subprocess.run(
            [RUNC, "events", "--stats", self.name], check=True, capture_output=True
        )
        return dict(json.loads(told.stdout)["data"])

    def end(self, seconds: float = 20) -> int:
        """Tell it to end, kill it after `seconds`, clean up, and return its exit code."""
        code = self.process.end(seconds)
        subprocess.run([RUNC, "delete", "--force", self.name], check=False, capture_output=True)
        return code


def said_by(image: Image, folder: Path, *words: str, **settings: Any) -> tuple[int, str]:
    """Run a container to its end; return its exit code and what it wrote."""
    container = Container(image, Settings(words=words, **settings), folder)
    code = container.process.child.wait(60)
    output = container.process.output
    container.end()
    container.process.forget()
    return code, output


def specification(image: Image, settings: Settings) -> dict[str, Any]:
    """Return the OCI runtime configuration of a container."""
    uid, gid = settings.user or image.user
    own = [f"{name}={value}" for name, value in settings.environment.items()]
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(image.tree), "readonly": settings.read_only},
        "hostname": "sidegate",
        "process": {
            "user": {"uid": uid, "gid": gid, "additionalGids": list(settings.groups)},
            "args": _words(image, settings),
            "env": [*image.environment, *own],
            "cwd": "/",
            "noNewPrivileges": not settings.may_gain,
            "capabilities": _capabilities(settings.capabilities, is_root=uid == 0),
        },
        "mounts": [*_pseudo(), *_binds(settings)],
        "linux": {
            "namespaces": _namespaces(settings.network),
            "resources": _limits(settings),
            **({"seccomp": _filter()} if settings.filtered else {}),
            "maskedPaths": list(MASKED),
            "readonlyPaths": list(READ_ONLY),
        },
    }


def _words(image: Image, settings: Settings) -> list[str]:
    """Return the command line: `command` stands for the entrypoint, `words` for the rest."""
    if settings.command:
        return [*settings.command, *settings.words]
    return [*image.words[:1], *(settings.words or image.words[1:])]


def _capabilities(names: Sequence[str], *, is_root: bool) -> dict[str, list[str]]:
    """Return the sets as engines give them: who is not root has none, and could get some."""
    held = list(names) if is_root else []
    return {"bounding": list(names), "effective": held, "permitted": held}


def _pseudo() -> list[dict[str, Any]]:
    return [
        {"destination": place, "type": kind, "source": kind, "options": options}
        for place, kind, options in PSEUDO
    ]


def _binds(settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "destination": place,
            "type": "bind",
            "source": str(source),
            "options": ["rbind", "nosuid", "nodev", "rw" if place in settings.writable else "ro"],
        }
        for place, source in settings.binds.items()
    ]


def _namespaces(network: str) -> list[dict[str, str]]:
    own = [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]
    return [*own, {"type": "network", "path": network} if network else {"type": "network"}]


def _limits(settings: Settings) -> dict[str, Any]:
    limits: dict[str, Any] = {"devices": [{"allow": False, "access": "rwm"}]}
    if settings.cpu:
        limits["cpu"] = {"quota": int(settings.cpu * PERIOD), "period": PERIOD}
    if settings.memory:
        limits["memory"] = {"limit": settings.memory, "swap": settings.memory}
    return limits


@cache
def _filter() -> dict[str, Any]:
    """Return the profile that `RuntimeDefault` means, for a process without capabilities."""
    told = json.loads((TOOLS / "runc" / "seccomp.json").read_text())
    rules = [
        {key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key)}
        for rule in told["syscalls"]
        if _holds_here(rule.get("includes") or {}, rule.get("excludes") or {})
    ]
    return {
        "defaultAction": told["defaultAction"],
        "defaultErrnoRet": told.get("defaultErrnoRet", 1),
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
        "syscalls": rules,
    }


def _holds_here(includes: dict[str, Any], excludes: dict[str, Any]) -> bool:
    arches = includes.get("arches")
    if includes.get("caps") or (arches and "amd64" not in arches):
        return False
    return "amd64" not in (excludes.get("arches") or [])
