"""Requests like those of the recorded rows: the same parts, put together in other ways."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Neighbour:
    """One request; `cookies` are sent as they stand, `has_session` asks for a signed-in browser."""

    target: str
    method: str = "GET"
    fields: Fields = ()
    body: bytes = b""
    cookies: str = ""
    host: str = "app.example.com"
    has_session: bool = False


Make = Callable[[Random], Neighbour]


@dataclass(frozen=True)
class Group:
    """Settings to try, and what makes a request."""

    settings: tuple[tuple[str, ...], ...]
    make: Make
    size: int = 40


METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
ENDPOINTS = (
    *(
        "/",
        "/ping",
        "/ready",
        "/robots.txt",
        "/oauth2",
        "/oauth2/",
        "/oauth2/auth",
        "/oauth2/auth/",
    ),
    *("/oauth2/sign_in", "/oauth2/sign_in/", "/oauth2/sign_out", "/oauth2/sign_out/"),
    *("/oauth2/start", "/oauth2/start/", "/oauth2/userinfo", "/oauth2/unknown", "/oauth2/AUTH"),
    *("/oauth2/sign_in?rd=/a", "/oauth2/sign_out?rd=/a", "/oauth2/start?rd=%2Fa%3Fb%3Dc"),
    *("/oauth2auth", "/oauth2/%61uth", "/oauth2/auth?x", "/a/b?c=d", "/ping?x", "/PING", "/api/x"),
)
ASKING: tuple[Fields, ...] = (
    *((), (("Accept", "text/html"),), (("Accept", "application/json"),), (("Accept", "*/*"),)),
    *((("X-Requested-With", "XMLHttpRequest"),), (("Accept", "application/json, text/html"),)),
    (("X-Auth-Request-Redirect", "/from"),),
)


def endpoint(random: Random) -> Neighbour:
    """Ask at one of the gate's own addresses, or near one."""
    return Neighbour(
        random.choice(ENDPOINTS),
        random.choice(METHODS),
        random.choice(ASKING),
        has_session=random.random() < 0.4,
    )


def query(random: Random) -> Neighbour:
    """Narrow at the auth endpoint who may pass."""
    keys = ("allowed_groups", "allowed_emails", "allowed_email_domains", "Allowed_Groups")
    values = ("g1", "g2", "g9", "g1,g9", "", "G1", "+g1", "g1,", "*", "com", ".example.com", "a@b")
    values += ("example.com", "alice@example.com", "ALICE@example.com", "*.example.com", "%2C")
    pairs = (f"{random.choice(keys)}={random.choice(values)}" for _ in range(random.choice((1, 2))))
    return Neighbour("/oauth2/auth?" + "&".join(pairs), has_session=True)


def cookie(random: Random) -> Neighbour:
    """Bring cookies that are nobody's session."""
    names = ("", "_0", "_1", "_00", "_10", "_x", "_csrf", "x")
    values = ("garbage", "", "a|b|c", "a|1|c", "x" * 4000, "%7C", '"q"')
    pairs = (
        f"_oauth2_proxy{random.choice(names)}={random.choice(values)}"
        for _ in range(random.choice((1, 1, 2, 3)))
    )
    target = random.choice(("/", "/oauth2/auth", "/oauth2/sign_in", "/oauth2/sign_out", "/a?b"))
    method = random.choice(("GET", "GET", "POST"))
    return Neighbour(target, method, random.choice(ASKING[:4]), cookies="; ".join(pairs))


PIECES = ("/", "//", "\\", "@", ":", "?", "#", ".evil", "%2f", "%5c", "\t", "https://", "é")
PIECES += ("http://", "javascript:", "app.example.com", "example.com", "evil.com", "EXAMPLE.com")
PIECES += (":8443", ":443", "%", "%00", "/a", "a", "[::1]", "|", "^", "&", "=", "*", "user@")


def return_url(random: Random) -> Neighbour:
    """Name an address to return to."""
    wanted = "".join(random.choice(PIECES) for _ in range(random.choice((1, 2, 3, 4, 5))))
    wanted = ("/" if random.random() < 0.5 else "") + wanted
    return Neighbour(f"/oauth2/sign_out?rd={quote(wanted, safe='')}")


NAMES = ("X-Forwarded-User", "X-Forwarded-Email", "X-Auth-Request-User", "Authorization", "Range")
NAMES += (
    "X-Custom",
    "Via",
    "Content-Type",
    "Origin",
    "Date",
    "Accept-Language",
    "X_Forwarded_User",
)
CLAIMED = ("evil", "1.2.3.4", "https", "a, b", "", "evil@x.test", "/y", "Basic dTpw", "bytes=0-1")


def claim(random: Random) -> Neighbour:
    """Claim things in fields that the application reads."""
    names = random.sample(NAMES, random.choice((0, 1, 2, 3)))
    return Neighbour(
        random.choice(("/", "/a?b=c", "/oauth2/auth", "/oauth2/userinfo", "/a%20b", "/a?x=%zz")),
        random.choice(METHODS),
        tuple((name, random.choice(CLAIMED)) for name in names),
        has_session=random.random() < 0.7,
    )


PASSWORDS = ("u1:p1", "u1:bad", "u1", ":p1", "u1:", "U1:p1", "u1:p1:x", " u1:p1", "u1:p1 ", "x:p1")
FORMS = ("username=u1&password=p1", "username=u1&password=bad", "username=u1", "password=p1", "")
FORMS += ("username=u1&password=p1&rd=/x", "username=U1&password=p1", "username=%75%31&password=p1")
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def password(random: Random) -> Neighbour:
    """Sign in with a name and a password, in a field or by the form."""
    if random.random() < 0.3:
        return Neighbour("/oauth2/sign_in", "POST", (FORM,), random.choice(FORMS).encode())
    text = base64.b64encode(random.choice(PASSWORDS).encode()).decode()
    schemes = (
        "Basic %s",
        "Basic %s",
        "basic %s",
        "Basic  %s",
        "Basic",
        "Basic %sx",
        "%s",
        "Bearer %s",
    )
    scheme = random.choice(schemes)
    value = scheme % text if "%" in scheme else scheme
    target = random.choice(("/", "/oauth2/auth", "/oauth2/userinfo", "/a?b=c"))
    return Neighbour(target, fields=(*random.choice(ASKING[:4]), ("Authorization", value)))


def path(random: Random) -> Neighbour:
    """Ask for paths that are open, or nearly."""
    paths = ("/", "/foo", "/foo/", "/foo/bar", "/FOO", "/x/foo", "/foo.css", "/a?foo", "/foo?a=/b")
    paths += ("/api", "/api?x", "/v1/x", "/v1", "/foo%20", "/q=1")
    return Neighbour(random.choice(paths), random.choice(METHODS), random.choice(ASKING[:3]))


ADDRESSES = ("10.0.0.1", "10.0.0.1:80", "192.0.2.9", "2001:db8::5", "[2001:db8::5]:80", "::1", "x")
ADDRESSES += ("", "::ffff:10.1.1.1", "10.0.0.256", "010.0.0.1", "fe80::1%eth0", "unknown")


def address(random: Random) -> Neighbour:
    """Come from somewhere, as a proxy in front says."""
    names = ("X-Real-IP", "X-Real-IP", "X-Forwarded-For", "X-ProxyUser-IP")
    fields = ((random.choice(names), random.choice(ADDRESSES)),) if random.random() < 0.9 else ()
    return Neighbour(random.choice(("/a", "/oauth2/auth")), fields=fields)


GROUPS = {
    "endpoints": Group(
        (
            *((), ("--set-xauthrequest",), ("--force-json-errors",), ("--skip-provider-button",)),
            *(("--allowed-group=g1",), ("--api-route=^/api",)),
            *(("--reverse-proxy",), ("--pass-access-token", "--set-xauthrequest")),
        ),
        endpoint,
    ),
    "queries": Group(((), ("--allowed-group=g1",)), query),
    "cookies": Group(
        (
            *((), ("--cookie-path=/x",), ("--cookie-domain=.example.com",)),
            *(("--cookie-samesite=lax",), ("--cookie-httponly=false",)),
        ),
        cookie,
    ),
    "addresses to return to": Group(
        (
            *((), ("--whitelist-domain=.example.com",), ("--whitelist-domain=example.com:8443",)),
            ("--whitelist-domain=*.example.com:*", "--whitelist-domain=[::1]"),
        ),
        return_url,
        120,
    ),
    "fields": Group(
        (
            *((), ("--pass-user-headers=false",), ("--set-xauthrequest",)),
            *(("--prefer-email-to-user",), ("--pass-host-header=false",)),
        ),
        claim,
    ),
    "passwords": Group(
        (
            *((), ("--htpasswd-user-group=hg",), ("--set-xauthrequest",)),
            ("--htpasswd-user-group=hg", "--allowed-group=hg"),
        ),
        password,
    ),
    "paths": Group(
        (
            *(("--skip-auth-route=^/foo",), ("--skip-auth-route=GET=^/foo$",)),
            *(("--skip-auth-route=POST=/foo", "--skip-auth-preflight"), ("--api-route=^/api$",)),
            *(("--skip-auth-regex=foo",), ("--skip-auth-route==^/q=1", "--api-route=^/v1/")),
        ),
        path,
    ),
    "addresses": Group(
        (
            *(("--trusted-ip=10.0.0.0/8", "--reverse-proxy"), ("--trusted-ip=127.0.0.1",)),
            ("--trusted-ip=2001:db8::/32", "--trusted-ip=192.0.2.9", "--reverse-proxy"),
        ),
        address,
    ),
}
