"""Checks of listeners, TLS, own paths, trusted proxies and header names."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from sidegate.config.addresses import parse_listener, parse_public_url
from sidegate.config.findings import Findings, Malformed
from sidegate.config.key_material import ReadFile, read_readable
from sidegate.config.values import Values

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
OWN_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

# Fields that carry secrets or framing, or what the gate says itself, in every spelling.
TAKEN = re.compile(
    r"authorization|connection|cookie|expect|forwarded|host|keep.alive|te|trailer|upgrade"
    r"|(?:content|gap|proxy|transfer|x.auth.request|x.forwarded|x.real)\b.*"
)
EVERYBODY = {
    "trusted_proxy_ips": "every client may claim any address, host and scheme",
    "trusted_ips": "nobody has to sign in",
}


def check_server(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Check where the gate listens; return the fields whose value differs from what was written."""
    check_paths(values, findings)
    check_networks(values, "trusted_proxy_ips", findings)
    check_networks(values, "trusted_ips", findings)
    if values.items_of("trusted_proxy_ips") and not values.is_on("reverse_proxy"):
        findings.warn(values.place("trusted_proxy_ips"), "does nothing without --reverse-proxy")
    check_id_header(values, findings)
    check_proxy_headers(values, findings)
    return {
        "redirect_url": resolve_redirect_url(values, findings),
        "metrics_address": resolve_listener(values, "metrics_address", findings),
        "metrics_secure_address": resolve_secure_metrics(values, findings, read_file),
        **resolve_listeners(values, findings, read_file),
    }


def check_id_header(values: Values, findings: Findings) -> None:
    """Require a field of its own: its value is logged, and replaced in each request."""
    name, place = values.text("request_id_header"), values.place("request_id_header")
    remedy = "Write one, as in X-Request-Id."
    if not TOKEN.fullmatch(name):
        findings.refuse(place, "no field name", remedy)
    elif TAKEN.fullmatch(name.lower().replace("_", "-")):
        findings.refuse(place, f"{name} says something else than an id", remedy)


def check_proxy_headers(values: Values, findings: Findings) -> None:
    """Require names of fields, and the one of the client's address among them."""
    names, place = values.items_of("trusted_proxy_headers"), values.place("trusted_proxy_headers")
    for name in names:
        if not TOKEN.fullmatch(name):
            findings.refuse(
                place, f'"{name}" is no field name', "Write one, as in X-Forwarded-For."
            )
    client = values.text("real_client_ip_header")
    if names and client.lower() not in {name.lower() for name in names}:
        findings.refuse(
            place,
            f"nobody is believed about the client: {client} is missing",
            f"Name {client}, or another field in real_client_ip_header.",
        )


def check_paths(values: Values, findings: Findings) -> None:
    """Own paths are plain, absolute and different from each other."""
    seen: dict[str, str] = {}
    for key in ("proxy_prefix", "ping_path", "ready_path"):
        path = values.text(key)
        if not path and key != "proxy_prefix":
            continue
        if not OWN_PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
            findings.refuse(
                values.place(key),
                "not a plain path",
                "Begin with a slash, end without one, and use letters, digits and . _ ~ - only.",
            )
        if path in seen:
            findings.refuse(
                values.place(key), f"the same path as {seen[path]}", "Choose different paths."
            )
        seen[path] = values[key].option.key


def check_networks(values: Values, key: str, findings: Findings) -> None:
    """Every entry is an IP address or a CIDR range without host bits."""
    for entry in values.items_of(key):
        try:
            if _network(entry).prefixlen == 0:
                findings.warn(values.place(key), f"{entry} means everybody: {EVERYBODY[key]}")
        except ValueError as reason:
            remedy = "Write an IP address or a range, as in 10.0.0.0/8."
            if "host bits" in str(reason):
                remedy = f"Write {ip_network(entry, strict=False)}, or one address without /..."
            findings.refuse(values.place(key), f'"{entry}" is no address or range', remedy)


def _network(entry: str) -> IPv4Network | IPv6Network:
    """Return what an entry means: no IPv6 zones, and no masks, which can be read in two ways."""
    if "." in entry.partition("/")[2]:
        raise ValueError("a mask")
    return ip_network(entry.replace("%", "!"))


def resolve_redirect_url(values: Values, findings: Findings) -> str:
    """Return the registered callback address; our own callback path alone means "computed"."""
    text = values.text("redirect_url")
    if not text or text == values.text("proxy_prefix") + "/callback":
        return ""
    try:
        parse_public_url(text)
    except Malformed as reason:
        findings.refuse(values.place("redirect_url"), reason.what, reason.remedy)
    return text


def resolve_listener(values: Values, key: str, findings: Findings) -> str:
    """Return a listening address in its one form, or note what is wrong."""
    text = values.text(key)
    try:
        return parse_listener(text)
    except Malformed as reason:
        findings.refuse(values.place(key), reason.what, reason.remedy)
        return ""


def resolve_listeners(values: Values, findings: Findings, read_file: ReadFile) -> dict[str, object]:
    """Decide which listeners open. With a certificate, plain HTTP opens only when asked for."""
    http = resolve_listener(values, "http_address", findings)
    https = resolve_listener(values, "https_address", findings)
    if not has_certificate(values, findings, read_file):
        if values["https_address"].is_given and https:
            findings.refuse(
                values.place("https_address"),
                "HTTPS needs a certificate",
                "Give --tls-cert-file and --tls-key-file, or remove it.",
            )
        https = ""
    elif https and not values["http_address"].is_given:
        http = ""
    is_off = values.text("http_address") in ("", "-")
    if is_off and not https:
        findings.refuse(
            values.place("http_address"), "nothing to listen on", "Give an address, as in :4180."
        )
    return {"http_address": http, "https_address": https}


def resolve_secure_metrics(values: Values, findings: Findings, read_file: ReadFile) -> str:
    """Return where metrics are given over TLS, empty for nowhere; without a certificate: never."""
    address = resolve_listener(values, "metrics_secure_address", findings)
    has_one = has_certificate(values, findings, read_file, prefix="metrics_")
    if address and not has_one:
        findings.refuse(
            values.place("metrics_secure_address"),
            "TLS needs a certificate",
            "Give --metrics-tls-cert-file and --metrics-tls-key-file, or remove it.",
        )
    if has_one and not address:
        findings.warn(
            values.place("metrics_tls_cert_file"), "does nothing without --metrics-secure-address"
        )
    return address


def has_certificate(
    values: Values, findings: Findings, read_file: ReadFile, *, prefix: str = ""
) -> bool:
    """Tell whether certificate and key are given; one without the other is a mistake."""
    pair = (f"{prefix}tls_cert_file", f"{prefix}tls_key_file")
    given = [key for key in pair if values.text(key)]
    for key in given:
        read_readable(values.place(key), values.text(key), findings, read_file)
    if len(given) == 1:
        (missing,) = set(pair) - set(given)
        findings.refuse(
            values.place(given[0]),
            "a certificate and its key belong together",
            f"Give --{missing.replace('_', '-')} too.",
        )
    return bool(given)
