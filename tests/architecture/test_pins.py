"""What the image holds is what the tests ran with."""

import re
import tomllib

from deploy.image.pins import RUNTIME, TESTED, canonical
from tests.architecture.source import ROOT

PIN = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
REMEDY = "run: python -m deploy.image lock"


def pins(name):
    """Return the versions that a file of requirements pins, by name."""
    found = PIN.findall((ROOT / "requirements" / name).read_text())
    return {canonical(package): version for package, version in found}


def test_the_image_holds_the_versions_that_were_tested():
    tested = pins(TESTED.name)
    for name in (RUNTIME.name, "build.txt"):
        held = pins(name)
        assert held, name
        assert {package: tested.get(package) for package in held} == held, REMEDY


def test_the_image_holds_every_dependency():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {canonical(re.split(r"[^\w.-]", each)[0]) for each in wanted}
    assert names <= set(pins(RUNTIME.name)), REMEDY
