"""What the image holds, as a CycloneDX 1.6 document, and as Debian's own list for scanners."""

import json
import re
import uuid
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.image.pins import Package, canonical, digest, run

Component = dict[str, Any]


def of_package(package: Package, file: Path, root: Path, architecture: str) -> Component:
    """Describe a package of Debian; keep its control fields where scanners look for them."""
    control = run("dpkg-deb", "--field", str(file)).stdout
    listed = root / "var/lib/dpkg/status.d" / package.name
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text(control)
    version = quote(package.version, safe="")
    return {
        **_component(package.name, package.version, package.sha256),
        "bom-ref": f"pkg:deb/debian/{package.name}@{version}",
        "purl": f"pkg:deb/debian/{package.name}@{version}?arch={architecture}&distro=debian-12",
        "licenses": _debian_licences(root / "usr/share/doc" / package.name / "copyright"),
    }


def of_wheel(wheel: Path) -> Component:
    """Describe a Python package."""
    about = metadata(wheel)
    name, version = canonical(str(about["Name"])), str(about["Version"])
    reference = f"pkg:pypi/{name}@{version}"
    return {
        **_component(str(about["Name"]), version, digest(wheel.read_bytes())),
        "bom-ref": reference,
        "purl": reference,
        "licenses": _python_licences(about),
    }


def metadata(wheel: Path) -> dict[str, Any]:
    """Return what a wheel says of itself; classifiers as a list."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        fields = HeaderParser().parsestr(archive.read(name).decode())
    return {**dict(fields.items()), "Classifier": fields.get_all("Classifier") or []}


def document(gate: Component, parts: list[Component], created: str) -> str:
    """Return the whole document: the gate and all that it is shipped with."""
    ordered = sorted(parts, key=lambda part: part["bom-ref"])
    whole = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": created, "component": {**gate, "type": "application"}},
        "components": ordered,
        "dependencies": [
            {"ref": gate["bom-ref"], "dependsOn": [part["bom-ref"] for part in ordered]},
            *({"ref": part["bom-ref"]} for part in ordered),
        ],
    }
    same = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(whole, sort_keys=True))
    return json.dumps({**whole, "serialNumber": f"urn:uuid:{same}"}, indent=1, sort_keys=True)


def _component(name: str, version: str, sha256: str) -> Component:
    return {
        "type": "library",
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": sha256}],
    }


def _debian_licences(copyright_file: Path) -> list[Component]:
    """Return the short names in a machine-readable copyright file, or point to the file."""
    text = copyright_file.read_text(encoding="utf-8", errors="replace")
    names = set(re.findall(r"^License: *(\S[^\n]*)$", text, re.MULTILINE))
    shown = f"see {copyright_file.parent.name}/copyright"
    return [{"license": {"name": name.strip()}} for name in sorted(names) or [shown]]


def _python_licences(about: dict[str, Any]) -> list[Component]:
    if about.get("License-Expression"):
        return [{"expression": about["License-Expression"]}]
    told = [
        one.rpartition(" :: ")[2] for one in about["Classifier"] if one.startswith("License ::")
    ]
    short = (about.get("License") or "").splitlines()[:1]
    return [{"license": {"name": name}} for name in told or short or ["see its dist-info"]]
