"""What else happens at a gate but signing in at a provider, with every secret of it planted.

Passwords, tokens of programs, the token for the application, the person's own page, and a desk that
takes requests for erasure and sends back all it was told.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import bcrypt
import trustme

from tests.conformance.attacks import CALLBACK, Play
from tests.conformance.browser import NAVIGATION, Answer, Browser
from tests.conformance.exercise import DEBUG, exercise
from tests.conformance.gates import METRICS
from tests.conformance.provider import Canned, Provider
from tests.conformance.world import World

FLAGS = (
    "--email-domain=example.com",
    "--reverse-proxy",
    "--skip-provider-button",
    "--pass-access-token",
    "--pass-authorization-header",
    *DEBUG,
)
KEPT = ("--audit-log-max-age=0",)  # the clock of the tests is ahead of that of the disk
PASSWORD, OTHER_PASSWORD = "canary-password-of-bob", "canary-password-of-eve"
WRONG_PASSWORD = "canary-password-that-is-wrong"
WEBHOOK_KEY = "canary-webhook-key-of-thirty-two"
WEBHOOK = f"whsec_{base64.b64encode(WEBHOOK_KEY.encode()).decode()}"
ISSUER = "https://app.example.com"
_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_OWN = (("Origin", ISSUER), ("Sec-Fetch-Site", "same-origin"))
TOKEN_OF_FORM = re.compile(r'name="token" value="([^"]+)"')


def planted(folder: Path, idp: Provider) -> tuple[tuple[str, ...], set[str]]:
    """Return flags that turn all of it on, and the secrets that they give."""
    hashes = [
        bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
        "{SHA}" + base64.b64encode(_sha1(OTHER_PASSWORD)).decode(),
    ]
    users = folder / "users"
    users.write_text(f"bob:{hashes[0]}\neve:{hashes[1]}\n")
    (folder / "webhook").write_text(WEBHOOK)
    certificate = trustme.CA().issue_cert("127.0.0.1")
    key = certificate.private_key_pem.bytes().decode()
    (folder / "tls.key").write_text(key)
    certificate.cert_chain_pems[0].write_to_path(str(folder / "tls.crt"))
    flags = (
        f"--htpasswd-file={users}",
        "--skip-jwt-bearer-tokens",
        "--pass-identity-token",
        f"--identity-token-issuer={ISSUER}",
        f"--identity-token-audience={ISSUER}",
        f"--erasure-request-url={idp.issuer}/desk?key=canary-in-the-address",
        f"--erasure-request-secret-file={folder / 'webhook'}",
        "--https-address=127.0.0.1:0",
        f"--tls-cert-file={folder / 'tls.crt'}",
        f"--tls-key-file={folder / 'tls.key'}",
    )
    secrets = {PASSWORD, OTHER_PASSWORD, WRONG_PASSWORD, WEBHOOK_KEY, WEBHOOK, *hashes}
    return flags, secrets | set(key.splitlines()[1:-1]) | {"canary-in-the-address"}


@contextmanager
def of(
    world: World, folder: Path, *more: str, environment: tuple[tuple[str, str], ...] = ()
) -> Iterator[Play]:
    """Yield a whole life of sessions at a gate with these flags too, once it has been lived."""
    idp = world.provider(client_id="canary-client", client_secret="canary:client%secret+ ü" * 2)
    idp.forget()
    own, secrets = planted(folder, idp)
    audit = folder / "audit.jsonl"
    flags = (*FLAGS, *own, METRICS, f"--audit-log-file={audit}", *KEPT, *more)
    gate = world.gate(idp, *flags, environment=environment)
    play = Play(world, flags, gate, idp, world.provider(client_id="trap"), idp)
    play.audit, play.planted = audit, secrets
    exercise(play)
    live(play)
    yield play
    gate.hang_up()
    idp.forget()


def live(play: Play) -> None:
    """Do all of it, well and badly."""
    bring_passwords(play)
    bring_tokens(play)
    look_at_oneself(play)
    play.planted |= {
        token for r in play.upstream_requests() if (token := r.get("x-auth-request-jwt"))
    }


def bring_passwords(play: Play) -> None:
    for user, password in (("bob", PASSWORD), ("eve", OTHER_PASSWORD), ("bob", WRONG_PASSWORD)):
        form = {"username": user, "password": password, "rd": "/deep"}
        browser = play.gate.browser()
        body = urlencode(form).encode()
        program = (("Accept", "*/*"), ("User-Agent", "curl/8"), _FORM)
        sent = _keep(play, browser.ask("POST", "/oauth2/sign_in", *program, body=body))
        assert sent.status == (302 if password != WRONG_PASSWORD else 401), sent
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        play.planted.add(pair)
        for target in ("/x", "/oauth2/auth", f"/x?password={password}"):
            basic = ("Authorization", f"Basic {pair}")
            _keep(play, play.gate.browser().ask("GET", target, ("Accept", "*/*"), basic))


def bring_tokens(play: Play) -> None:
    good = play.idp.id_token("alice@example.com")
    bad = [
        play.idp.id_token("alice@example.com", mutation)
        for mutation in ({"sig_flip": 3}, {"claims": {"exp": 1}}, {"header": {"kid": "gone"}})
    ]
    play.planted |= {good, *bad}
    for token in (good, *bad):
        bearer = ("Authorization", f"Bearer {token}")
        answer = _keep(play, play.gate.browser().ask("GET", "/x", ("Accept", "*/*"), bearer))
        assert (answer.status == 200) == (token == good), answer.raw


def look_at_oneself(play: Play) -> None:
    browser = play.gate.browser()
    back = play.idp.authorize(browser.get("/deep").get("location"), "alice@example.com")
    _keep(play, browser.get(f"{CALLBACK}?{urlencode(back.parameters)}"))
    _keep(play, browser.get("/"))
    for target in ("/oauth2/account", "/oauth2/account?download"):
        assert _keep(play, browser.get(target)).status == 200
    for status in (500, 204):
        play.idp.answers["desk"] = Canned(status, f"{WEBHOOK_KEY} {WEBHOOK}".encode())
        asked = _send(play, browser, do="ask")
        done = _send(play, browser, do="erase", token=TOKEN_OF_FORM.findall(asked.text)[-1])
        assert done.status == (200 if status == 204 else 503), done
    signed = [
        call.fields["webhook-signature"] for call in play.idp.calls if call.endpoint == "desk"
    ]
    play.planted |= {one.removeprefix("v1,") for one in signed}


def _sha1(password: str) -> bytes:
    return hashlib.sha1(
        password.encode(), usedforsecurity=False
    ).digest()  # as files of old have it


def _send(play: Play, browser: Browser, **form: str) -> Answer:
    body = urlencode(form).encode()
    fields = (*NAVIGATION, *_OWN, _FORM)
    return _keep(play, browser.ask("POST", "/oauth2/account", *fields, body=body))


def _keep(play: Play, answer: Answer) -> Answer:
    play.answers.append(answer)
    return answer
