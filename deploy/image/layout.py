"""An image as the OCI image specification 1.1 lays it out in a folder."""

import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

MEDIA = "application/vnd.oci.image"


def write_tar(root: Path, wanted: Callable[[str], bool], target: Path, epoch: int) -> None:
    """Write the files of a tree that are `wanted`, and their folders, in the order of names."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(_with_folders(_names(root), wanted)):
            path = root / name
            entry = archive.gettarinfo(path, name)
            if entry.islnk():
                raise ValueError(f"{name} is a hard link")
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = epoch
            if entry.isreg():
                with path.open("rb") as content:
                    archive.addfile(entry, content)
            else:
                archive.addfile(entry)


def _names(root: Path) -> Iterable[str]:
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield os.path.relpath(os.path.join(folder, name), root)  # noqa: PTH118 - os.walk gives text


def _with_folders(names: Iterable[str], wanted: Callable[[str], bool]) -> set[str]:
    found: set[str] = set()
    for name in names:
        if wanted(name):
            parts = name.split("/")
            found.update("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return found


class Layout:
    """A folder that becomes an image layout."""

    def __init__(self, folder: Path) -> None:
        self.blobs = folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        self.folder = folder

    def add(self, content: bytes, kind: str) -> dict[str, Any]:
        """Keep a blob; return its descriptor."""
        name = hashlib.sha256(content).hexdigest()
        (self.blobs / name).write_bytes(content)
        media = f"{MEDIA}.{kind}"
        return {"mediaType": media, "digest": f"sha256:{name}", "size": len(content)}

    def add_json(self, value: dict[str, Any], kind: str) -> dict[str, Any]:
        """Keep a value as JSON; return its descriptor."""
        return self.add(json.dumps(value, sort_keys=True).encode(), kind)

    def finish(self, manifest: dict[str, Any], tag: str) -> None:
        """Name the manifest `tag` in the index."""
        named = {**manifest, "annotations": {"org.opencontainers.image.ref.name": tag}}
        index = {"schemaVersion": 2, "mediaType": f"{MEDIA}.index.v1+json", "manifests": [named]}
        (self.folder / "index.json").write_text(json.dumps(index, sort_keys=True))
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def write_image(
    folder: Path, layers: list[tuple[Path, Path]], config: dict[str, Any], tag: str
) -> str:
    """Write a layout from layers (the archive, and the same compressed); return the digest."""
    layout = Layout(folder)
    compressed = [layout.add(packed.read_bytes(), "layer.v1.tar+gzip") for _, packed in layers]
    plain = [f"sha256:{hashlib.sha256(tar.read_bytes()).hexdigest()}" for tar, _ in layers]
    whole = {**config, "rootfs": {"type": "layers", "diff_ids": plain}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{MEDIA}.manifest.v1+json",
        "config": layout.add_json(whole, "config.v1+json"),
        "layers": compressed,
        "annotations": config["config"]["Labels"],
    }
    described = layout.add_json(manifest, "manifest.v1+json")
    layout.finish(described, tag)
    return str(described["digest"])
