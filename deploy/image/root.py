"""The file tree of the image, put together from packages and wheels."""

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deploy.image.pins import MACHINES, PYTHON, CannotBuild, run

STDLIB = f"usr/lib/python{PYTHON}"
SITE = "usr/lib/python3/dist-packages"
LAUNCHER = "usr/bin/sidegate"
ABOUT = "usr/share/sidegate"
USER = 2000
MERGED = ("bin", "lib", "lib64", "sbin")
KEPT_COMMANDS = {f"python{PYTHON}", "sidegate"}

# Parts of packages that serving needs nothing of. Each library that is not in `PACKAGES` takes its
# extension module along: an import fails as on a Python built without it.
NOT_NEEDED = (
    *("etc", "var", "usr/sbin", "usr/share/man", "usr/share/locale", "usr/share/perl5"),
    *("usr/share/lintian", "usr/share/binfmts", "usr/share/bash-completion", "usr/share/gcc"),
    *(
        f"{STDLIB}/test",
        "usr/lib/binfmt.d",
        "usr/lib/x86_64-linux-gnu/gconv",
        "usr/lib/aarch64-linux-gnu/gconv",
    ),
    *("usr/share/python", "usr/share/apport", "usr/share/debconf", "usr/share/gdb"),
    *(
        "usr/share/applications",
        "usr/share/pixmaps",
        "usr/lib/valgrind",
        "usr/share/zoneinfo/right",
    ),
    *(f"{STDLIB}/{name}" for name in ("ensurepip", "idlelib", "lib2to3", "pydoc_data", "tkinter")),
    *(f"{STDLIB}/{name}" for name in ("curses", "sqlite3", "crypt.py", "turtle.py", "pydoc.py")),
    *(f"{STDLIB}/{name}" for name in ("distutils", "_distutils_system_mod.py")),
)
NOT_LINKED = (
    *("_crypt", "_curses", "_curses_panel", "_dbm", "_gdbm", "_sqlite3", "nis", "readline"),
    *("_tkinter", "ossaudiodev"),
)

# No comment lines: the files of a system that has nobody but us.
FILES = {
    "etc/passwd": f"root:x:0:0::/:/nonexistent\nsidegate:x:{USER}:{USER}::/:/nonexistent\n",
    "etc/group": f"root:x:0:\nsidegate:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "etc/os-release": (
        'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
        'PRETTY_NAME="sidegate on parts of Debian 12"\n'
    ),
    LAUNCHER: (
        f"#!/usr/bin/python{PYTHON} -I\nimport sys\n\nfrom sidegate.cli import main\n\n"
        "sys.exit(main())\n"
    ),
}
MOUNT_POINTS = ("dev", "etc/sidegate", "proc", "secrets", "sys")


def assemble(root: Path, packages: list[Path], wheels: list[Path]) -> None:
    """Fill `root`, which must be empty. Raises CannotBuild."""
    for package in packages:
        run("dpkg-deb", "--extract", str(package), str(root))
    _merge(root)
    certificates = _certificates(root)
    _prune(root)
    for name, text in FILES.items():
        _write(root / name, text)
    (root / LAUNCHER).chmod(0o755)
    _trust(root, certificates)
    for name in MOUNT_POINTS:
        (root / name).mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        _unpack(wheel, root / SITE)


def _merge(root: Path) -> None:
    """Make `/lib` and its kin links into `/usr`; packages of Debian 12 still use both."""
    for name in MERGED:
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)
        (root / name).symlink_to(f"usr/{name}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _certificates(root: Path) -> str:
    """Return the authorities of ca-certificates in one text, as its own scripts would write."""
    found = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    if not found:
        raise CannotBuild("the package ca-certificates holds no certificate")
    return "".join(path.read_text() for path in found)


def _trust(root: Path, certificates: str) -> None:
    bundle = "etc/ssl/certs/ca-certificates.crt"
    _write(root / bundle, certificates)
    (root / "usr/lib/ssl").mkdir(exist_ok=True)
    (root / "usr/lib/ssl/cert.pem").symlink_to(f"/{bundle}")  # where OpenSSL of Debian looks


def _prune(root: Path) -> None:
    for name in NOT_NEEDED:
        _remove(root / name)
    _remove(root / "usr/share/ca-certificates")
    for module in NOT_LINKED:
        for path in (root / STDLIB / "lib-dynload").glob(f"{module}.cpython-*"):
            path.unlink()
    commands = [path for path in (root / "usr/bin").iterdir() if path.name not in KEPT_COMMANDS]
    papers = [path for path in (root / "usr/share/doc").rglob("*") if path.is_file()]
    for path in (*commands, *(path for path in papers if path.name != "copyright")):
        path.unlink()
    _prune_remains(root)


def _prune_remains(root: Path) -> None:
    """Remove links that lead nowhere now, and folders with nothing in them."""
    for path in sorted(root.rglob("*"), reverse=True):
        if path.is_symlink() and not _inside(root, path).exists():
            path.unlink()
        elif path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def _inside(root: Path, link: Path) -> Path:
    """Return where a link of the tree leads when the tree is the root of the system."""
    target = link.readlink()
    return root / target.relative_to("/") if target.is_absolute() else link.parent / target


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _unpack(wheel: Path, site: Path) -> None:
    """Unpack a wheel without its scripts and without the list that names them (PEP 427)."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            place = _place(name)
            if place:
                target = site / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))


def _place(name: str) -> str:
    """Return where a file of a wheel goes, or empty text when it is left out."""
    first, _, rest = name.partition("/")
    if first.endswith(".data"):
        scheme, _, name = rest.partition("/")
        if scheme not in {"purelib", "platlib"}:
            return ""
    return "" if name.endswith((".dist-info/RECORD", "/")) else name


@dataclass(frozen=True, slots=True)
class Python:
    """The Python of a tree, run with its own libraries on this machine's kernel."""

    root: Path
    architecture: str

    def run(self, *words: str) -> None:
        """Run it. Raises CannotBuild when it fails."""
        machine = MACHINES[self.architecture]
        loader = next((self.root / "usr/lib" / f"{machine}-linux-gnu").glob("ld-linux-*"))
        libraries = f"{self.root}/usr/lib/{machine}-linux-gnu"
        python = str(self.root / f"usr/bin/python{PYTHON}")
        run(
            *(str(loader), "--library-path", libraries, python, *words),
            PYTHONHOME=str(self.root / "usr"),
            PYTHONHASHSEED="0",
            PYTHONDONTWRITEBYTECODE="1",
        )


def compile_all(root: Path, python: Python) -> None:
    """Compile every module, so that no start ever has to.

    The compiled files are never compared with their source: nobody can change either.
    """
    words = ("-S", "-m", "compileall", "-q", "-f", "-s", str(root), "-p", "/")
    how = ("--invalidation-mode", "unchecked-hash")
    python.run(*words, *how, str(root / STDLIB), str(root / SITE))


def settle(root: Path) -> None:
    """Give every file the mode it has in the image: nothing can be written, nobody is promoted."""
    for path in [root, *root.rglob("*")]:
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)
