"""A whole life of sessions, good and bad, with every secret planted, and where they may appear.

Nothing secret is in logs, metrics or pages. The browser and the provider must know some of it:
`state`, `nonce` and the code stand in addresses, cookies in their own fields, and the ID token in
the sign-out address of the provider. Those places are left out when answers are searched.
"""

import secrets
from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlencode

from tests.conformance.attacks import CALLBACK, Play
from tests.conformance.backchannel import post, tokens_of
from tests.conformance.browser import NAVIGATION, Answer, Browser
from tests.conformance.gates import COOKIE_SECRET
from tests.conformance.provider import Canned, Mutation
from tests.conformance.world import REDIS_PASSWORD

IN_REDIS = "--session-store-type=redis"
BEARER = "canary-bearer-" + "x" * 24
DEBUG = (
    "--logging-level=debug",
    "--oidc-end-session",
    "--cookie-refresh=1h",
    "--backchannel-logout",
)
_PIECE = 20  # letters
_TOLD = {"set-cookie", "location", "x-auth-request-jwt"}  # fields that have to hold some of it
_FAILURES: list[Mutation] = [
    {"token_status": 400, "token_response_raw": '{"error":"%s","error_description":"%s"}'},
    {"token_status": 500, "token_response_raw": "<html>%s %s</html>"},
    {"token_response_raw": "not json %s %s"},
    {"token_response": {"token_type": "mac"}},
    {"token_redirect": "https://attacker.example/?%s"},
    {"claims": {"nonce": "canary-wrong-nonce"}},
    {"claims": {"email": "canary@example.com\r\n"}},
    {"claims": {"aud": "canary-other-audience"}},
    {"header": {"kid": "canary-key"}},
    {"sig_flip": 3},
    {"userinfo_status": 500, "userinfo_raw": "%s %s", "claims": {"email": None}},
    {"userinfo": {"sub": "canary-other-subject"}, "claims": {"email": None}},
]


def exercise(play: Play) -> None:
    """Live through everything that can happen to a sign-in and a session."""
    _live_well(play)
    for mutation in _FAILURES:
        _sign_in(play, play.gate.browser(), _echoing(play, mutation))
    _fail_on_the_way(play)
    _hear_of_logouts(play)
    _bring_rubbish(play)
    _lose_the_provider(play)
    if IN_REDIS in play.flags:
        _lose_the_store(play)


def _lose_the_store(play: Play) -> None:
    """Let Redis forget the password for a while, and then its clients."""
    redis, other = play.world.redis(), "not-the-password"
    redis.ask("CONFIG", "SET", "requirepass", other, password=REDIS_PASSWORD)
    redis.ask("CLIENT", "KILL", "TYPE", "normal", password=other)
    _sign_in(play, play.gate.browser())
    redis.ask("CONFIG", "SET", "requirepass", REDIS_PASSWORD, password=other)
    redis.ask("CLIENT", "KILL", "TYPE", "normal", password=REDIS_PASSWORD)


def secrets_of(play: Play) -> set[str]:
    """Return every secret that came up."""
    sealed = {value for answer in play.answers for value in _sealed(answer)}
    states = {value for answer in play.answers for value in _asked(answer)}
    own = {play.idp.client_secret, quote(play.idp.client_secret), COOKIE_SECRET, BEARER}
    own |= {REDIS_PASSWORD} if IN_REDIS in play.flags else set()
    return play.idp.given | sealed | states | own | play.planted


def printed(play: Play) -> Iterator[tuple[str, str]]:
    """Yield what operators and strangers see, each with its place."""
    yield "the log", play.output
    if play.audit is not None:
        files = sorted(play.audit.parent.glob(f"{play.audit.stem}*"))  # one for each day
        yield "the audit", "".join(file.read_text("utf-8") for file in files)
    if play.gate.metrics_port:
        yield "the metrics", play.gate.scrape()
    for answer in play.answers:
        yield from shown_by(answer)


def shown_by(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield what nothing secret may be in of an answer, each with its place."""
    yield "a page", answer.text
    yield "a field", repr([f for f in answer.fields if f[0].lower() not in _TOLD])


def leaks(play: Play) -> list[str]:
    """Return the places where a secret appears, with the secret."""
    return found_in(printed(play), secrets_of(play))


def found_in(texts: Iterable[tuple[str, str]], known: Iterable[str]) -> list[str]:
    """Return the places where a secret appears, or the begin or the end of a long one."""
    looked_for = {piece for one in known for piece in pieces(one)}
    return [f"{place}: {one}" for place, text in texts for one in looked_for if one in text]


def pieces(secret: str) -> set[str]:
    """Return what to look for: of a long secret both ends, for a cut one is a leak as well."""
    if len(secret) < 3 * _PIECE:
        return {secret}
    begin = set() if secret.startswith("eyJ") else {secret[:_PIECE]}  # the head of a JWT is public
    return begin | {secret[-_PIECE:]}


def _sign_in(play: Play, browser: Browser, mutation: Mutation | None = None) -> Answer:
    started = _keep(play, browser.get("/deep?q=1"))
    back = play.idp.authorize(started.get("location"), "alice@example.com", mutation)
    return _keep(play, browser.get(f"{CALLBACK}?{urlencode(back.parameters)}"))


def _keep(play: Play, answer: Answer) -> Answer:
    play.answers.append(answer)
    return answer


def _live_well(play: Play) -> None:
    browser = play.gate.browser()
    assert _sign_in(play, browser).status == 302
    for path in ("/x", "/oauth2/userinfo", "/oauth2/auth"):
        assert _keep(play, browser.get(path)).status in {200, 202}
    play.world.clock.offset += 3605
    assert _keep(play, browser.get("/after-an-hour")).status == 200
    mutation: Mutation = {"refresh": {"refresh_error": "invalid_grant"}}
    other = play.gate.browser()
    assert _sign_in(play, other, mutation).status == 302
    play.world.clock.offset += 3605
    assert _keep(play, other.get("/after-the-grant")).status == 302
    _keep(play, browser.get("/oauth2/sign_out?rd=%2Fbye"))
    late = play.gate.browser()
    _sign_in(play, late)
    cookies = late.jar.line(late.host, "/", https=True)
    play.world.clock.offset += 604801
    assert _keep(play, late.ask("GET", "/x", *NAVIGATION, cookies=cookies)).status == 302


def _fail_on_the_way(play: Play) -> None:
    for change in ("lost", "other", "late", "again", "error", "iss"):
        browser = play.gate.browser()
        started = _keep(play, browser.get("/deep?q=1"))
        back = play.idp.authorize(started.get("location"), "alice@example.com")
        pairs = dict(back.parameters)
        if change == "lost":
            browser.jar.cookies.clear()
        elif change == "late":
            play.world.clock.offset += 1000
        elif change == "other":
            pairs["state"] += "x"
        elif change == "error":
            pairs = {"error": pairs["code"], "error_description": "x", "state": pairs["state"]}
        elif change == "iss":
            pairs["iss"] = "https://attacker.example/" + pairs["code"]
        for _ in range(2 if change == "again" else 1):
            _keep(play, browser.get(f"{CALLBACK}?{urlencode(pairs)}"))


def _hear_of_logouts(play: Play) -> None:
    browser = play.gate.browser()
    _sign_in(play, browser)
    twice = {"jti": secrets.token_hex(8), "twice": True}
    for change in ({"nonce": "canary-nonce"}, {"alg": "none"}, {"typ": "canary"}, twice):
        for token in tokens_of(play.idp, change):
            _keep(play, post(play.gate.browser(), token))
    assert [answer.status for answer in play.answers[-5:]] == [400, 400, 400, 200, 400]
    assert _keep(play, browser.get("/after-the-logout")).status == 302


def _bring_rubbish(play: Play) -> None:
    browser = play.gate.browser()
    _sign_in(play, browser)
    cookies = browser.jar.line(browser.host, "/", https=True)
    bearer = ("Authorization", f"Bearer {BEARER}")
    for target in ("/x", "/oauth2/auth", f"/x?access_token={BEARER}", f"{CALLBACK}?code={BEARER}"):
        _keep(play, browser.ask("GET", target, *NAVIGATION, bearer, cookies=cookies[:-3]))
    _keep(play, browser.ask("GET", "/x\x01", *NAVIGATION, cookies=cookies))
    _keep(play, browser.ask("BREW", "/oauth2/callback", cookies=cookies))


def _lose_the_provider(play: Play) -> None:
    for how in ("cut", "half", ""):
        code = secrets.token_urlsafe(8)
        body = f'{{"error": "{play.idp.client_secret} {code}"}}'.encode()
        play.idp.answers["token"] = Canned(503, body, how=how)
        _sign_in(play, play.gate.browser())
    play.idp.answers.clear()


def _echoing(play: Play, mutation: Mutation) -> Mutation:
    """Return the mutation with the gate's own secrets put into the provider's answers."""
    secret = play.idp.client_secret
    changed = dict(mutation)
    for name in ("token_response_raw", "userinfo_raw", "token_redirect"):
        if "%s" in str(changed.get(name, "")):
            text = changed[name]
            changed[name] = text % ((secret, BEARER)[: text.count("%s")] if text else ())
    return changed


def last_cookie(play: Play) -> str:
    """Return the value of the newest cookie that was set."""
    return [value for answer in play.answers for value in _sealed(answer)][-1]


def _sealed(answer: Answer) -> Iterator[str]:
    for line in answer.all("set-cookie"):
        value = line.partition("=")[2].partition(";")[0]
        if len(value) > 20:
            yield value


def _asked(answer: Answer) -> Iterator[str]:
    query = answer.get("location").partition("?")[2]
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in {"state", "nonce", "code_challenge"}:
            yield value
