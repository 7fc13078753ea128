"""What the options of a gate mean: who gets in, and what gets out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sidegate.config.values import Values

DAY = 86400
JUDGED_ALREADY = '"*" lets in everybody'
"""Part of a warning of the configuration; `judge` knows what else restricts who may pass."""

RESTRICTIONS = (
    "allowed_groups",
    "allowed_roles",
    "authenticated_emails_file",
    "entra_id_allowed_tenants",
    "github_org",
    "github_repo",
    "github_users",
    "gitlab_groups",
    "gitlab_projects",
    "google_groups",
    "google_hosted_domains",
    "keycloak_groups",
)
"""Options of which any one says who may pass."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One thing about the options: the id of the finding, the option's key, and what was seen."""

    id: str
    key: str
    what: str


def judge(values: Values, *, is_sidegate: bool) -> Iterator[Judgement]:
    """Yield what the options let happen."""
    yield from of_access(values)
    yield from of_tokens(values)
    yield from of_sessions(values)
    if not is_sidegate:
        yield from of_oauth2_proxy(values)
    if not values.text("metrics_address").strip("-"):
        yield Judgement("metrics-off", "metrics_address", "metrics_address is not set")
    if values["auth_logging"].value is False:
        yield Judgement("sign-ins-not-logged", "auth_logging", "auth_logging is off")


def of_access(values: Values) -> Iterator[Judgement]:
    """Yield that everybody gets in."""
    restricted = any(values[key].value for key in RESTRICTIONS)
    if "*" in values.items_of("email_domains") and not restricted and "rules" not in values.tables:
        yield Judgement("open-to-everybody", "email_domains", 'email_domains = ["*"]')


def of_tokens(values: Values) -> Iterator[Judgement]:
    """Yield who is given tokens."""
    if values.is_on("set_authorization_header"):
        what = "set_authorization_header is on"
        yield Judgement("token-in-answers", "set_authorization_header", what)
    if values.is_on("set_xauthrequest") and values.is_on("pass_access_token"):
        what = "set_xauthrequest and pass_access_token are on"
        yield Judgement("token-in-answers", "set_xauthrequest", what)
    for key in ("pass_access_token", "pass_authorization_header"):
        if values.is_on(key):
            yield Judgement("token-to-application", key, f"{key} is on")


def of_sessions(values: Values) -> Iterator[Judgement]:
    """Yield that sessions live long."""
    is_cookie = values.text("session_store_type") != "redis"
    days = values.number("cookie_expire") / DAY
    is_said = values["cookie_expire"].is_given
    if is_cookie and is_said and days > 1 and not values.number("session_idle_timeout"):
        what = f"cookie_expire is {days:g} days, with sessions in cookies"
        yield Judgement("session-lives-long", "cookie_expire", what)


NOBODY = ("static:", "file:")
"""Upstreams that are no application: such a gate is only asked."""


def of_oauth2_proxy(values: Values) -> Iterator[Judgement]:
    """Yield what oauth2-proxy does by default, and sidegate does not."""
    if values.is_on("reverse_proxy") and not values.items_of("trusted_proxy_ips"):
        what = "reverse_proxy is on, and trusted_proxy_ips is not set"
        yield Judgement("proxies-not-named", "reverse_proxy", what)
    if not values["code_challenge_method"].is_given:
        what = "code_challenge_method is not set"
        yield Judgement("pkce-off", "code_challenge_method", what)
    shape = values.text("request_logging_format")
    if values.is_on("request_logging") and (not shape or "RequestURI" in shape):
        what = "/oauth2/callback is logged with its code and state"
        yield Judgement("callback-logged", "request_logging", what)
    upstreams = values.items_of("upstreams")
    hands_on = not upstreams or any(not one.startswith(NOBODY) for one in upstreams)
    if hands_on:
        what = f"the application gets the cookie {values.text('cookie_name')}"
        yield Judgement("session-cookie-passed", "cookie_domains", what)
    if hands_on and (values.is_on("set_xauthrequest") or values.is_on("pass_user_headers")):
        what = "X-Auth-Request-Email of a client reaches the application"
        yield Judgement("identity-headers-pass", "pass_user_headers", what)
