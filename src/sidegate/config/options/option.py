"""What one option is: a row of the table from which flags, variables, keys, help and docs come."""

from dataclasses import dataclass, replace
from enum import StrEnum

ENV_PREFIX = "OAUTH2_PROXY_"

Plain = bool | str | int | float | tuple[str, ...]
"""The value of an option before it is resolved: durations in seconds, lists as tuples."""


class Kind(StrEnum):
    """How the text of an option is read."""

    BOOL = "bool"
    TEXT = "string"
    INT = "int"
    DURATION = "duration"
    LIST = "list"


class Status(StrEnum):
    """Whether setting the option does something in this version."""

    BUILT = "built"
    PLANNED = "planned"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Option:
    """One row. `flag` is written without its dashes; the other names follow from it.

    `plural`: the TOML key where it is not the flag with underscores (lists, mostly).
    `also`: further keys that mean the same. `field`: the field of `Settings` it ends in, where
    that is not the key; None when it ends in none. `note`: where we differ from oauth2-proxy.
    `risk`: what a value that is weaker than the default gives up, said at every start; `weak`
    names those values, and when it is empty every value but the default counts.
    `own`: oauth2-proxy does not have it. `environment`, `document`: it may be set there.
    """

    flag: str
    kind: Kind
    default: Plain
    help: str
    plural: str = ""
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    status: Status = Status.BUILT
    secret: bool = False
    own: bool = False
    note: str = ""
    risk: str = ""
    weak: tuple[Plain, ...] = ()
    field: str | None = ""
    replaced_by: str = ""
    environment: bool = True
    document: bool = True
    section: str = ""

    @property
    def key(self) -> str:
        """The TOML key."""
        return self.plural or self.flag.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENV_PREFIX + self.key.upper()

    @property
    def aliases(self) -> tuple[str, ...]:
        """Further keys: the singular of a plural key, and names of old."""
        singular = self.flag.replace("-", "_")
        return ((singular,) if singular != self.key else ()) + self.also

    @property
    def settings_field(self) -> str | None:
        """The field of `Settings` this option ends in, or None."""
        return self.key if self.field == "" else self.field

    @property
    def is_planned(self) -> bool:
        """Known, but only its default is accepted in this version."""
        return self.status is Status.PLANNED

    def is_weaker(self, value: Plain) -> bool:
        """Tell whether `value` is weaker than the default."""
        return bool(self.risk) and value != self.default and (not self.weak or value in self.weak)


def section(title: str, *rows: Option) -> tuple[Option, ...]:
    """Put rows under one heading of the help and the docs."""
    return tuple(replace(row, section=title) for row in rows)
