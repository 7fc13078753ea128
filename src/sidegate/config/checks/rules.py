"""Checks of `[[rules]]`: every mistake with its line, the rest as `RuleSettings`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sidegate.config.addresses import is_host
from sidegate.config.checks.access import check_pattern
from sidegate.config.findings import Findings, suggestion
from sidegate.config.rule_settings import PeopleSettings, RuleSettings
from sidegate.config.tables import Table, fold
from sidegate.config.values import Values

REQUEST: Final = ("hosts", "paths", "exact_paths", "path_patterns", "methods", "providers")
"""What chooses the rule, all lists of texts."""

KEYS: Final = ("name", *REQUEST, "allow", "deny", "mode")
LISTS: Final = (
    "users", "emails", "email_domains", "groups", "all_groups", "roles", "providers",
)  # fmt: skip
"""What describes people, all lists of texts; `claims` is a table of such lists."""

EVERYBODY: Final = "everybody"
BY_PASSWORD: Final = "htpasswd"  # noqa: S105 - the name of a provider
RESERVED: Final = frozenset({"no_rule", "email", "allowed_groups"})
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
METHOD = re.compile(r"[A-Za-z]{1,32}")
UNCLEAR = re.compile(r"//|[\\;#?%*]|/\.{1,2}(?:/|\Z)")


def check_rules(values: Values, findings: Findings) -> tuple[RuleSettings, ...]:
    """Return the rules, those without mistakes."""
    tables = values.tables.get("rules", ())
    rules = tuple(_Reader(table, values, findings).rule(n) for n, table in enumerate(tables, 1))
    _check_names(tables, rules, findings)
    _warn_of_unreachable(tables, rules, findings)
    return rules


def claims_of(rules: Iterable[RuleSettings]) -> tuple[str, ...]:
    """Return the claims that rules look at."""
    people = (one for rule in rules for one in (*rule.allow, *rule.deny))
    return tuple(name for one in people for name, _ in one.claims)


def provider_ids(values: Values) -> tuple[str, ...]:
    """Return the names by which rules may call a provider."""
    kind = values.text("provider")
    tables = [table.values for table in values.tables.get("providers", ())]
    ids = [str(one.get("id") or one.get("provider") or kind) for one in tables] or [kind]
    return (*ids, BY_PASSWORD) if values.text("htpasswd_file") else tuple(ids)


class _Reader:
    """Reads one table."""

    def __init__(self, table: Table, values: Values, findings: Findings) -> None:
        self._table = table
        self._values = values
        self._findings = findings

    def rule(self, number: int) -> RuleSettings:
        """Return the rule of this table."""
        self._table.refuse_unknown(KEYS, self._findings)
        lists = {key: self._list(key, self._table.values) for key in REQUEST}
        for key, check in CHECKS.items():
            for text in lists.get(key, ()):
                check(text, self._table.where(key), self._findings)
        self._check_providers(lists["providers"], "providers")
        allow, deny = self._people("allow"), self._people("deny")
        self._check_effect(allow, deny)
        return RuleSettings(
            name=self._name(number),
            **lists,
            allow=allow,
            deny=deny,
            shadow=self._is_shadow(),
        )

    def _refuse(self, key: str, what: str, remedy: str) -> None:
        self._findings.refuse(self._table.where(key), what, remedy)

    def _name(self, number: int) -> str:
        name = self._table.values.get("name")
        if isinstance(name, str) and NAME.fullmatch(name) and name not in RESERVED:
            return name
        self._refuse(
            "name",
            f"rule {number} has no name, or one that cannot stand in a log",
            "Write letters, digits, blanks, dots, dashes and underscores, 64 at most, and none of "
            f"{', '.join(sorted(RESERVED))}.",
        )
        return f"rule {number}"

    def _is_shadow(self) -> bool:
        mode = self._table.values.get("mode", "enforce")
        if mode not in ("enforce", "shadow"):
            self._refuse("mode", "neither enforce nor shadow", 'Write mode = "shadow", or nothing.')
        return mode == "shadow"

    def _list(self, key: str, among: Mapping[str, object], shown: str = "") -> tuple[str, ...]:
        """Return a list of texts; one text alone is a list of one."""
        if key not in among:
            return ()
        value = among[key]
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(t, str) and t.strip() for t in texts):
            what = f"{shown or key}: not a list of texts"
            self._refuse(shown.partition(".")[0] or key, what, f'Write {key} = ["one", "two"].')
            return ()
        if not texts:
            what = f"{shown or key}: an empty list means nobody and nothing"
            self._refuse(shown.partition(".")[0] or key, what, "Remove it, or name something.")
        return tuple(texts)

    def _people(self, key: str) -> tuple[PeopleSettings, ...]:
        """Return the descriptions of `allow` or `deny`: one table, several, or everybody."""
        value = self._table.values.get(key)
        if value == EVERYBODY:
            return (PeopleSettings(),)
        if key not in self._table.values:
            return ()
        several = value if isinstance(value, list) and value else [value]
        people = [one for one in several if isinstance(one, dict)]
        if people != several:
            self._refuse(
                key,
                "neither a description of people nor everybody",
                f'Write {key} = {{ groups = ["staff"] }}, a list of such, or {key} = "everybody".',
            )
        return tuple(self._description(key, one) for one in people)

    def _description(self, key: str, value: Mapping[str, object]) -> PeopleSettings:
        folded = {fold(name): one for name, one in value.items()}
        for name in folded:
            if name not in (*LISTS, "claims"):
                listed = f"People are described by {', '.join((*LISTS, 'claims'))}."
                near = suggestion(name, (*LISTS, "claims"), listed)
                self._refuse(key, f"unknown key {name}", near)
        if not folded:
            self._refuse(key, "describes nobody", f'Name somebody, or write {key} = "everybody".')
        lists = {name: self._list(name, folded, f"{key}.{name}") for name in LISTS}
        self._check_people(key, lists)
        return PeopleSettings(**lists, claims=self._claims(key, folded.get("claims", {})))

    def _check_people(self, key: str, lists: Mapping[str, tuple[str, ...]]) -> None:
        for email in lists["emails"]:
            if email.count("@") != 1 or email.strip() != email:
                self._refuse(key, f'"{email}" is no email', "Write it as in alice@example.com.")
        for domain in lists["email_domains"]:
            if not is_host(domain.removeprefix("*." if domain.startswith("*") else ".")):
                remedy = "Write example.com, .example.com or *.example.com."
                self._refuse(key, f'"{domain}" is no domain', remedy)
        self._check_providers(lists["providers"], key)

    def _check_providers(self, names: Iterable[str], key: str) -> None:
        known = provider_ids(self._values)
        for name in names:
            if name not in known:
                near = suggestion(name, known, f"There is {', '.join(known)}.")
                self._refuse(key, f'"{name}" is no provider here', near)

    def _claims(self, key: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            remedy = 'Write claims = { department = ["it"] }.'
            self._refuse(key, "claims: not a table of lists", remedy)
            return ()
        return tuple(
            (name, self._list(name, value, f"{key}.claims.{name}")) for name in sorted(value)
        )

    def _check_effect(
        self, allow: tuple[PeopleSettings, ...], deny: tuple[PeopleSettings, ...]
    ) -> None:
        given = self._table.values
        if not allow and "allow" not in given and PeopleSettings() not in deny:
            what = "says whom it denies and not whom it allows" if deny else "allows nobody"
            remedy = 'Add allow = "everybody" or allow = { groups = [...] }; deny = "everybody" '
            self._findings.refuse(self._table.place, what, remedy + "closes it for all.")
        if allow and PeopleSettings() in deny:
            self._refuse("allow", "allows somebody and denies everybody", "Remove one of them.")


def check_host(host: str, place: str, findings: Findings) -> None:
    """Note a host that no request can name."""
    if not is_host(host.removeprefix("*.")) or host.endswith(".") or ":" in host.rpartition("]")[2]:
        remedy = "Write app.example.com or *.example.com, without a scheme and a port."
        findings.refuse(place, f'"{host}" is no host', remedy)


def check_path(path: str, place: str, findings: Findings) -> None:
    """Note a path that no request has, or that programs read in different ways."""
    if not path.startswith("/") or UNCLEAR.search(path) or not path.isprintable():
        findings.refuse(
            place,
            f'"{path}" is no plain path',
            "Write it decoded and from the first slash on, as in /admin, which is what is below it "
            "too. Patterns stand in path_patterns.",
        )


def check_method(method: str, place: str, findings: Findings) -> None:
    """Note what is no method."""
    if not METHOD.fullmatch(method):
        findings.refuse(place, f'"{method}" is no method', "Write GET, POST and so on.")


CHECKS: Final[Mapping[str, Callable[[str, str, Findings], None]]] = {
    "hosts": check_host,
    "paths": check_path,
    "exact_paths": check_path,
    "path_patterns": check_pattern,
    "methods": check_method,
}


def _check_names(
    tables: tuple[Table, ...], rules: tuple[RuleSettings, ...], findings: Findings
) -> None:
    seen: dict[str, Table] = {}
    for table, rule in zip(tables, rules, strict=True):
        earlier = seen.setdefault(rule.name, table)
        if earlier is not table:
            what = f'the name "{rule.name}" is taken by the rule at {earlier.place}'
            findings.refuse(table.where("name"), what, "Give each rule a name of its own.")


def _warn_of_unreachable(
    tables: tuple[Table, ...], rules: tuple[RuleSettings, ...], findings: Findings
) -> None:
    """Warn of rules for which an earlier one leaves no request."""
    for index, (table, rule) in enumerate(zip(tables, rules, strict=True)):
        earlier = next((one for one in rules[:index] if _covers(one, rule)), None)
        if earlier is not None:
            what = f'rule "{rule.name}" never decides: "{earlier.name}" above is for all of it'
            findings.warn(table.place, what)


def _covers(one: RuleSettings, other: RuleSettings) -> bool:
    """Say whether every request that the other is for is for this one, as far as texts tell."""
    if one.shadow:
        return False
    paths = (one.paths, one.exact_paths, one.path_patterns)
    same_paths = paths == (other.paths, other.exact_paths, other.path_patterns)
    return (
        (not any(paths) or "/" in one.paths or same_paths)
        and _includes(one.hosts, other.hosts)
        and _includes(one.methods, other.methods)
        and _includes(one.providers, other.providers)
    )


def _includes(these: tuple[str, ...], those: tuple[str, ...]) -> bool:
    return not these or (bool(those) and set(those) <= set(these))
