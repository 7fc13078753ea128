"""Checks of what an operator brings along for the pages. What is not used is not loaded."""

from collections.abc import Callable
from pathlib import PurePath

from sidegate.config.addresses import parse_public_url
from sidegate.config.findings import Findings, Malformed
from sidegate.config.key_material import ReadFile, read_readable
from sidegate.config.values import Values


def check_pages(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Check how pages look; return the fields whose value differs from what was written."""
    if values.text("accent_color"):
        _check(values, "accent_color", findings, _accent)
    if values.text("help_url"):
        _check(values, "help_url", findings, _address)
    logo = values.text("custom_sign_in_logo")
    if logo not in ("", "-"):
        _check(values, "custom_sign_in_logo", findings, lambda text: _logo(text, read_file))
    if values.text("custom_templates_dir"):
        check_templates(values, findings, read_file)
    return {
        key: _check(values, key, findings, _markup) or ""
        for key in ("banner", "footer")
        if values.text(key)
    }


def check_templates(values: Values, findings: Findings, read_file: ReadFile) -> None:
    """Note what is wrong with each of the files that there are, and when there is none."""
    from sidegate.config.branding import own_pages  # noqa: PLC0415 - only who has templates pays

    folder, place = values.text("custom_templates_dir"), values.place("custom_templates_dir")
    found = 0
    for file in (own_pages.SIGN_IN, own_pages.ERROR, own_pages.ROBOTS):
        path = str(PurePath(folder) / file)
        try:
            read_file(path)
        except FileNotFoundError:
            continue  # ours stays
        except OSError:
            pass  # told below
        content = read_readable(place, path, findings, read_file)
        found += 1
        if content is None or file == own_pages.ROBOTS:
            continue
        try:
            page = own_pages.read_own_page(file, content)
        except Malformed as reason:
            findings.refuse(place, f"{path}: {reason.what}", reason.remedy)
            continue
        for warning in page.warnings:
            findings.warn(place, f"{path}: {warning}")
    if not found:
        findings.refuse(
            place, f"{folder}: has none of the pages", "Put sign_in.html or error.html there."
        )


def _check(
    values: Values, key: str, findings: Findings, check: Callable[[str], str | None]
) -> str | None:
    """Return what `check` makes of the value, None after what is wrong with it was noted."""
    try:
        return check(values.text(key))
    except Malformed as reason:
        findings.refuse(values.place(key), reason.what, reason.remedy)
    except OSError as error:
        reason_text = error.strerror or "cannot be read"
        findings.refuse(
            values.place(key), f"{values.text(key)}: {reason_text}", "Name a file that is there."
        )
    return None


def _address(text: str) -> None:
    parse_public_url(text)


def _accent(text: str) -> None:
    from sidegate.config.branding.colour import check_accent  # noqa: PLC0415 - few choose a colour

    check_accent(text)


def _logo(text: str, read_file: ReadFile) -> None:
    from sidegate.config.branding import logo  # noqa: PLC0415 - few have one

    if logo.is_address(text):
        logo.check_address(text)
    else:
        logo.media_type(read_file(text))


def _markup(text: str) -> str:
    from sidegate.config.branding.markup import safe_markup  # noqa: PLC0415 - few write any

    return safe_markup(text)
