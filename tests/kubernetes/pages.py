"""Follows a page of the documentation as a reader would: writes its files, runs its commands."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from tests.parts import ROOT, TOOLS

FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"`([\w./-]+\.(?:yaml|toml))`")
SECRET = "pasted-client-secret\n"


@dataclass(frozen=True)
class Block:
    """What stands between fences, and the file that the paragraph before it names last."""

    language: str
    text: str
    file: str


def section(page: str, heading: str = "") -> str:
    """Return a page of docs/, or what stands below one of its headings."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    if not heading:
        return text
    _, found, rest = text.partition(f"\n## {heading}\n")
    assert found, heading
    return rest.partition("\n## ")[0]


def blocks(text: str, *languages: str) -> list[Block]:
    """Return the blocks of some languages."""
    found = []
    for match in FENCE.finditer(text):
        before = text[: match.start()].rstrip().rpartition("\n\n")[2]
        names = NAME.findall(before)
        found.append(Block(match[2], dedent(match[3]), names[-1] if names else ""))
    return [one for one in found if one.language in languages]


class Reader:
    """Somebody with an empty folder, but for the checkout's `deploy`, and a cluster."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        self.folder = folder
        # Built from the Go proxy, helm takes 1.20 for the release of a cluster that it cannot ask.
        helm = folder / "bin" / "helm"
        helm.parent.mkdir()
        helm.write_text(
            "#!/bin/sh\n"
            '[ "$1" != template ] || set -- "$@" --kube-version=1.34\n'
            f'exec {TOOLS}/helm/helm "$@"\n'
        )
        helm.chmod(0o755)
        path = [
            str(helm.parent),
            str(TOOLS / "kubernetes"),
            str(Path(sys.executable).parent),
            os.environ["PATH"],
        ]
        self.variables = {
            **os.environ,
            "PATH": os.pathsep.join(path),
            "KUBECONFIG": str(kubeconfig),
            "HOME": str(folder),
        }
        shutil.copytree(ROOT / "deploy", folder / "deploy")

    def writes(self, text: str) -> None:
        """Write every file that the text shows under a name."""
        for block in blocks(text, "yaml", "toml"):
            if block.file:
                file = self.folder / block.file
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.text)

    def runs(self, commands: str) -> str:
        """Run commands, each of which has to work; return what they wrote."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            input=SECRET,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.folder,
            env=self.variables,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout

    def follows(self, text: str) -> str:
        """Do all that the text shows, in its order; return what the commands wrote."""
        self.writes(text)
        return "".join(self.runs(block.text) for block in blocks(text, "sh"))
