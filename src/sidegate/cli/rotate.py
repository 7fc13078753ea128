"""`sidegate secret rotate`: put a new secret on top of a file, so that running gates take it over.

Rule 1: no secret is printed.
Rule 2: the file is the old one or the new one, at every moment and after a power cut; it keeps its
    owner and its mode.
"""

import argparse
import base64
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sidegate.config.findings import Malformed
from sidegate.config.key_material import KEY_BYTES, MAKE_ONE, parse_ring, without_line_end
from sidegate.session.rotation import make_secret

KEEP: Final = 3
_KEPT: Final = """\
{file} holds {count} now, the newest first. Running gates notice
within two seconds, open with all of them, and seal with the new one after
cookie_secret_grace. Nothing needs a restart, and nobody is signed out. Every
replica has to have the file before that time is over.
"""
_ALONE: Final = """\
{file} holds {count} now, and none of before. Running gates notice
within two seconds: everybody is signed out then, and has to sign in again.
Nothing needs a restart. Give every replica the file now.
"""
_BY_KUBECTL: Final = """\

Does a Kubernetes Secret hold it? Then take the file from there, rotate it, and put it back; the
other keys of the Secret stay as they are:

  kubectl get secret NAME -o jsonpath='{{.data.{path}}}' | base64 -d > {quoted}
  sidegate secret rotate {keep}{quoted}
  printf '{{"data": {{"%s": "%s"}}}}' {key} "$(base64 < {quoted} | tr -d '\\n')" \\
    | kubectl patch secret NAME --type merge --patch-file /dev/stdin

Pods see the change within a minute and a half.
"""


def run(words: list[str]) -> int:
    """Put a new secret on top of a file; 1 when the file cannot be used."""
    parser = argparse.ArgumentParser(
        prog="sidegate secret rotate",
        description="Put a new cookie secret on top of FILE. The first secret of a file seals, all "
        "open, so nobody is signed out.",
        epilog="example: sidegate secret rotate /etc/sidegate/cookie-secret",
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="the file of --cookie-secret-file")
    parser.add_argument(
        "--in-cluster",
        metavar="NAME",
        help="the Secret of this name instead of a file, by the API of the cluster that the "
        "program runs in",
    )
    parser.add_argument(
        "--key",
        default="cookie-secret",
        metavar="KEY",
        help="the key of the Secret (default %(default)s)",
    )
    parser.add_argument(
        "--keep",
        type=int,
        default=KEEP,
        metavar="N",
        help="secrets that stay, the new one among them (default %(default)s). Whoever has not "
        "come since a secret was replaced is signed out when it goes. 1 signs everybody out.",
    )
    given = parser.parse_args(words)
    if given.keep < 1:
        parser.error("--keep: the new secret has to stay, so 1 is the least")
    if (given.file is None) == (given.in_cluster is None):
        parser.error("give FILE or --in-cluster")
    if given.in_cluster is not None:
        return _in_cluster(given.in_cluster, given.key, given.keep)
    return _in_file(given)


def _in_cluster(name: str, key: str, keep: int) -> int:
    from sidegate.cli.cluster_secret import (  # files need no cluster
        CannotReach,
        ClusterSecret,
    )

    try:
        secret = ClusterSecret(name, key)
        content, count = with_another(secret.read(), keep, os.urandom)
        secret.write(content)
    except (CannotReach, Malformed) as reason:
        print(f"Secret {name}: {reason.what}\n  {reason.remedy}", file=sys.stderr)
        return 1
    print(f"Secret {name}: {key} holds {_counted(count)} now, the newest first.")
    return 0


def _in_file(given: argparse.Namespace) -> int:
    try:
        kept = rotate(Path(given.file), given.keep, os.urandom)
    except Malformed as reason:
        print(f"{given.file}: {reason.what}\n  {reason.remedy}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{given.file}: {error.strerror}\n  {_remedy(error)}", file=sys.stderr)
        return 1
    print((_ALONE if kept == 1 else _KEPT).format(file=given.file, count=_counted(kept)), end="")
    print(_by_kubectl(given.file, given.keep), end="")
    return 0


def _by_kubectl(file: str, keep: int) -> str:
    """Return what to do where a Secret has the file under its name, as kubectl makes one."""
    name = Path(file).name
    return _BY_KUBECTL.format(
        path=name.replace(".", "\\."),
        key=shlex.quote(name),
        quoted=shlex.quote(file),
        keep="" if keep == KEEP else f"--keep {keep} ",
    )


def _counted(count: int) -> str:
    return "1 secret" if count == 1 else f"{count} secrets"


def rotate(path: Path, keep: int, randomness: Callable[[int], bytes]) -> int:
    """Put a new secret on top of a file and return how many it holds then, `keep` at most.

    Raises OSError, and Malformed for a file that no gate would take; it stays as it is then.
    """
    path = path.resolve(strict=True)  # a link stays a link
    content, count = with_another(path.read_bytes(), keep, randomness)
    _replace(path, content)
    return count


def with_another(
    content: bytes, keep: int, randomness: Callable[[int], bytes]
) -> tuple[bytes, int]:
    """Return the secrets with a new one on top, `keep` at most, and how many they are then.

    Raises Malformed for what no gate would take.
    """
    parse_ring(content)
    old = _entries(content)[: keep - 1]
    today = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    new = f"# added {today}\n{make_secret(randomness)}\n".encode()
    return b"".join([new, *old]), 1 + len(old)


def _entries(content: bytes) -> list[bytes]:
    """Return each secret with the comments above it, as it stands; raw bytes as base64."""
    whole = without_line_end(content)
    if len(whole) == KEY_BYTES:
        return [base64.urlsafe_b64encode(whole) + b"\n"]
    entries, above = [], b""
    for line in whole.split(b"\n"):
        above += line.rstrip() + b"\n"
        if line.strip() and not line.lstrip().startswith(b"#"):
            entries.append(above)
            above = b""
    return entries


def _replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another, with its owner and mode. Raises OSError."""
    before = path.stat()
    new = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - made above, readable by nobody else
            if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, before.st_uid, before.st_gid)
            os.fchmod(descriptor, before.st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        new.rename(path)
    except FileExistsError:
        raise OSError(17, f"somebody else is at it, or was: {new} is there") from None
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remedy(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return MAKE_ONE
    if error.errno == 17:
        return "Wait for it, or remove that file when nobody is."
    return (
        "The file and its folder have to be writable. A mounted Secret is not: take it out with "
        "kubectl first (`sidegate secret rotate` on a copy says how)."
    )
