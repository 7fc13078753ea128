"""What makes the pages those of one site. Without any of it they are plain, and cost nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from sidegate.core.errors import SidegateError

if TYPE_CHECKING:  # few gates have own templates, and nobody else pays for them
    from sidegate.pages.custom import CustomPages


NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that we serve ourselves. `kind`: its media type, which was checked."""

    content: bytes
    kind: str

    @property
    def tag(self) -> str:
        """A name for this content, for caches."""
        return hashlib.sha256(self.content).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Brand:
    """The options about pages, checked and read.

    `logo`: a picture of our own, the https address of one, or None. `banner` and `footer`: HTML
    that was found harmless. `style`: rules that come behind ours. `describe`: what error pages
    show of an error's inside; None: nothing. `help_url`: what explains codes, each at its own
    fragment, or empty. `robots`: the text of `/robots.txt`.
    """

    name: str = ""
    logo: Picture | str | None = None
    banner: Markup = NOTHING
    footer: Markup = NOTHING
    style: str = ""
    describe: Callable[[SidegateError], str] | None = None
    help_url: str = ""
    custom: CustomPages | None = None
    robots: str = "User-agent: *\nDisallow: /\n"
