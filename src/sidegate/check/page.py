"""docs/kubernetes/check.md: how to use the check, and the text about every finding."""

from __future__ import annotations

import textwrap
from itertools import groupby

from sidegate.check.finding import Advice, advice

INTRODUCTION = """\
# Check

`sidegate check` finds mistakes in Kubernetes manifests before they are applied: ways past the gate,
containers with too many rights, secrets that can be seen, policies that do something else than they
seem to, options that let everybody in. It reads; it changes nothing and asks no cluster.

```sh
sidegate check deploy/                                   # files and folders
helm template shop chart/ | sidegate check -             # what a chart makes
kubectl get -o yaml -n shop deploy,svc,cm,netpol | sidegate check -
```

Give it all that belongs together at once: a Service is judged beside the Deployment that it
selects, and a gate's configuration is read from the ConfigMap that it mounts, as the gate itself
would read it. A policy that is missing is a finding, so leave none out.

YAML is read by PyYAML: `pip install 'sidegate[kubernetes]'`.

| Exit status | |
|---|---|
| 0 | nothing at or above `--fail-on` (`problem`, `warning`, `notice`; by default `warning`) |
| 1 | something |
| 2 | the manifests could not be read |

`--format=json` is for programs.

A **problem** is a hole, or nobody can sign in. A **warning** is weaker than it should be. A
**notice** deserves a thought.

This page is written by `sidegate check --docs`.
"""


def document() -> str:
    """Return the text of the page."""
    parts = [INTRODUCTION]
    for family, texts in groupby(advice().values(), key=lambda one: one.family):
        parts.append(f"## {family}\n")
        parts += [section(one) for one in texts]
    return "\n".join(parts)


def section(one: Advice) -> str:
    """Return the text about one kind of finding."""
    lines = [f"### {one.id}", "", *paragraph(f"{one.title} ({one.severity}).")]
    return "\n".join([*lines, "", *paragraph(one.cause), "", *paragraph(one.remedy), ""])


def paragraph(text: str) -> list[str]:
    """Return the lines of a paragraph."""
    return textwrap.wrap(text, 100, break_on_hyphens=False, break_long_words=False)
