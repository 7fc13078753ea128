"""docs/operate/doctor.md, written from the texts of the findings."""

from sidegate.doctor.codes import bullets, paragraph
from sidegate.doctor.finding import Advice, advice

INTRODUCTION = """\
# sidegate doctor

A live look at a configuration and at what is around it. Run it where the gate runs, as the same
user, with the flags, variables and file of `sidegate serve`:

```sh
sidegate doctor --config=sidegate.toml --url=https://app.example.com
```

- `--url` is where people open the site. With it the doctor asks that address too: is it the gate
  that answers, does it know under which name it was asked, do large cookies arrive?
- `--format=json` is for programs. Each finding has `id`, `severity`, `about`, `seen`, and where
  something is to be done `title`, `cause`, `remedy` and `link`.
- `--code=CODE` explains the code of an [error page or a log line](../errors.md), or one of the
  names below.

Exit status: 0 nothing wrong (warnings are no more than that), 1 problems, 2 mistakes in the
configuration, or something could not be looked at.

All checks run at once, and all end within 15 seconds. They change nothing: no session is made, no
key of Redis is written, no file touched. With `--url` one sign-in begins, and is counted as such,
which nobody finishes. Providers are asked for what they publish, and get no secret.

The checks of `sidegate config check` come first: what is a mistake in the configuration itself is
told by both, and nothing else is looked at until it is mended.

In a pod:

```sh
kubectl exec deploy/my-app -c sidegate -- sidegate doctor \\
  --config=/etc/sidegate/sidegate.toml --url=https://app.example.com
```

Where `sidegate inject` or kustomize brought the gate, some of its options are flags of the
container and not in that file; give them as well:

```sh
kubectl exec deploy/my-app -c sidegate -- sidegate doctor \\
  --config=/etc/sidegate/sidegate.toml --url=https://app.example.com \\
  --reverse-proxy --upstream=http://127.0.0.1:8080 \\
  --client-secret-file=/secrets/client-secret --cookie-secret-file=/secrets/cookie-secret
```

This page is written by `sidegate doctor --docs=findings`.

## Findings
"""


def document() -> str:
    """Return the text of docs/operate/doctor.md."""
    return "\n".join([INTRODUCTION, *(as_markdown(name, one) for name, one in advice().items())])


def as_markdown(name: str, one: Advice) -> str:
    """Return one finding as a section."""
    told = bullets((f"Cause: {one.cause}", f"Remedy: {one.remedy}"))
    return "\n".join([f"### {name}", "", *paragraph(f"**{one.sentence}**"), "", *told, ""])
