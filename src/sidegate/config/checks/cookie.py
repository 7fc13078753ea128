"""Checks of cookies and sessions. RFC 6265 and its successor draft (cookie prefixes)."""

from collections.abc import Sequence

from sidegate.config.addresses import is_address, is_host, is_visible
from sidegate.config.checks.server import TOKEN
from sidegate.config.checks.sign_in import check_sign_in
from sidegate.config.findings import Findings
from sidegate.config.values import Source, Values, format_duration

NAME_LIMIT = 256
ROOM_FOR_COOKIES = 40 * 1024  # eight cookies, and 7 KiB for all other fields
LONGEST_SESSION = 168 * 3600.0  # with `cookie_expire` 0
PREFIXES = ("__host-", "__secure-", "__http-")


def check_cookie(values: Values, providers: Sequence[Values], findings: Findings) -> None:
    """Note what is wrong with cookies and their lifetimes. `providers`: the values of each."""
    check_name(values, findings)
    check_prefix(values, findings)
    check_scope(values, findings)
    check_samesite(values, findings)
    check_sign_in(values, providers, findings)
    check_lifetime(values, findings)
    check_idle(values, findings)
    if not values.is_on("cookie_csrf_per_request"):
        findings.refuse(
            values.place("cookie_csrf_per_request"),
            "one sign-in cookie for all attempts is not supported",
            "Remove it; sign-in cookies are per attempt here.",
        )
    check_minimal(values, findings)
    check_room(values, findings)


def check_name(values: Values, findings: Findings) -> None:
    """Require a token (RFC 6265 section 4.1.1) that leaves room for the value."""
    name, place = values.text("cookie_name"), values.place("cookie_name")
    if not TOKEN.fullmatch(name):
        findings.refuse(
            place, "no cookie name", "Use letters, digits and - _ . only, as in _oauth2_proxy."
        )
    if len(name) > NAME_LIMIT:
        findings.refuse(
            place, f"{len(name)} characters long", f"Use {NAME_LIMIT} characters at most."
        )


def check_prefix(values: Values, findings: Findings) -> None:
    """Browsers drop `__Host-` and `__Secure-` cookies that do not keep their promise.

    They compare without case (draft-ietf-httpbis-rfc6265bis section 5.4). Our other cookies are
    named after this one and begin like it.
    """
    name, place = values.text("cookie_name").lower(), values.place("cookie_name")
    if name.startswith(PREFIXES) and not values.is_on("cookie_secure"):
        findings.refuse(
            place, "browsers drop this name without Secure", "Remove --cookie-secure=false."
        )
    if name.startswith(("__http-", "__host-http-")) and not values.is_on("cookie_httponly"):
        findings.refuse(
            place, "browsers drop this name without HttpOnly", "Remove --cookie-httponly=false."
        )
    if not name.startswith("__host-"):
        return
    if values.items_of("cookie_domains"):
        findings.refuse(
            place, "a __Host- cookie has no domain", "Remove --cookie-domain or the prefix."
        )
    if values.text("cookie_path") != "/":
        findings.refuse(
            place, "a __Host- cookie has the path /", "Remove --cookie-path or the prefix."
        )


def check_scope(values: Values, findings: Findings) -> None:
    """Domains are hosts, the path is absolute."""
    for domain in values.items_of("cookie_domains"):
        host = domain.removeprefix(".")
        if not is_host(host) or (is_address(host) and domain != host):
            findings.refuse(
                values.place("cookie_domains"),
                f'"{domain}" is no domain',
                "Write it without scheme, port and star, as in example.com.",
            )
    path = values.text("cookie_path")
    if not path.startswith("/") or ";" in path or not is_visible(path):
        findings.refuse(
            values.place("cookie_path"), "not a path", "Begin with a slash, and use no semicolon."
        )


def check_samesite(values: Values, findings: Findings) -> None:
    """Browsers drop SameSite=None cookies without Secure."""
    for key in ("cookie_samesite", "cookie_csrf_samesite"):
        if values.text(key) == "none" and not values.is_on("cookie_secure"):
            findings.refuse(
                values.place(key),
                "browsers drop SameSite=None without Secure",
                "Remove --cookie-secure=false, or choose lax.",
            )


def check_lifetime(values: Values, findings: Findings) -> None:
    """Require that sessions are refreshed before they expire.

    Where only the default of `cookie_refresh` is too long, a session that short needs none.
    """
    refresh, expire = values.number("cookie_refresh"), values.number("cookie_expire")
    if 0 < expire <= refresh:
        if not values["cookie_refresh"].is_given:
            values.change("cookie_refresh", 0.0, "default", Source.DEFAULT)
            return
        findings.refuse(
            values.place("cookie_refresh"),
            f"sessions would be refreshed after {format_duration(refresh)}, "
            f"but end after {format_duration(expire)}",
            "Make --cookie-refresh shorter than --cookie-expire, or 0.",
        )


def check_idle(values: Values, findings: Findings) -> None:
    """Refuse an end by idleness that could never come before the absolute one."""
    idle = values.number("session_idle_timeout")
    expire = values.number("cookie_expire") or LONGEST_SESSION
    if idle >= expire > 0:
        findings.refuse(
            values.place("session_idle_timeout"),
            f"every session ends after {format_duration(expire)} already",
            "Make it shorter than --cookie-expire, or remove it.",
        )


def check_room(values: Values, findings: Findings) -> None:
    """Warn where our own limit on heads would refuse the cookies of a large session."""
    limit = values.number("limit_header_bytes")
    if limit < ROOM_FOR_COOKIES and values.text("session_store_type") == "cookie":
        findings.warn(
            values.place("limit_header_bytes"),
            f"a large session takes up to eight cookies of 4 KiB: below {ROOM_FOR_COOKIES} bytes "
            "whoever has one may be refused with 431",
        )


def check_minimal(values: Values, findings: Findings) -> None:
    """Refuse what needs a token in a session that keeps none."""
    if not values.is_on("session_cookie_minimal"):
        return
    for key in ("pass_access_token", "pass_authorization_header", "set_authorization_header"):
        if values.is_on(key):
            findings.refuse(
                values.place(key),
                "session_cookie_minimal keeps no token that could be passed on",
                "Remove one of the two.",
            )
    if values.number("cookie_refresh") and values["cookie_refresh"].is_given:
        findings.refuse(
            values.place("cookie_refresh"),
            "session_cookie_minimal keeps no token to renew a session with",
            "Remove one of the two.",
        )
