"""The pages an operator may bring in `custom_templates_dir`, and the names each is given.

The names of oauth2-proxy come first, ours behind them. No secret is among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sidegate.config.branding.template import Scope, Template, parse_template
from sidegate.config.branding.template_check import Findings, check_template
from sidegate.config.findings import Malformed

_ALIKE: Final = frozenset[str]()

SIGN_IN: Final = "sign_in.html"
ERROR: Final = "error.html"
ROBOTS: Final = "robots.txt"
NAMES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    SIGN_IN: {
        **dict.fromkeys(
            (
                *(".ProviderName", ".SignInMessage", ".StatusCode", ".CustomLogin", ".Redirect"),
                *(".Version", ".ProxyPrefix", ".Footer", ".LogoData"),
                *(".Host", ".BrandName", ".Token", ".Problem", ".Unsent"),
            ),
            _ALIKE,
        ),
        ".Providers": frozenset({".Name", ".Address"}),
    },
    ERROR: dict.fromkeys(
        (
            *(".Title", ".Message", ".ProxyPrefix", ".StatusCode", ".Redirect", ".RequestID"),
            *(".Footer", ".Version"),
            *(".BrandName", ".LogoData", ".Code", ".Heading"),
        ),
        _ALIKE,
    ),
}


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page that was read and found safe. `scripts`, `styles`: sources for its policy."""

    template: Template
    findings: Findings

    def fill(self, values: Scope) -> str:
        """Return the page. `values` has every name of `NAMES`, without its dot."""
        return self.template.fill(values, self.findings.in_attribute)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works and deserves a second thought."""
        return tuple(
            f"{address} is not there: the styles of oauth2-proxy do not come along"
            for address in self.findings.own_assets
        )

    @property
    def scripts(self) -> tuple[str, ...]:
        """What its policy has to let run."""
        return self.findings.scripts

    @property
    def styles(self) -> tuple[str, ...]:
        """What its policy has to let apply."""
        return self.findings.styles


def read_own_page(file: str, content: bytes) -> OwnPage:
    """Return the page of a file named in `NAMES`. Raises Malformed."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("is not UTF-8", "Save it as UTF-8.") from None
    template = parse_template(text, file, NAMES[file])
    findings = check_template(template)
    if "password" in findings.fields and ".Token" not in template.names:
        raise Malformed(
            "has a field for a password and not the token that shows that the form is ours",
            'Add <input type="hidden" name="token" value="{{.Token}}"> to the form.',
        )
    return OwnPage(template, findings)
