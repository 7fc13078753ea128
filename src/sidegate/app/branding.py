"""What the options about pages come to: files are read here, which were checked at the start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from sidegate import __version__
from sidegate.config.settings import PageSettings
from sidegate.core.errors import SidegateError
from sidegate.observe.redact import Redactor
from sidegate.pages.brand import Brand, Picture

if TYPE_CHECKING:  # few gates have own templates
    from sidegate.pages.custom import CustomPages


def brand_of(settings: PageSettings, prefix: str, redactor: Redactor) -> Brand:
    """Return the brand. Raises OSError or Malformed for files that changed after the check."""
    logo = _logo(settings.custom_sign_in_logo)
    plain = Brand(
        name=settings.brand_name,
        logo=logo,
        banner=_html(settings.banner),
        footer=_html(settings.footer),
        style=_style(settings.accent_color),
        describe=(lambda error: _described(error, redactor))
        if settings.show_debug_on_error
        else None,
        help_url=settings.help_url,
    )
    if not settings.custom_templates_dir:
        return plain
    return _with_templates(plain, settings, prefix)


def _html(text: str) -> Markup:
    return Markup("" if text == "-" else text)  # noqa: S704 - made by config.branding.markup


def _style(accent: str) -> str:
    if not accent:
        return ""
    from sidegate.config.branding.colour import accent_rules

    return accent_rules(accent)


def _logo(logo: str) -> Picture | str | None:
    if logo in ("", "-"):
        return None
    from sidegate.config.branding.logo import is_address, media_type

    if is_address(logo):
        return logo
    content = Path(logo).read_bytes()
    return Picture(content, media_type(content))


def _described(error: SidegateError, redactor: Redactor) -> str:
    return redactor.text(f"{type(error).__name__}: {error}", 500)


def _with_templates(plain: Brand, settings: PageSettings, prefix: str) -> Brand:
    from sidegate.config.branding import own_pages

    folder = Path(settings.custom_templates_dir)
    robots = folder / own_pages.ROBOTS
    text = robots.read_text("utf-8", errors="replace") if robots.is_file() else plain.robots
    return replace(plain, custom=_custom(plain, settings, prefix), robots=text)


def _custom(plain: Brand, settings: PageSettings, prefix: str) -> CustomPages:
    from sidegate.config.branding import own_pages
    from sidegate.pages.assets import Assets
    from sidegate.pages.custom import CustomPages

    assets = Assets(prefix, plain)
    found = {}
    for file in (own_pages.SIGN_IN, own_pages.ERROR):
        path = Path(settings.custom_templates_dir) / file
        if path.is_file():
            found[file] = own_pages.read_own_page(file, path.read_bytes())
    picture = Markup('<img src="{}" alt="{}">')
    address = assets.logo_address
    shared = {
        "SignInMessage": plain.banner,
        "Footer": Markup("-") if settings.footer == "-" else plain.footer,
        "LogoData": picture.format(address, plain.name or "Logo") if address else Markup(),
        "Version": __version__,
        "ProxyPrefix": prefix,
        "BrandName": plain.name,
    }
    return CustomPages(
        found.get(own_pages.SIGN_IN), found.get(own_pages.ERROR), shared, assets.pictures
    )
