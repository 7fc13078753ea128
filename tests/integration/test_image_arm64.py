"""The image for arm64, built on another machine: the same twice, and its programs run."""

import json
import struct
import subprocess
import sys

import pytest

import sidegate
from deploy.image.__main__ import COMPRESS, build, configuration
from deploy.image.pins import MACHINES, PYTHON, here, locked_packages
from deploy.image.root import ABOUT, LAUNCHER, SITE, STDLIB, Python
from tests.parts import ROOT, TOOLS

pytestmark = [
    pytest.mark.needs("image", "arm64"),
    pytest.mark.skipif(here() != "amd64", reason="this machine builds it as its own"),
]

EMULATOR = str(TOOLS / "arm64" / "qemu-aarch64-static")
AARCH64 = 183  # e_machine of ELF
COMPILED = (f"{SITE}/sidegate", f"{STDLIB}/asyncio")
COMPILE = """
import compileall, py_compile, sys

tree, folder, sys.pycache_prefix = sys.argv[1:]
how = py_compile.PycInvalidationMode.UNCHECKED_HASH
said = {"quiet": 1, "force": True, "invalidation_mode": how}
sys.exit(not compileall.compile_dir(folder, stripdir=tree, prependdir="/", **said))
"""
IMPORT_ALL = """
import importlib, pathlib, sys

places = [pathlib.Path(each) for each in sys.path if each.endswith(("-dynload", "-packages"))]
found = [p.relative_to(place) for place in places for p in place.rglob("*.so")]
for path in found:
    importlib.import_module(".".join([*path.parent.parts, path.name.partition(".")[0]]))
print(len(found) > 40)
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """Return the folder of the image, its tree and its digest."""
    place = tmp_path_factory.mktemp("arm64")
    digest = build(place / "layout", "arm64", tree=place / "tree")
    return place / "layout", place / "tree", digest


def emulated(tree, *words):
    """Run the Python of the image by an emulator; return what it wrote."""
    command = [EMULATOR, "-L", str(tree), str(tree / f"usr/bin/python{PYTHON}"), *words]
    settings = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_second_build_has_the_same_digest(foreign, tmp_path):
    command = (sys.executable, "-m", "deploy.image", "build", str(tmp_path / "again"))
    done = subprocess.run(
        [*command, "--architecture=arm64"],
        cwd=ROOT,
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == foreign[2], done.stderr


def test_it_says_for_which_machines_it_is(foreign):
    layout, tree, _ = foreign
    blobs = [path.read_bytes() for path in (layout / "blobs" / "sha256").iterdir()]
    (told,) = [json.loads(one) for one in blobs if one.startswith(b"{") and b"rootfs" in one]
    assert (told["os"], told["architecture"]) == ("linux", "arm64")
    assert told["config"] == configuration("arm64", sidegate.__version__, "", 0)["config"]
    bill = json.loads((tree / ABOUT / "sbom.cdx.json").read_text())
    purls = [part["purl"] for part in bill["components"] if part["purl"].startswith("pkg:deb")]
    assert len(purls) == len(locked_packages("arm64"))
    assert all("arch=arm64" in purl or "arch=all" in purl for purl in purls)


def test_every_program_and_library_in_it_is_for_arm64(foreign):
    found = 0
    for path in foreign[1].rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            head = file.read(20)
        if head.startswith(b"\x7fELF"):
            assert struct.unpack("<H", head[18:20]) == (AARCH64,), path
            found += 1
    assert found > 60


def test_it_holds_the_same_files_as_the_image_of_this_machine(foreign, image):
    ours, theirs = (
        {
            str(path.relative_to(tree)).replace(MACHINES[name], "MACHINE")
            for path in tree.rglob("*")
            if not path.name.startswith(("ld-linux", "libmvec"))  # each has its own
        }
        for tree, name in ((image.tree, "amd64"), (foreign[1], "arm64"))
    )
    assert {name for name in ours ^ theirs if not name.endswith("lib64")} == set()


def test_its_own_python_would_have_compiled_and_packed_the_same_bytes(foreign, image, tmp_path):
    """So the digest is the one that a build on such a machine has."""
    tree = foreign[1]
    for folder in COMPILED:
        emulated(tree, "-c", COMPILE, str(tree), str(tree / folder), str(tmp_path))
        kept = list((tree / folder).rglob("*.pyc"))
        assert len(kept) > 20
        for path in kept:
            source = str(path.parent.parent).lstrip("/")
            assert (tmp_path / source / path.name).read_bytes() == path.read_bytes(), path
    plain, packed = tmp_path / "plain", [tmp_path / "a.gz", tmp_path / "b.gz"]
    plain.write_bytes(b"".join(path.read_bytes() for path in kept))
    emulated(tree, "-c", COMPRESS, str(plain), str(packed[0]))
    Python(image.tree, "amd64").run("-S", "-c", COMPRESS, str(plain), str(packed[1]))
    assert packed[0].read_bytes() == packed[1].read_bytes()


def test_its_commands_run(foreign):
    tree = foreign[1]
    said = emulated(tree, "-I", str(tree / LAUNCHER), "--version")
    assert said == f"sidegate {sidegate.__version__}\n"
    assert len(emulated(tree, "-I", str(tree / LAUNCHER), "secret").strip()) > 40


def test_every_compiled_part_finds_its_libraries(foreign):
    assert emulated(foreign[1], "-I", "-c", IMPORT_ALL) == "True\n"
