"""What goes into the image, pinned: Debian's packages and the wheels of the dependencies."""

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUNTIME = ROOT / "requirements" / "runtime.txt"
TESTED = ROOT / "requirements" / "dev.txt"
PYTHON = "3.11"

# Debian's names, and those of the machine in names of wheels and of libraries.
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
APT = """\
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
Dir::State "{folder}/state";
Dir::State::status "{folder}/state/status";
Dir::Cache "{folder}/cache";
"""
GLIBCS = ("2_36", "2_34", "2_31", "2_28", "2_26", "2_24", "2_17")

PACKAGES = (
    "ca-certificates",
    "libbz2-1.0",
    "libc6",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "liblzma5",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libssl3",
    "libstdc++6",
    "libuuid1",
    "python3.11-minimal",
    "tzdata",
    "zlib1g",
    # Only its licence: the copyright files of libgcc-s1 and libstdc++6 are links to it.
    "gcc-12-base",
)


def here() -> str:
    """Return Debian's name for the architecture of this machine."""
    machine = platform.machine()
    return next((name for name, other in MACHINES.items() if other == machine), machine)


class CannotBuild(Exception):
    """Something that the image is made of could not be had, or is not what was pinned."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of Debian, as the lock names it."""

    name: str
    version: str
    sha256: str


def locked_packages(architecture: str) -> list[Package]:
    """Return the packages in the lock of an architecture. Raises CannotBuild without one."""
    lock = HERE / f"debian-{architecture}.lock"
    if not lock.exists():
        raise CannotBuild(f"no {lock.name}: python -m deploy.image lock makes it")
    rows = (line.split() for line in lock.read_text().splitlines() if not line.startswith("#"))
    return [Package(*row) for row in rows if row]


def same_versions(architecture: str, other: str) -> None:
    """Raise CannotBuild unless two architectures have the same Python and zlib."""
    for name in (f"python{PYTHON}-minimal", f"libpython{PYTHON}-stdlib", "zlib1g"):
        found = {
            each: next(one.version for one in locked_packages(each) if one.name == name)
            for each in (architecture, other)
        }
        if len(set(found.values())) > 1:
            raise CannotBuild(f"{name} is not the same: {found}. Run python -m deploy.image lock")


def fetched_package(package: Package, architecture: str, cache: Path) -> Path:
    """Return the file of a package, fetched once. Raises CannotBuild for another content."""
    file = cache / f"{package.name}-{package.sha256[:16]}.deb"
    if not file.exists():
        found = _download(f"{package.name}={package.version}", architecture, cache)
        found.rename(file)
    _compare(file, package.sha256, f"{package.name} {package.version}")
    return file


def _download(wanted: str, architecture: str, cache: Path) -> Path:
    folder = cache / "download"
    folder.mkdir(parents=True, exist_ok=True)
    found = None
    for is_renewed in (False, True):
        apt = _apt(architecture, cache, is_renewed=is_renewed)
        done = run("apt-get", "download", "-qq", wanted, cwd=folder, check=False, **apt)
        found = next(iter(folder.glob("*.deb")), None)
        if found is not None or not apt:
            break
    if found is None:
        raise CannotBuild(
            f"Debian does not give {wanted}: {done.stderr.strip()[-300:]}\n"
            "Run apt-get update; when a newer version took its place, python -m deploy.image lock"
        )
    return found


def _apt(architecture: str, cache: Path, *, is_renewed: bool) -> dict[str, str]:
    """Return the environment in which apt knows the packages of an architecture.

    For one that is not this machine's it gets lists of its own; the sources and their keys are the
    machine's, and nothing is installed anywhere. Raises CannotBuild.
    """
    if architecture == here():
        return {}
    folder = cache / f"apt-{architecture}"
    settings = folder / "apt.conf"
    apt = {**os.environ, "APT_CONFIG": str(settings)}
    if is_renewed or not settings.exists():
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "state/status").touch()
        settings.write_text(APT.format(architecture=architecture, folder=folder.resolve()))
        if run("apt-get", "update", "-qq", check=False, **apt).returncode:
            settings.unlink()
            raise CannotBuild(
                f"apt-get has no lists for {architecture}: is this Debian 12, online?"
            )
    return apt


def _compare(file: Path, sha256: str, what: str) -> None:
    if digest(file.read_bytes()) != sha256:
        file.unlink()
        raise CannotBuild(f"{what} is not what was pinned; it was removed from the cache")


def fetched_wheels(architecture: str, cache: Path) -> list[Path]:
    """Return the wheels of the dependencies, fetched once; pip compares their digests."""
    folder = cache / f"wheels-{architecture}-{digest(RUNTIME.read_bytes())[:16]}"
    if not (folder / ".complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        target = ("--dest", str(folder), "--no-deps", "--require-hashes", *foreign(architecture))
        done = run(*pip, *target, "--requirement", str(RUNTIME), check=False)
        if done.returncode:
            raise CannotBuild(f"the dependencies could not be had: {done.stderr.strip()[-600:]}")
        (folder / ".complete").touch()
    return sorted(folder.glob("*.whl"))


def foreign(architecture: str) -> Iterator[str]:
    """Yield the flags that make pip choose for the image, not for the Python it runs in."""
    yield from ("--only-binary", ":all:", "--python-version", PYTHON, "--implementation", "cp")
    for glibc in GLIBCS:
        yield from ("--platform", f"manylinux_{glibc}_{MACHINES[architecture]}")
    yield from ("--platform", f"manylinux2014_{MACHINES[architecture]}")


def renew_packages(architecture: str, cache: Path) -> None:
    """Write the lock of an architecture: what Debian has now."""
    _apt(architecture, cache, is_renewed=True)
    lines = ["# Made by `python -m deploy.image lock`: package, version, sha256."]
    for name in sorted(PACKAGES):
        file = _download(name, architecture, cache)
        shown = run("dpkg-deb", "--showformat=${Version}", "--show", str(file)).stdout.strip()
        lines.append(f"{name} {shown} {digest(file.read_bytes())}")
        file.unlink()
    (HERE / f"debian-{architecture}.lock").write_text("\n".join(lines) + "\n")


def renew_wheels() -> None:
    """Write `requirements/runtime.txt`, what the image holds, and `build.txt`, what builds it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for file, wanted in (
        (RUNTIME, project["project"]["dependencies"]),
        (RUNTIME.with_name("build.txt"), project["build-system"]["requires"]),
    ):
        lines = ["# Made by `python -m deploy.image lock` from pyproject.toml."]
        pins = sorted(_chosen(wanted).items(), key=lambda pin: pin[0].lower())
        for pin, hashes in pins:
            flags = (f"    --hash=sha256:{each}" for each in sorted(hashes))
            lines.append(" \\\n".join([pin, *flags]))
        file.write_text("\n".join(lines) + "\n")


def _chosen(wanted: list[str]) -> dict[str, set[str]]:
    """Return what pip chooses, in the versions that were tested: the hashes by `name==version`."""
    found: dict[str, set[str]] = {}
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    flags = ("--dry-run", "--ignore-installed", "--target", "unused", "--report", "-")
    for architecture in MACHINES:
        pins = ("--constraint", str(TESTED), *foreign(architecture))
        report = json.loads(run(*pip, *flags, *pins, *wanted).stdout)
        for one in report["install"]:
            pin = f"{one['metadata']['name']}=={one['metadata']['version']}"
            hashes = one["download_info"]["archive_info"]["hashes"]
            found.setdefault(pin, set()).add(hashes["sha256"])
    return found


def digest(content: bytes) -> str:
    """Return the SHA-256 of something, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def canonical(name: str) -> str:
    """Return the name of a Python package as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def run(
    *command: str, cwd: Path | None = None, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it said. Raises CannotBuild when it fails or is not there."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment or None, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CannotBuild(f"needs {command[0]}, which Debian and its kin have") from None
    if check and done.returncode:
        raise CannotBuild(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-600:]}")
    return done
