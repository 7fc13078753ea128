"""What can be told from the table alone: choices, planned options, limits, weaker values."""

from sidegate.config.findings import Findings, suggestion
from sidegate.config.options import Kind, Option
from sidegate.config.values import Effective, Source, Values

MAY_BE_ZERO = frozenset(
    {
        "audit_log_max_age",
        "logging_max_age",
        "logging_max_backups",
        "cookie_expire",
        "cookie_refresh",
        "drain_delay",
        "flush_interval",
        "hsts_max_age",
        "limit_body_bytes",
        "limit_connections",
        "limit_connections_per_address",
        "redis_connection_idle_timeout",
        "introspection_cache_ttl",
        "session_idle_timeout",
        "websocket_recheck",
    }
)


def check_general(values: Values, findings: Findings) -> None:
    """Check every row by what its table row says."""
    for entry in list(values.values()):
        if entry.broken:
            continue
        if entry.option.is_planned:
            check_planned(entry, findings)
            continue
        check_numbers(entry, findings)
        check_characters(entry, findings)
        settle_choices(entry, values, findings)
        if entry.option.is_weaker(values[entry.option.key].value):
            findings.warn(
                values.place(entry.option.key), f"weaker than the default: {entry.option.risk}"
            )


def check_planned(entry: Effective, findings: Findings) -> None:
    """Refuse a known option that does nothing yet, unless it is set to its default."""
    subject = "" if entry.source is Source.FLAG else f"--{entry.option.flag} is "
    if entry.value != entry.option.default:
        findings.refuse(
            entry.where,
            f"{subject}known but not built into this version",
            "Remove it; nothing takes its place yet.",
        )


def check_numbers(entry: Effective, findings: Findings) -> None:
    """Refuse negative numbers, and zero where it would mean no limit at all."""
    if entry.option.kind not in (Kind.INT, Kind.DURATION) or not isinstance(
        entry.value, int | float
    ):
        return
    if entry.value < 0:
        findings.refuse(entry.where, "is negative", "Write a number above zero.")
    elif entry.value == 0 and entry.option.key not in MAY_BE_ZERO:
        findings.refuse(entry.where, "must be more than zero", "Write a limit.")


def check_characters(entry: Effective, findings: Findings) -> None:
    """Refuse control characters: most texts end up in a header, an address or a log."""
    texts = entry.value if isinstance(entry.value, tuple) else (entry.value,)
    hidden = any(isinstance(text, str) and not text.isprintable() for text in texts)
    if hidden and not entry.option.secret:
        findings.refuse(
            entry.where, "holds a control character", "Remove line breaks and invisible characters."
        )


def settle_choices(entry: Effective, values: Values, findings: Findings) -> None:
    """Bring a choice into the spelling of the table, or refuse it."""
    option = entry.option
    if not option.choices:
        return
    texts = entry.value if isinstance(entry.value, tuple) else (str(entry.value),)
    known = {choice.lower(): choice for choice in option.choices}
    unknown = [text for text in texts if text.lower() not in known]
    for text in unknown:
        refuse_choice(option, text, entry.where, findings)
    if not unknown:
        spelled = tuple(known[text.lower()] for text in texts)
        value = spelled if isinstance(entry.value, tuple) else spelled[0]
        values.change(option.key, value, entry.place, entry.source)


def refuse_choice(option: Option, text: str, place: str, findings: Findings) -> None:
    """Note a value that is none of the choices."""
    listed = "One of: " + ", ".join(choice or '"" (empty)' for choice in option.choices) + "."
    near = suggestion(text, option.choices, "")
    findings.refuse(place, f'"{text}" is not accepted', f"{near} {listed}".strip())
