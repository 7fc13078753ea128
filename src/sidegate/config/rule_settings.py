"""`[[rules]]` as the program sees them: checked, and not compiled yet."""

from __future__ import annotations

import msgspec


class PeopleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a rule means: everybody of whom all of this is true. Nothing said: everybody.

    Of each list one entry has to be true, of `all_groups` every one.
    """

    users: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    email_domains: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    all_groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()


class RuleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One of `[[rules]]`: for which requests it is, and whom it lets pass.

    Whoever is among `allow` and not among `deny` passes. An empty list of requests is all of them.
    """

    name: str
    hosts: tuple[str, ...] = ()  # "app.example.com", "*.example.com"
    paths: tuple[str, ...] = ()  # and whatever is below
    exact_paths: tuple[str, ...] = ()
    path_patterns: tuple[str, ...] = ()  # RE2
    methods: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    allow: tuple[PeopleSettings, ...] = ()
    deny: tuple[PeopleSettings, ...] = ()
    shadow: bool = False
