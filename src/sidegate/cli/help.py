"""The help texts, at 80 columns, from the table of options."""

import textwrap
from itertools import groupby

from sidegate.cli import COMMANDS
from sidegate.config.explain import plain_of
from sidegate.config.options import GENERAL, OPTIONS, Kind, Option, Status

WIDTH = 79

EXAMPLE = """\
  sidegate serve --upstream=http://127.0.0.1:8080 \\
      --oidc-issuer-url=https://login.example.com --client-id=my-app \\
      --client-secret-file=client-secret --cookie-secret-file=cookie-secret \\
      --email-domain=example.com
"""

SOURCES = """\
Every option is a flag, an environment variable or a key of the file given as
--config; the first of these wins. The key is the variable without its prefix,
in lower case. Durations: 168h, 1h30m, 90s. Lists: repeat the flag, or commas.
"""

PLACEHOLDERS = {
    Kind.TEXT: "=TEXT",
    Kind.INT: "=NUMBER",
    Kind.DURATION: "=DURATION",
    Kind.LIST: "=A,B",
    Kind.BOOL: "",
}


def overview() -> str:
    """Return what `sidegate --help` prints."""
    commands = "".join(f"  {name:<12}{purpose}\n" for name, purpose in COMMANDS.items())
    return (
        "Signs people in with OpenID Connect and hands them on to an application.\n\n"
        f"{EXAMPLE}\n"
        "Usage: sidegate [command] [flags]\n\n"
        f"Commands:\n{commands}\n"
        "`sidegate serve --help` lists all options, `sidegate --version` the version.\n"
    )


def serve_help() -> str:
    """Return what `sidegate serve --help` prints: every option that does something."""
    parts = ["Protect an application: people sign in before they reach it.\n", EXAMPLE, SOURCES]
    rows = [option for option in (*GENERAL, *OPTIONS) if option.status is Status.BUILT]
    for title, group in groupby(rows, key=lambda option: option.section):
        parts.append(f"{title}:\n" + "".join(describe(option) for option in group))
    return "\n".join(parts)


def describe(option: Option) -> str:
    """Return the lines of one option: flag, purpose, default and variable."""
    purpose = textwrap.wrap(option.help, WIDTH - 6)
    facts = [default_of(option), option.variable if option.environment else ""]
    last = "; ".join(fact for fact in facts if fact)
    lines = [*purpose, *textwrap.wrap(f"[{last}]", WIDTH - 6)] if last else purpose
    takes_file = option.kind is Kind.TEXT and option.flag.endswith(("config", "-file"))
    placeholder = "=FILE" if takes_file else PLACEHOLDERS[option.kind]
    head = f"  --{option.flag}{placeholder}\n"
    return head + "".join(f"      {line}\n" for line in lines)


def default_of(option: Option) -> str:
    """Return the default in words; nothing where it is empty."""
    value = plain_of(option, option.default)
    if isinstance(value, bool):
        return f"default {str(value).lower()}" if option.document else ""
    text = ",".join(value) if isinstance(value, list) else str(value)
    return f"default {text}" if text else ""
