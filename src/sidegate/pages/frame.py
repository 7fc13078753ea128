"""What every page has around it: title, header, footer, the policy, and at most one script."""

from typing import Final

from markupsafe import Markup

from sidegate.core.messages import Response
from sidegate.pages import words
from sidegate.pages.answers import protected
from sidegate.pages.assets import Assets
from sidegate.pages.brand import Brand
from sidegate.pages.parts import Templates, script
from sidegate.pages.policy import policy, source_of

KEPT: Final = "#sidegate:kept"
"""How `keep.js` marks an address to return to whose fragment the browser keeps itself."""

HTML: Final = "text/html; charset=utf-8"
KEEP: Final = Markup(script("keep"))  # noqa: S704 - our own file
PASS: Final = KEEP + Markup(script("pass"))  # noqa: S704 - our own file
RESTORE: Final = Markup(script("restore"))  # noqa: S704 - our own file


class Frame:
    """Makes whole pages of what is in them."""

    def __init__(self, brand: Brand, templates: Templates, assets: Assets) -> None:
        self._fill, self._maybe = templates.fill, templates.fill_or_leave_out
        self._assets = assets
        self._name = brand.name
        self._header = self._branded()
        self._site = self._maybe("site", footer=brand.footer)

    def page(
        self,
        status: int,
        title: str,
        main: Markup,
        *,
        reference: str = "",
        code: Markup | None = None,
        head: str = "",
        leads_on: bool = False,
    ) -> Response:
        """Return a page. `reference`: for its footer; `code`: the script that it runs.

        `leads_on`: an answer to a form on it may be a redirect to another site.
        """
        footer: str = reference + self._site
        whole = self._fill(
            "frame",
            title=title,
            head=head,
            brand=self._header,
            main=main,
            footer=self._maybe("footer", content=footer),
            script=self._maybe("script", script=code or ""),
            stylesheet=self._assets.stylesheet_address,
        )
        rules = policy(
            scripts=[source_of(code)] if code else (),
            pictures=self._assets.pictures,
            leads_on=leads_on,
        )
        return protected(status, HTML, whole.encode(), rules)

    def title(self, key: str) -> str:
        """Return the title of a page, with the name of the site where it has one."""
        title = words.TITLES[key]
        return f"{title} - {self._name}" if self._name else title

    def _branded(self) -> str:
        """Return the header: the logo is the name where there is no other."""
        name = self._maybe("name", name=self._name)
        source, logo = self._assets.logo_address, ""
        if source:
            logo = self._fill("logo", source=source, name="" if name else words.WORDS["logo"])
        return self._fill("brand", logo=logo, name=name) if logo or name else ""
