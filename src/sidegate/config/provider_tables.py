"""`[[providers]]`: several identity providers, each with every option that providers have.

A table becomes `Values` of its own, in which its keys take the place of the options that stand for
one provider; so every check of a provider is the same, wherever it was written. Beside tables no
such option may be given, for it would be anybody's guess whom it is for.
"""

from __future__ import annotations

import re
from functools import partial

from sidegate.config.checks.provider import OWNERS
from sidegate.config.findings import Findings, suggestion
from sidegate.config.options import BY_KEY, PROVIDER_OPTIONS
from sidegate.config.options.option import Option
from sidegate.config.options.several import SEVERAL
from sidegate.config.sources import Given, add_once, evaluate
from sidegate.config.tables import Table
from sidegate.config.values import Effective, Source, Values, parse_document_value

NAME = "providers"
ID = re.compile(r"[a-z0-9-]{1,32}")
DOMAIN = re.compile(r"(?:\*?\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*")

KEYS: dict[str, Option] = {
    "name": BY_KEY["provider_display_name"],
    **{
        key: option
        for option in (*SEVERAL, *PROVIDER_OPTIONS)
        for key in (option.key, *option.aliases)
    },
}
"""Every key of a table."""


class OneProvider(Values):
    """What one table says, over the options that are for all. `id`: of the provider."""

    def __init__(self, values: Values, table: Table, given: Given) -> None:
        super().__init__(values.tables)
        self.update(values)
        for option in (*SEVERAL, *PROVIDER_OPTIONS):
            self[option.key] = given.get(option.key) or Effective(option, option.default)
        # A rule for all, whatever kind this one is; see `check_roles`.
        self["allowed_roles"] = Effective(BY_KEY["allowed_roles"], ())
        self.id = self.text("id") or self.text("provider")
        self.label = f"{table.place} ([[{NAME}]] {self.id})"

    def place(self, key: str) -> str:
        """Name where a value came from; one that was not given is missing in the table."""
        entry = self[key]
        if entry.is_given or not (entry.option.section and entry.option in _OF_TABLES):
            return super().place(key)
        return f"{self.label}, {key}"


_OF_TABLES = frozenset((*SEVERAL, *PROVIDER_OPTIONS))


def provider_values(values: Values, findings: Findings) -> list[Values]:
    """Return the values of each provider: of each table, or of the options where there is none."""
    tables = values.tables.get(NAME, ())
    if not tables:
        return [values]
    refuse_options_outside(values, findings)
    providers = [read_provider(values, table, findings) for table in tables]
    check_ids(providers, findings)
    check_domains(providers, findings)
    check_callbacks(providers, findings)
    check_roles(values, providers, findings)
    return [*providers]


def id_of(values: Values) -> str:
    """Return the id of a provider; that of the only one is its kind."""
    return values.id if isinstance(values, OneProvider) else values.text("provider")


def own_settings(values: Values) -> dict[str, object]:
    """Return the fields of `ProviderSettings` that only tables can say."""
    if not isinstance(values, OneProvider):
        return {"id": id_of(values)}
    return {
        "id": values.id,
        "for_email_domains": tuple(map(str.lower, values.items_of("for_email_domains"))),
        "has_own_callback": not values.is_on("callback_without_id"),
    }


def refuse_options_outside(values: Values, findings: Findings) -> None:
    """Note every option of a provider that stands outside of the tables."""
    for option in PROVIDER_OPTIONS:
        entry = values[option.key]
        if entry.is_given:
            findings.refuse(
                entry.where,
                f"is for one provider, and there are [[{NAME}]] tables",
                "Write it into the tables of those providers it is meant for.",
            )


def read_provider(values: Values, table: Table, findings: Findings) -> OneProvider:
    """Read one table."""
    given: Given = {}
    for key, value in table.values.items():
        place = f"{table.places.get(key, table.place)} in [[{NAME}]]"
        option = KEYS.get(key)
        if option is None or not option.document:
            refuse_key(place, key, findings)
            continue
        read = partial(parse_document_value, option, value)
        add_once(given, evaluate(option, read, place, Source.FILE, findings), findings)
    return OneProvider(values, table, given)


def refuse_key(place: str, key: str, findings: Findings) -> None:
    """Note a key that no provider has."""
    if key in BY_KEY:
        findings.refuse(
            place, f"{key} is for all providers", f"Write it above the first [[{NAME}]]."
        )
        return
    near = suggestion(key, KEYS, "Remove it, or see docs/configuration.md.")
    findings.refuse(place, f"unknown option {key}", near)


def check_ids(providers: list[OneProvider], findings: Findings) -> None:
    """Require ids that fit into an address, and each only once."""
    seen: dict[str, OneProvider] = {}
    for one in providers:
        place = one.place("id")
        if not ID.fullmatch(one.id):
            remedy = 'Write small letters, digits and dashes, as in id = "corp".'
            findings.refuse(place, f'"{one.id}" is no id', remedy)
        earlier = seen.setdefault(one.id, one)
        if earlier is not one:
            remedy = "Give each table an id of its own."
            findings.refuse(place, f"the same id as {earlier.label}", remedy)


def check_domains(providers: list[OneProvider], findings: Findings) -> None:
    """Require that a domain leads to one provider."""
    seen: dict[str, OneProvider] = {}
    for one in providers:
        place = one.place("for_email_domains")
        for domain in map(str.lower, one.items_of("for_email_domains")):
            if not DOMAIN.fullmatch(domain):
                findings.refuse(place, f'"{domain}" is no domain', "Write it as in example.com.")
            elif seen.setdefault(domain.removeprefix("*"), one) is not one:
                findings.refuse(place, f"{domain} leads to another provider", "Keep it in one.")


def check_callbacks(providers: list[OneProvider], findings: Findings) -> None:
    """Let answers of each provider come back to its own address (RFC 9700 section 4.4.2)."""
    for one in [one for one in providers if one.is_on("callback_without_id")][1:]:
        findings.refuse(
            one.place("callback_without_id"),
            "another provider has that callback",
            "Remove it, and register /oauth2/callback/ID at the provider.",
        )


def check_roles(values: Values, providers: list[OneProvider], findings: Findings) -> None:
    """Require somebody who tells roles where roles are allowed."""
    kinds = OWNERS["allowed_roles"]
    tell = any(one.text("provider") in kinds for one in providers)
    if values.items_of("allowed_roles") and not tell:
        findings.refuse(
            values.place("allowed_roles"),
            "none of the providers tells roles",
            f'Write provider = "{kinds[0]}" in a table, or use allowed_groups.',
        )
