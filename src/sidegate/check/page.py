"""docs/kubernetes/check.md: how to use the check, and the text about every finding."""

from __future__ import annotations

import textwrap
from itertools import groupby

from sidegate.check.finding import Advice, advice

INTRODUCTION = """\
# Check

`sidegate check` finds mistakes before they are applied: ways past the gate, containers with too
many rights, secrets that can be seen, policies that do something else than they seem to, options
that let everybody in. It reads; it changes nothing and asks no cluster.

```sh
pip install 'sidegate[kubernetes]'
sidegate check deploy/                                        # files and folders
helm template shop chart/ | sidegate check -                  # what a chart makes
kubectl get -o yaml -n shop deploy,svc,cm,netpol | sidegate check -
sidegate check -- --config=sidegate.toml                      # the options of a gate
sidegate check --url=https://app.example.com                  # a gate that runs
```

Give it all that belongs together at once: a Service is judged beside the Deployment that it
selects, and a gate's configuration is read from the ConfigMap that it mounts, as the gate itself
would read it. A policy that is missing is a finding, so leave none out.

A **problem** is a hole, or nobody can sign in. A **warning** is weaker than it should be. A
**notice** deserves a thought.

| Exit status | |
|---|---|
| 0 | nothing at or above `--fail-on` (`problem`, `warning`, `notice`; by default `warning`) |
| 1 | something |
| 2 | something could not be read, or a gate not be reached |

`--format=json` is for programs, `--format=sarif` (SARIF 2.1.0) for code hosts, which show findings
beside the line. `--format=checklist` prints the founding document's checklists, every box ticked or
with what is open.

## At a running gate

`--url` asks for its public address: a few requests, as a browser or an attacker would send them. It
tells of TLS before 1.2, the certificate, HSTS, the callback address, PKCE, cookie flags and public
metrics. `--application=HOST:PORT` names an address of the application that has to refuse
connections, such as that of a pod; ask from where an attacker would. `sidegate doctor` looks at a
configuration and its surroundings from inside.

## security-review.toml

Findings can be accepted for a time, and some things only people know. Both stand in a file, by
default `security-review.toml` where you are, else `--review=FILE`:

```toml
[[waivers]]
id = "root-filesystem-writable"
where = "Deployment shop"         # a part of the place; without it: everywhere
reason = "It writes its cache; ticket 12 mends it."
until = 2027-01-31

[reviews]
access-logs = 2026-11-02          # when it was last done
incident-plan = { done = 2026-09-01, note = "wiki/incidents" }
```

A waiver needs a reason and an end; when it has ended, the finding is back.
`sidegate check --questions` prints a file with every question. Each has to be answered again after
a month, a quarter or a year, as the founding document says: until then it is quiet, and overdue it
is a warning. So run the check in CI on a schedule, not only when something changes.

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
