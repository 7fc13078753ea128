"""`[[expectations]]`: what `sidegate rules test` expects of the rules, written beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sidegate.config.checks.rules import provider_ids
from sidegate.config.findings import Findings, suggestion
from sidegate.config.tables import Table
from sidegate.config.values import Values

OUTCOMES: Final = ("allow", "deny", "sign-in")
TEXTS: Final = ("request", "user", "email", "provider", "from", "expect", "rule")
KEYS: Final = (*TEXTS, "groups", "claims")


@dataclass(frozen=True, slots=True)
class Request:
    """A request in one line: `GET https://app.example.com/admin`."""

    method: str
    scheme: str
    host: str
    target: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. Without a name nobody is signed in. `address`: of the client, empty for any."""

    user: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    provider: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A request, who makes it, and what has to come of it; `rule` decides, when it is named."""

    place: str
    request: Request
    person: Person
    outcome: str
    rule: str


def read_expectations(values: Values, findings: Findings) -> tuple[Expectation, ...]:
    """Return the expectations of the file; note what is wrong with them."""
    names = {table.values.get("name") for table in values.tables.get("rules", ())}
    known = frozenset(name for name in names if isinstance(name, str))
    read = (
        _read(table, known, values, findings) for table in values.tables.get("expectations", ())
    )
    return tuple(one for one in read if one is not None)


def parse_request(method: str, url: str) -> Request | None:
    """Return the request of a method and an address, or None for what is no such thing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_plain = method.isascii() and method.isalpha() and url.isascii() and " " not in url
    if not is_plain or parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    # What stands behind the authority, as it is written: `urlsplit` would lose an empty query.
    target = url.partition("://")[2][len(parts.netloc) :].partition("#")[0]
    if not target.startswith("/"):
        target = "/" + target
    return Request(method.upper(), parts.scheme, parts.netloc, target)


def person_of(
    user: str,
    email: str,
    groups: tuple[str, ...],
    claims: tuple[tuple[str, tuple[str, ...]], ...],
    provider: str,
    address: str,
) -> Person:
    """Return a person; one name is enough, and one with an `@` is the email as well."""
    if "@" in user and not email:
        email = user
    return Person(user or email, email, groups, claims, provider, address)


def _read(
    table: Table, rules: frozenset[str], values: Values, findings: Findings
) -> Expectation | None:
    before = len(findings.mistakes)
    table.refuse_unknown(KEYS, findings)
    texts = {key: _text(table, key, findings) for key in TEXTS}
    groups = _list(table, "groups", table.values.get("groups", []), findings)
    claims = _claims(table, findings)
    method, _, url = texts["request"].partition(" ")
    request = parse_request(method, url.strip())
    if request is None:
        remedy = 'Write request = "GET https://app.example.com/admin".'
        findings.refuse(table.where("request"), "no request", remedy)
    if texts["expect"] not in OUTCOMES:
        listed = f"Write one of {', '.join(OUTCOMES)}."
        findings.refuse(table.where("expect"), "no outcome", listed)
    if texts["rule"] and texts["rule"] not in {*rules, "no_rule", "email", "allowed_groups"}:
        near = suggestion(texts["rule"], rules, "Name one of the rules above.")
        findings.refuse(table.where("rule"), f'there is no rule "{texts["rule"]}"', near)
    person = person_of(
        texts["user"], texts["email"], groups, claims, texts["provider"], texts["from"]
    )
    known = provider_ids(values)
    if person.provider and person.provider not in known:
        near = suggestion(person.provider, known, f"There is {', '.join(known)}.")
        findings.refuse(table.where("provider"), f'"{person.provider}" is no provider here', near)
    if not person.user and (groups or claims or texts["provider"]):
        findings.refuse(table.where("user"), "nobody has these", "Add the user.")
    if request is None or len(findings.mistakes) > before:
        return None
    return Expectation(table.place, request, person, texts["expect"], texts["rule"])


def _text(table: Table, key: str, findings: Findings) -> str:
    value = table.values.get(key, "")
    if isinstance(value, str):
        return value
    findings.refuse(table.where(key), "needs a text", "Put it in quotes.")
    return ""


def _list(table: Table, key: str, value: object, findings: Findings) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
        return tuple(texts)
    findings.refuse(table.where(key), "not a list of texts", 'Write ["one", "two"].')
    return ()


def _claims(table: Table, findings: Findings) -> tuple[tuple[str, tuple[str, ...]], ...]:
    value = table.values.get("claims", {})
    if isinstance(value, dict):
        return tuple((name, _list(table, "claims", one, findings)) for name, one in value.items())
    findings.refuse(table.where("claims"), "not a table of lists", 'Write { dept = ["it"] }.')
    return ()
