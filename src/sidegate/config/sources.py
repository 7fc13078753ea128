"""The three places where options are set: flags, environment variables and a TOML file.

Each reader returns what it could read and notes the rest. Values of secrets never get into a
finding: names and places only.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from sidegate.config.findings import Findings, Malformed, suggestion
from sidegate.config.options import BY_FLAG, BY_KEY, Kind, Option, Plain
from sidegate.config.options.option import ENV_PREFIX
from sidegate.config.tables import TABLES, Tables, fold, read_tables
from sidegate.config.values import (
    FALSE,
    TRUE,
    Effective,
    Source,
    parse_document_value,
    parse_text,
)

Given = dict[str, Effective]

# Kubernetes sets such variables for every Service whose name begins with "oauth2-proxy".
SERVICE_LINK = re.compile(
    r"(?:[A-Z0-9_]*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT"
    r"|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
ASSIGNMENT = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")


def evaluate(
    option: Option, read: Callable[[], Plain], place: str, source: Source, findings: Findings
) -> Effective:
    """Read one value; where that fails, note it and let the default stand in."""
    try:
        return Effective(option, read(), place, source)
    except Malformed as reason:
        broken = Effective(option, option.default, place, source, broken=True)
        findings.refuse(broken.where, reason.what, reason.remedy)
        return broken


def read_flags(argv: Sequence[str], findings: Findings) -> Given:
    """Read `--flag=value`, `--flag value` and `--switch`, as pflag does.

    A switch takes its value only after `=`. Lists may be repeated. The last of several texts wins.
    """
    given: Given = {}
    rest = list(argv)
    before = "the command"
    while rest:
        word = rest.pop(0)
        name, has_value, text = word.removeprefix("--").partition("=")
        option = BY_FLAG.get(name) if word.startswith("--") else None
        if option is None:
            refuse_word(word, name, before, rest, findings)
            continue
        before = f"--{name}"
        if not has_value:
            if option.kind is Kind.BOOL:
                text = "true"
            elif rest:
                text = rest.pop(0)
            else:
                findings.refuse(f"flag {before}", "its value is missing", f"Write {before}=VALUE.")
                continue
        add_flag(option, text, given, findings)
    return given


def add_flag(option: Option, text: str, given: Given, findings: Findings) -> None:
    """Put one flag among the given; entries of a repeated list are put one after another."""

    def read() -> Plain:
        value = parse_text(option, text, quoted=True)
        earlier = given.get(option.key)
        if isinstance(value, tuple) and earlier and isinstance(earlier.value, tuple):
            return earlier.value + value
        return value

    given[option.key] = evaluate(option, read, f"flag --{option.flag}", Source.FLAG, findings)


def refuse_word(word: str, name: str, before: str, rest: list[str], findings: Findings) -> None:
    """Note an unknown flag, with the value that seems to belong to it, or a stray word."""
    if not word.startswith("-"):
        remedy = "Write values as --flag=value, and put quotes around a value with spaces."
        if word in TRUE | FALSE:
            remedy = f"Write {before}={word}."
        findings.refuse(f"the word after {before}", "belongs to no flag", remedy)
        return
    shown = word.partition("=")[0]
    if "=" not in word and rest and not rest[0].startswith("-"):
        rest.pop(0)  # may be a secret: it is neither read nor shown
    hint = suggestion(
        "--" + name.lstrip("-").replace("_", "-"),
        [f"--{flag}" for flag in BY_FLAG],
        "See `sidegate serve --help` for the flags.",
    )
    findings.refuse(f"flag {shown}", "unknown", hint)


def read_environment(environ: Mapping[str, str], findings: Findings) -> Given:
    """Read the `OAUTH2_PROXY_*` variables. An empty one counts as not set, as in oauth2-proxy."""
    given: Given = {}
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX) or not environ[name]:
            continue
        key = name.removeprefix(ENV_PREFIX).lower()
        option = BY_KEY.get(key)
        if option is None or not option.environment:
            if not SERVICE_LINK.fullmatch(key.upper()):
                refuse_variable(name, findings)
            continue
        place = f"environment {name}"
        add_once(
            given,
            evaluate(
                option,
                partial(parse_text, option, environ[name]),
                place,
                Source.ENVIRONMENT,
                findings,
            ),
            findings,
        )
    return given


def refuse_variable(name: str, findings: Findings) -> None:
    """Note a variable that looks like an option and is none."""
    names = [ENV_PREFIX + key.upper() for key, option in BY_KEY.items() if option.environment]
    findings.refuse(
        f"environment {name}",
        "unknown option",
        suggestion(name, names, "Remove it, or see docs/configuration.md for the names."),
    )


def add_once(given: Given, entry: Effective, findings: Findings) -> None:
    """Add an entry, or note that its option was given under two names."""
    earlier = given.setdefault(entry.option.key, entry)
    if earlier is not entry and earlier.value != entry.value:
        findings.refuse(
            entry.where, f"the same option as {earlier.place}", "Keep only one of the two names."
        )


def read_document(path: str, content: bytes, findings: Findings) -> tuple[Given, Tables]:
    """Read a TOML file: keys in any case, with dashes or underscores, and the known tables."""
    import tomllib  # noqa: PLC0415 - only who has a file pays for it

    given: Given = {}
    tables: Tables = {}
    try:
        text = content.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError:
        findings.refuse(path, "not UTF-8", "Save the file as UTF-8.")
        findings.file_is_unread = True
        return given, tables
    except (ValueError, RecursionError) as reason:  # endless digits, endless brackets
        findings.refuse(path, f"not TOML: {reason}", "Mend the file at that place.")
        findings.file_is_unread = True
        return given, tables
    lines = lines_of(text.splitlines())
    for name, value in document.items():
        if fold(name) in TABLES:
            read = read_tables(path, fold(name), value, text.splitlines(), findings)
            tables[fold(name)] = tables.get(fold(name), ()) + read
            continue
        place = f"{path} line {lines[name]}" if name in lines else path
        option = BY_KEY.get(fold(name))
        if option is None or not option.document:
            refuse_key(place, name, value, findings)
            continue
        entry = evaluate(
            option,
            partial(parse_document_value, option, value),
            place,
            Source.FILE,
            findings,
        )
        add_once(given, entry, findings)
    return given, tables


def refuse_key(place: str, name: str, value: object, findings: Findings) -> None:
    """Note a key that is no option and no table."""
    if isinstance(value, dict):
        findings.refuse(
            place, f"table [{name}]: options stand at the top level", "Remove the heading."
        )
        return
    known = (*BY_KEY, *TABLES)
    near = suggestion(fold(name), known, "Remove it, or see docs/configuration.md.")
    findings.refuse(place, f"unknown option {name}", near)


def lines_of(lines: Iterable[str]) -> dict[str, int]:
    """Find the line in which each key is set; the first one counts."""
    found: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        match = ASSIGNMENT.match(line)
        if match:
            found.setdefault(match[1], number)
    return found
