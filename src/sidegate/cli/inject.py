"""`sidegate inject`: the gate into manifests, and out again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sidegate.inject.wanted import Wanted
    from sidegate.manifests.objects import Source

DONE, DIFFERS, REFUSED = 0, 1, 2
"""Exit statuses."""

EPILOG = """\
examples:
  sidegate inject --image=REGISTRY/sidegate:0.1.0 --config-map=sidegate app.yaml
  sidegate inject -i --image=... --workload=Deployment/web deploy/
  sidegate inject --image=... - -- --provider=google --client-id=web
  sidegate inject -i --uninject deploy/

Flags of `sidegate serve` for the gate come behind `--`. Without -i the result
goes to standard output.

exit status: 0 done, 1 --check found that something would change, 2 something
cannot be done safely: nothing is written
"""


def run(words: list[str]) -> int:
    """Write the manifests with the gate, or without it."""
    end = words.index("--") if "--" in words else len(words)
    options = parser().parse_args(words[:end])
    options.arguments = words[end + 1 :]
    try:
        from sidegate.inject.plan import unknown
        from sidegate.inject.refusal import Refused
        from sidegate.manifests.files import sources
        from sidegate.manifests.read import Unreadable
    except ModuleNotFoundError:
        from sidegate.manifests import NO_YAML

        return refuse(NO_YAML)
    if options.in_place and "-" in options.paths:
        return refuse("--in-place needs files. Name them, or leave it out.")
    try:
        given = sources(options.paths)
        results = changed(given, options)
        notes = [] if options.uninject else unknown(given)
    except Refused as error:
        return refuse(str(error))
    except Unreadable as error:
        return refuse(f"{error.what} (line {error.line}). {error.remedy}")
    except (OSError, UnicodeDecodeError) as error:
        return refuse(str(error))
    for note in notes:
        print(f"sidegate inject: {note}", file=sys.stderr)
    return hand_out(given, results, options)


def refuse(why: str) -> int:
    """Say why nothing is done."""
    from sidegate.manifests import visible

    print(f"sidegate inject: {visible(why)}", file=sys.stderr)
    return REFUSED


def changed(given: list[Source], options: argparse.Namespace) -> list[str]:
    """Return what the texts become. Raises Refused and Unreadable."""
    from sidegate.inject.plan import inject, uninject

    if options.uninject:
        return uninject(given)
    return inject(given, wanted(given, options))


def wanted(given: list[Source], options: argparse.Namespace) -> Wanted:
    """Return what the flags ask for, and the configuration of a kustomize function."""
    from sidegate.inject.function import settings_in
    from sidegate.inject.refusal import Refused
    from sidegate.inject.wanted import Wanted

    found = settings_in(given)
    said = {
        "image": options.image,
        "secret": options.secret,
        "config_map": options.config_map,
        "arguments": tuple(options.arguments),
        "upstream_port": options.upstream_port,
        "workloads": tuple(options.workload),
        "is_classic": options.classic,
        "keep_probes": options.keep_probes,
        "leave_ports": tuple(options.leave_port),
        "is_openshift": options.openshift,
        "is_behind_istio": options.istio,
    }
    asked = {**found, **{key: value for key, value in said.items() if value}}
    if not asked.get("image"):
        raise Refused("--image", "is missing", "Name the image of sidegate, with its version.")
    return Wanted(**asked)


def hand_out(given: list[Source], results: list[str], options: argparse.Namespace) -> int:
    """Write the results to where they belong; return the exit status."""
    differing = [one for one, text in zip(given, results, strict=True) if one.text != text]
    if options.check:
        for one in differing:
            print(f"{one.name} would change", file=sys.stderr)
        return DIFFERS if differing else DONE
    if not options.in_place:
        sys.stdout.flush()
        sys.stdout.buffer.write(joined(results).encode())
        return DONE
    for one, text in zip(given, results, strict=True):
        if one in differing:
            Path(one.name).write_bytes(text.encode())
    return DONE


def joined(texts: list[str]) -> str:
    """Return several texts as one stream; a single one as it is."""
    first, *rest = texts
    for text in rest:
        gap = "" if first.endswith("\n") else "\n"
        first += gap + ("" if text.startswith("---") else "---\n") + text
    return first


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    made = argparse.ArgumentParser(
        prog="sidegate inject",
        description="Put the gate into Kubernetes manifests, as a sidecar before the application.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("paths", nargs="*", default=["-"], help="files, folders, - (standard input)")
    made.add_argument("-i", "--in-place", action="store_true", help="change the files themselves")
    made.add_argument("--uninject", action="store_true", help="take the gate out again")
    made.add_argument("--check", action="store_true", help="write nothing; say what would change")
    made.add_argument("--image", help="the image of sidegate")
    made.add_argument("--secret", metavar="NAME", help="default: sidegate")
    made.add_argument("--config-map", metavar="NAME", help="the one that has sidegate.toml")
    made.add_argument("--workload", metavar="KIND/NAME", action="append", default=[])
    made.add_argument("--upstream-port", metavar="PORT", type=int, help="the application's")
    made.add_argument("--leave-port", metavar="PORT", type=int, action="append", default=[])
    made.add_argument("--keep-probes", action="store_true", help="let probes be as they are")
    made.add_argument("--classic", action="store_true", help="no native sidecar (before 1.29)")
    made.add_argument("--openshift", action="store_true", help="the cluster chooses the user")
    made.add_argument("--istio", action="store_true", help="a proxy of Istio is in front")
    return made
