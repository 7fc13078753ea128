"""Checks that the sign-in cookie comes back to the callback, or nobody could sign in.

What cannot work is refused; what works only where provider and application are of one site, or
where other hosts are meant, is a warning.
"""

from collections.abc import Sequence

from sidegate.config.addresses import parse_public_url
from sidegate.config.cookie_scope import covers, lies_in
from sidegate.config.findings import Findings, Malformed
from sidegate.config.values import Values


def check_sign_in(values: Values, providers: Sequence[Values], findings: Findings) -> None:
    """Note what is wrong with how people sign in. `providers`: the values of each."""
    for provider in providers:
        check_form_post(values, provider, findings)
    check_strict(values, findings)
    check_callback(values, findings)


def check_form_post(values: Values, provider: Values, findings: Findings) -> None:
    """Let the sign-in cookie come along with the provider's form, which is of another site."""
    if provider.text("auth_request_response_mode") != "form_post":
        return
    if "?" in values.text("redirect_url"):
        findings.refuse(
            values.place("redirect_url"),
            "has a query, and a posted answer must come without one",
            "Remove the query, or write --auth-request-response-mode=query.",
        )
    key = "cookie_csrf_samesite"
    if not values.is_on("cookie_secure"):
        findings.refuse(
            provider.place("auth_request_response_mode"),
            "with form_post the sign-in cookie must be SameSite=None, which browsers drop without "
            "Secure",
            "Remove --cookie-secure=false, or write query.",
        )
    elif values.text(key) in ("lax", "strict"):
        findings.refuse(
            values.place(key),
            "with form_post the browser would not bring such a sign-in cookie back",
            "Remove it, or write none.",
        )
    else:
        values.change(key, "none", values[key].place, values[key].source)


def check_strict(values: Values, findings: Findings) -> None:
    """Browsers bring no strict cookie along when another site sends them."""
    samesite = values.text("cookie_csrf_samesite") or values.text("cookie_samesite")
    if samesite == "strict":
        key = "cookie_csrf_samesite" if values.text("cookie_csrf_samesite") else "cookie_samesite"
        findings.warn(
            values.place(key),
            "nobody can sign in at a provider of another site with a strict sign-in cookie; "
            "write --cookie-csrf-samesite=lax",
        )


def check_callback(values: Values, findings: Findings) -> None:
    """Warn where the cookies' domain or path leaves out the callback."""
    text = values.text("redirect_url")
    try:
        url = parse_public_url(text) if text else None
    except Malformed:
        return  # told by its own check
    prefix = values.text("proxy_prefix")
    host, path = (url.host, url.path.rstrip("/")) if url else ("", "")
    path = path or prefix + "/callback"
    domains = [domain.removeprefix(".") for domain in values.items_of("cookie_domains")]
    if host and domains and not any(lies_in(host.lower(), domain) for domain in domains):
        findings.warn(
            values.place("cookie_domains"),
            f"nobody can sign in: browsers drop cookies of {domains[0]} that {host} sets, which is "
            "where --redirect-url leads",
        )
    if covers(prefix, values.text("cookie_path")):
        findings.warn(
            values.place("cookie_path"),
            "nobody stays signed in: browsers do not send such cookies to the application",
        )
    elif not covers(values.text("cookie_path"), path):
        findings.warn(
            values.place("cookie_path"),
            f"nobody can sign in: browsers do not send such cookies to {path}",
        )
