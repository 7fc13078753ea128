"""`python -m deploy.image [build] FOLDER` writes an OCI layout; `lock` renews what is pinned."""

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.image import pins, root, sbom
from deploy.image.layout import write_image, write_tar
from deploy.image.pins import ROOT, CannotBuild, Package

CACHE = Path(os.environ.get("TOOLS_DIR") or ROOT / ".tools") / "image"
COMPRESS = """
import gzip, shutil, sys
with open(sys.argv[1], "rb") as plain, open(sys.argv[2], "wb") as raw:
    with gzip.GzipFile("", "wb", 6, raw, 0) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
"""


def main(words: Sequence[str]) -> int:
    """Do what the command line says; 1 when the image cannot be built."""
    given = _parser().parse_args(words)
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        if given.command == "lock":
            for architecture in pins.MACHINES:
                pins.renew_packages(architecture, CACHE)
            pins.renew_wheels()
        elif given.command == "fetch":
            ingredients(given.architecture)
        else:
            print(build(given.folder, given.architecture, given.revision, given.tree))
    except CannotBuild as error:
        print(f"deploy.image: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.image", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    builds = commands.add_parser("build", help="write an OCI image layout; prints its digest")
    builds.add_argument("folder", type=Path, help="where to; what is there is replaced")
    builds.add_argument("--revision", default="", help="the commit, for the labels")
    builds.add_argument("--tree", type=Path, help="keep the file tree here as well")
    fetches = commands.add_parser(
        "fetch", help="fetch what is pinned into the cache, and compare it"
    )
    commands.add_parser("lock", help="renew the pinned packages of Debian and of Python")
    for each in (builds, fetches):
        each.add_argument(
            "--architecture",
            choices=pins.MACHINES,
            default=pins.here(),
            help="of the image (default: of this machine)",
        )
    return parser


def build(folder: Path, architecture: str, revision: str = "", tree: Path | None = None) -> str:
    """Build the image into `folder` and return its digest. Raises CannotBuild."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    with tempfile.TemporaryDirectory(prefix="sidegate-image-") as scratch:
        place = Path(scratch)
        made = place / "root"
        made.mkdir()
        python = _python(made, architecture, place)
        version = _fill(made, architecture, place, datetime.fromtimestamp(epoch, UTC))
        root.compile_all(made, python)
        root.settle(made)
        layers = [
            _layer(made, python, place / name, wanted, epoch)
            for name, wanted in (("base", lambda name: not _ours(name)), ("sidegate", _ours))
        ]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        config = configuration(architecture, version, revision, epoch)
        digest = write_image(folder, layers, config, version)
        shutil.copy(made / root.ABOUT / "sbom.cdx.json", folder.with_suffix(".cdx.json"))
        if tree is not None:
            shutil.rmtree(tree, ignore_errors=True)
            shutil.copytree(made, tree, symlinks=True)
    return digest


def _python(made: Path, architecture: str, scratch: Path) -> root.Python:
    """Return what compiles and packs: the image's own Python, or for another architecture its twin.

    Bytecode and deflate depend on their versions and on no processor. Raises CannotBuild.
    """
    native = pins.here()
    if architecture == native:
        return root.Python(made, native)
    pins.same_versions(architecture, native)
    twin = scratch / "twin"
    twin.mkdir()
    root.assemble(twin, list(ingredients(native)[0].values()), [])
    return root.Python(twin, native)


def ingredients(architecture: str) -> tuple[dict[Package, Path], list[Path]]:
    """Return the files of the packages, and the wheels. Raises CannotBuild."""
    packages = pins.locked_packages(architecture)
    files = {each: pins.fetched_package(each, architecture, CACHE) for each in packages}
    return files, pins.fetched_wheels(architecture, CACHE)


def _fill(made: Path, architecture: str, scratch: Path, created: datetime) -> str:
    """Put the tree together with its own description; return the version of the gate."""
    packages, wheels = ingredients(architecture)
    gate = _own_wheel(scratch)
    root.assemble(made, list(packages.values()), [*wheels, gate])
    parts = [
        *(sbom.of_package(*each, made, architecture) for each in packages.items()),
        *(sbom.of_wheel(wheel) for wheel in wheels),
    ]
    described = sbom.of_wheel(gate)
    about = made / root.ABOUT / "sbom.cdx.json"
    about.parent.mkdir(parents=True)
    about.write_text(sbom.document(described, parts, f"{created:%Y-%m-%dT%H:%M:%SZ}"))
    return str(described["version"])


def _own_wheel(scratch: Path) -> Path:
    """Build the wheel of this source."""
    target = scratch / "wheel"
    done = pins.run(
        *(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)),
        cwd=ROOT,
        check=False,
    )
    found = next(iter(target.glob("*.whl")), None)
    if found is None:
        raise CannotBuild(f"no wheel of sidegate (make setup?): {done.stderr.strip()[-400:]}")
    return found


def _ours(name: str) -> bool:
    """Say whether a file changes with every release: those are a small layer of their own."""
    own = (f"{root.SITE}/sidegate", root.LAUNCHER, root.ABOUT)
    return any(re.match(rf"{re.escape(prefix)}(-[^/]*)?(/|$)", name) for prefix in own)


def _layer(
    made: Path, python: root.Python, at: Path, wanted: Callable[[str], bool], epoch: int
) -> tuple[Path, Path]:
    """Write one layer, packed by the image's own zlib: another one would give other bytes."""
    plain, packed = at.with_suffix(".tar"), at.with_suffix(".tar.gz")
    write_tar(made, wanted, plain, epoch)
    python.run("-S", "-c", COMPRESS, str(plain), str(packed))
    return plain, packed


def configuration(architecture: str, version: str, revision: str, epoch: int) -> dict[str, Any]:
    """Return how the image is run, and its labels."""
    created = f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
    labels = {
        "org.opencontainers.image.title": "sidegate",
        "org.opencontainers.image.description": "The identity gate beside an application",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": created,
        **({"org.opencontainers.image.revision": revision} if revision else {}),
    }
    return {
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": {
            "User": f"{root.USER}:{root.USER}",
            "Entrypoint": [f"/{root.LAUNCHER}"],
            "Cmd": ["serve"],
            "Env": ["PATH=/usr/bin"],
            "ExposedPorts": {"4180/tcp": {}},
            "StopSignal": "SIGTERM",
            "WorkingDir": "/",
            "Labels": labels,
        },
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
