"""The container image: what is in it, what is not, and that it runs as a pod would run it."""

import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
from _imp import source_hash
from dataclasses import replace

import pytest

import sidegate
from deploy.image.__main__ import configuration
from deploy.image.pins import RUNTIME, canonical, here, locked_packages
from tests.integration.containers import said_by
from tests.parts import ROOT, TOOLS

pytestmark = pytest.mark.needs("runc", "image")

CONTAINERFILE = ROOT / "deploy" / "image" / "Containerfile"
MAGIC = 3495 | 0x0A0D0000  # of Python 3.11
UNCHECKED_HASH = 1  # PEP 552
NOT_FOR_SERVING = {
    *("sh", "bash", "dash", "busybox", "pip", "pip3", "apt", "apt-get", "dpkg", "perl", "openssl"),
    *("cc", "gcc", "ld", "as", "make", "curl", "wget", "su", "mount", "env", "ensurepip"),
}
IMPORT_ALL = """
import importlib, pathlib, ssl

lib = pathlib.Path("/usr/lib")
places = [lib / "python3.11/lib-dynload", lib / "python3/dist-packages"]
found = [p.relative_to(place) for place in places for p in place.rglob("*.so")]
for path in found:
    importlib.import_module(".".join([*path.parent.parts, path.name.partition(".")[0]]))
print(len(found) > 40, len(ssl.create_default_context().get_ca_certs()) > 100)
"""


@pytest.fixture(scope="module")
def paths(image):
    """Return all that is in the image."""
    return list(image.tree.rglob("*"))


@pytest.fixture(scope="module")
def bill(image):
    """Return the list of parts that lies in the image."""
    return json.loads((image.tree / "usr/share/sidegate/sbom.cdx.json").read_text())


def test_another_build_elsewhere_has_the_same_digest(built, tmp_path):
    """From the files alone that the Containerfile copies, with another umask, in another place."""
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE.read_text(), re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in " ".join(copied).split():
        assert f"!{name.rstrip('/')}" in ignored, "the engine would not see it"
        place = tmp_path / "source" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / name, place)
    done = subprocess.run(
        [sys.executable, "-m", "deploy.image", "build", str(tmp_path / "again")],
        cwd=tmp_path / "source",
        env={**os.environ, "TOOLS_DIR": str(TOOLS)},
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == built[1], done.stderr


def test_the_containerfile_makes_the_same_image():
    made = CONTAINERFILE.read_text()
    told = configuration(here(), sidegate.__version__, "", 0)["config"]
    assert f"USER {told['User']}" in made
    assert f"ENTRYPOINT {json.dumps(told['Entrypoint'])}" in made
    assert f"CMD {json.dumps(told['Cmd'])}" in made
    assert f"ENV {told['Env'][0]}" in made
    assert f"STOPSIGNAL {told['StopSignal']}" in made


@pytest.mark.needs("hadolint")
def test_the_containerfile_is_as_its_linter_wants_it():
    hadolint = str(TOOLS / "hadolint" / "bin" / "hadolint")
    done = subprocess.run([hadolint, CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_says_its_version(image, tmp_path):
    assert said_by(image, tmp_path, "--version") == (0, f"sidegate {sidegate.__version__}\n")


def test_it_checks_a_configuration_and_says_what_is_wrong(image, tmp_path):
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "sidegate.toml").write_text('client_id = "x"\nupstreems = ["http://127.0.0.1:1"]\n')
    file = "/etc/sidegate/sidegate.toml"
    binds = {"/etc/sidegate": folder}
    words = ("config", "check", f"--config={file}")
    code, said = said_by(image, tmp_path / "run", *words, binds=binds)
    assert code == 1
    assert "upstreams" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("check", "-"), "kubernetes"),
        (("inject", "--image=x", "-"), "kubernetes"),
        (("demo",), "demo"),
    ],
    ids=str,
)
def test_commands_that_need_an_extra_say_which_and_where_to_run_them(words, extra, image, tmp_path):
    code, said = said_by(image, tmp_path, *words)
    assert code != 0
    assert f"pip install 'sidegate[{extra}]'" in said
    assert "image of the gate" in said
    assert "Traceback" not in said


def test_it_looks_at_a_gate_that_runs(image, tmp_path):
    code, said = said_by(image, tmp_path, "check", "--url=http://127.0.0.1:1")
    assert code != 0
    assert "Connection refused. Is it the address of a gate that runs?" in said


def test_it_runs_as_nobody_else_and_serves_without_being_told(image):
    assert image.user == (2000, 2000)
    assert image.words == ("/usr/bin/sidegate", "serve")


def test_it_runs_as_whomever_a_cluster_chooses(image, tmp_path):
    """As OpenShift starts it: with a number that no file of the image knows."""
    told = said_by(image, tmp_path, "--version", user=(1_000_650_000, 2000))
    assert told == (0, f"sidegate {sidegate.__version__}\n")


def test_it_holds_nothing_that_serving_does_not_need(paths):
    assert {path.name for path in paths if not path.is_dir()} & NOT_FOR_SERVING == set()
    assert {path.name for path in paths if path.parent.name in {"bin", "sbin"}} == {
        "python3.11",
        "sidegate",
    }
    assert not [path for path in paths if "apt/lists" in str(path) or "var/cache" in str(path)]


def test_nothing_in_it_can_be_written_or_gives_rights(paths):
    modes = {path: path.lstat() for path in paths if not path.is_symlink()}
    loose = stat.S_ISUID | stat.S_ISGID | stat.S_IWGRP | stat.S_IWOTH
    assert [path for path, found in modes.items() if found.st_mode & loose] == []
    assert {(found.st_uid, found.st_gid) for found in modes.values()} == {(0, 0)}
    assert {stat.S_IFMT(found.st_mode) for found in modes.values()} == {stat.S_IFDIR, stat.S_IFREG}


def test_every_module_is_compiled_and_never_compared_again(paths):
    sources = [path for path in paths if path.suffix == ".py"]
    assert len(sources) > 700
    for source in sources:
        head = _compiled(source).read_bytes()[:16]
        magic, flags = struct.unpack("<II", head[:8])
        assert (magic, flags) == (MAGIC, UNCHECKED_HASH), source
        assert head[8:] == source_hash(MAGIC, source.read_bytes()), source


def _compiled(source):
    return source.parent / "__pycache__" / f"{source.stem}.cpython-311.pyc"


def test_the_bill_lists_every_part_and_nothing_else(bill, image):
    told = {part["bom-ref"].partition("@")[0].removeprefix("pkg:") for part in bill["components"]}
    locked = re.findall(r"^([\w.-]+)==", RUNTIME.read_text(), re.MULTILINE)
    debian = {package.name for package in locked_packages(here())}
    assert told == {f"pypi/{canonical(name)}" for name in locked} | {
        f"deb/debian/{name}" for name in debian
    }
    site = image.tree / "usr/lib/python3/dist-packages"
    installed = {canonical(path.name.partition("-")[0]) for path in site.glob("*.dist-info")}
    assert installed == {canonical(name) for name in (*locked, "sidegate")}
    listed = {path.name for path in (image.tree / "var/lib/dpkg/status.d").iterdir()}
    assert listed == debian


def test_every_part_brings_its_licence(bill, image):
    site = image.tree / "usr/lib/python3/dist-packages"
    for part in bill["components"]:
        assert part["licenses"], part["name"]
        if part["purl"].startswith("pkg:deb"):
            papers = [image.tree / "usr/share/doc" / part["name"] / "copyright"]
        else:
            name = canonical(part["name"]).replace("-", "[-_.]")
            folders = [p for p in site.glob("*.dist-info") if re.match(name, canonical(p.name))]
            papers = [p for folder in folders for p in folder.rglob("*") if _is_licence(p)]
        assert [paper for paper in papers if paper.exists()], part["name"]


def _is_licence(path):
    return re.match(r"(licen[cs]e|copying|notice)", path.name, re.IGNORECASE) is not None


def test_every_compiled_part_finds_its_libraries_and_authorities_are_known(image, tmp_path):
    python = replace(image, words=("/usr/bin/python3.11",))
    assert said_by(python, tmp_path, "-I", "-c", IMPORT_ALL) == (0, "True True\n")


def test_it_is_small(built, paths):
    packed = sum(path.stat().st_size for path in (built[0] / "blobs/sha256").iterdir())
    plain = sum(path.lstat().st_size for path in paths if path.is_file())
    print(f"image: {packed / 1e6:.1f} MB packed, {plain / 1e6:.1f} MB unpacked")  # noqa: T201 - shown by pytest -s
    assert packed < 35e6
    assert plain < 100e6
