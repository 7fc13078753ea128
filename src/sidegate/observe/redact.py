"""The law that nothing secret is printed, and that one event stays one line.

Rule 1: whatever reaches a log passes through here: `uri` for request targets, `text` for the rest.
Rule 2: what comes out is printable ASCII. CR, LF, escape sequences, quotes and every character
        outside ASCII are written as backslash escapes, so nobody can forge a line (CWE-117).
Rule 3: secrets are masked first, cut to length second and escaped third: a cut or an escape must
        never hide a secret's shape from the mask. Of what is much too long, whatever a client
        writes there, only the beginning is looked at (`Redactor._shown`).
Rule 4: over-masking is a nuisance, under-masking is a leak. When in doubt, mask.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from functools import lru_cache
from os.path import commonprefix
from typing import Final, TypeVar
from urllib.parse import quote, unquote_plus

from sidegate.core.secret import Secret

MASK: Final = "***"

SECRET_NAMES: Final = frozenset(
    {
        "auth",
        "authorization",
        "code",
        "code_challenge",
        "cookie",
        "key",
        "nonce",
        "pwd",
        "samlart",
        "samlrequest",
        "samlresponse",
        "session_state",
        "set_cookie",
        "sid",
        "sig",
        "state",
        "ticket",
    }
)
"""Names of parameters and fields whose values are never shown, lower-case, `-` folded to `_`."""

SECRET_ENDINGS: Final = (
    "token",
    "token_hint",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "assertion",
    "verifier",
    "api_key",
    "apikey",
    "private_key",
    "signature",
    "credential",
    "credentials",
    "sessionid",
    "session_id",
)
"""A name that ends like this is secret too: `refresh_token`, `client_secret`, `x_amz_signature`."""

_ENDINGS = "|".join(ending.replace("_", "[_-]?") for ending in SECRET_ENDINGS)
_NAMES = "|".join(sorted(name.replace("_", "[_-]?") for name in SECRET_NAMES))
_START = r"(?:(?<![\w-])|(?<=%26)|(?<=2526)|(?<=%3f)|(?<=253f)|(?<=%23)|(?<=2523)|(?<=%3b))"
_EQUALS = r"""(?:\\*["']\s*[:=,]\s*b?\\*|\s*=\s*|%(?:25)*3d)"""  # JSON, repr, query, encoded query
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s&;,"'<>)\]}]+)"""

# Each linear in the input.
_HEADER = re.compile(r"(?i)\b((?:set-)?cookie2?|(?:proxy-)?authorization)\s*:[^\r\n]*")
_SCHEME = re.compile(r"(?i)\b(bearer|basic|dpop|negotiate)(?:\s|%20|\+|:)+[A-Za-z0-9._~+/=%-]+")
_WEB_USERINFO = re.compile(r"(?i)\b(https?|wss?)://(?:[^\s/?#\"'@]*@)+")
_OTHER_URL = re.compile(r"(?i)\b((?!https?:|wss?:)[a-z][a-z0-9+.-]{1,20})://(\S*)")
_PAIR = re.compile(rf"(?i){_START}([\w-]*?(?:{_ENDINGS})|(?:{_NAMES}))({_EQUALS}){_VALUE}")
_LABEL = re.compile(rf"(?i){_START}([\w-]*?(?:{_ENDINGS}))(\s*:\s*){_VALUE}")
_JWT = re.compile(r"eyJ[A-Za-z0-9_=-]{6,}(?:\.[A-Za-z0-9_=-]*){0,4}")
_SEALED = re.compile(r"[A-Za-z0-9_-]{80,}(?:[.|:=][A-Za-z0-9_=-]*)*")
_SPACE = r"(?: |\+|%20)"
_PRIVATE_KEY = re.compile(  # PEM, also where its end was cut off
    rf"-----BEGIN(?:[A-Z]|{_SPACE})*PRIVATE{_SPACE}KEY-----[\s\S]*?"
    rf"(?:-----END(?:[A-Z]|{_SPACE})*KEY-----|\Z)"
)
_UNPRINTABLE = re.compile(r"[^ !#-\[\]-~]")
_UNSAFE_WORD = re.compile(r"[^!#-\[\]-~]")

# Bytes that need neither masking nor escaping, in a target without a query, its path, a value.
_PLAIN = bytes(set(range(0x21, 0x7F)) - set(b"\"'\\?#=%:;&"))
_PLAIN_PATH = _PLAIN + b"%:"
_PLAIN_VALUE = bytes(set(_PLAIN) - set(b"+"))
_SEALED_LENGTH: Final = 80
_SLACK: Final = 512  # characters after which every shape of a secret is known
Given = TypeVar("Given", str, bytes)


def is_secret_name(name: str) -> bool:
    """Say whether a value of this name (as sent, maybe percent-encoded) must not be shown."""
    if "%" in name or "+" in name:
        name = _decode(name)
    folded = name.strip().lower().replace("-", "_").rstrip("[]")
    folded = folded[max(folded.rfind("["), folded.rfind(".")) + 1 :]
    return folded in SECRET_NAMES or folded.endswith(SECRET_ENDINGS)


def escape(text: str) -> str:
    """Return text that may stand between double quotes: printable ASCII, the rest escaped."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return _UNPRINTABLE.sub(_escape_one, text)


def escape_word(text: str) -> str:
    """Return text that may stand without quotes: as `escape`, and without spaces; `-` for none."""
    return _UNSAFE_WORD.sub(_escape_one, text) or "-"


class Redactor:
    """Masks secrets in texts and targets. One per process.

    `proxy_prefix`: the path of our own endpoints, such as `/oauth2`, whose queries are dropped.
    `known`: secrets of the configuration, masked wherever they turn up, even echoed by somebody.
    """

    __slots__ = ("_known", "_prefix", "_slack", "_under_prefix")

    def __init__(
        self, proxy_prefix: str, known: Iterable[Secret[str] | Secret[bytes]] = ()
    ) -> None:
        self._prefix = proxy_prefix.rstrip("/").encode()
        self._under_prefix = self._prefix + b"/"
        self._known: tuple[str, ...] = ()
        self.learn(known)

    def learn(self, secrets: Iterable[Secret[str] | Secret[bytes]]) -> None:
        """Mask these too from now on; those of before may still turn up, and stay masked."""
        spellings = {*self._known, *_spellings(secrets)}
        self._known = tuple(sorted(spellings, key=len, reverse=True))
        self._slack = max([_SLACK, *map(len, self._known[:1])])

    def __repr__(self) -> str:
        return f"<Redactor {self._prefix.decode('latin-1')} known={len(self._known)}>"

    def uri(self, target: bytes, limit: int = 2048) -> str:
        """Return a request target as it may be logged between quotes.

        The query of an own endpoint is dropped, secret parameters of other paths are masked.
        At most `limit` characters are kept before escaping.
        """
        if not target.translate(None, _PLAIN) and len(target) <= limit and b"eyJ" not in target:
            return target.decode("ascii")
        return escape(self.target(target, limit))

    def target(self, target: bytes, limit: int = 2048) -> str:
        """Return the same, not yet escaped."""
        return self._shown(target, limit, self._target)

    def _target(self, target: bytes) -> str:
        path, mark, query = target.partition(b"?")
        text = path.decode("latin-1")
        if path.translate(None, _PLAIN_PATH) or b"%3" in path or b"%25" in path or b"eyJ" in path:
            text = self._mask(text)
        if mark and path != self._prefix and not path.startswith(self._under_prefix):
            text = f"{text}?{'&'.join(map(self._parameter, query.split(b'&')))}"
        return text

    def _parameter(self, parameter: bytes) -> str:
        name, equals, value = parameter.partition(b"=")
        if equals and (_is_secret if len(name) < _SEALED_LENGTH else _is_secret.__wrapped__)(name):
            return f"{self._mask(name.decode('latin-1'))}={MASK}"
        shown = name + value
        if shown.translate(None, _PLAIN_VALUE) or len(shown) >= _SEALED_LENGTH or b"eyJ" in shown:
            return self._mask(parameter.decode("latin-1"))
        return parameter.decode("latin-1")

    def text(self, text: str, limit: int = 4096) -> str:
        """Return free text with everything that looks like a secret masked; not yet escaped.

        At most `limit` characters are kept. Pass the result to `escape` or `escape_word`.
        """
        return self._shown(text, limit, self._mask)

    def _shown(self, given: Given, limit: int, mask: Callable[[Given], str]) -> str:
        """Return what may be shown of a text, without masking all of one that is much too long.

        What two looks agree on is no piece of a secret that a cut made unknown: the second one
        sees far enough beyond where the first one ends.
        """
        far = limit + self._slack
        if len(given) <= far:
            return _cut(mask(given), limit)
        looks = mask(given[:limit]), mask(given[:far])
        return commonprefix(looks)[:limit] + "..."  # noqa: RUF071 - letters are what is compared

    def _mask(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, MASK)
        if "-----BEGIN" in text:
            text = _PRIVATE_KEY.sub(MASK, text)
        text = _HEADER.sub(rf"\1: {MASK}", text)
        text = _SCHEME.sub(rf"\1 {MASK}", text)
        if "://" in text:
            text = _WEB_USERINFO.sub(rf"\1://{MASK}@", text)
            text = _OTHER_URL.sub(_mask_userinfo, text)
        text = _PAIR.sub(rf"\1\2{MASK}", text)
        text = _LABEL.sub(rf"\1\2{MASK}", text)
        text = _JWT.sub(MASK, text)
        return _SEALED.sub(MASK, text)


def _mask_userinfo(found: re.Match[str]) -> str:
    # Up to the last `@`: a password that was not percent-encoded may hold `/` and `@` itself.
    _, at, rest = found[2].rpartition("@")
    return f"{found[1]}://{MASK}@{rest}" if at else found[0]


@lru_cache(maxsize=256)  # the same few names come again and again; long ones are not kept
def _is_secret(name: bytes) -> bool:
    return is_secret_name(name.decode("latin-1"))


def _decode(name: str) -> str:
    for _ in range(3):  # a name may be encoded again inside an encoded address
        decoded = unquote_plus(name)
        if decoded == name:
            break
        name = decoded
    return name


def _escape_one(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return "\\" + character
    point = ord(character)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + "..."


def _spellings(known: Iterable[Secret[str] | Secret[bytes]]) -> set[str]:
    """Every way a known secret may be written; short ones would mask half the log."""
    found = set()
    for secret in known:
        for text in _written(secret.reveal()):
            if len(text) >= 8:
                found |= {text, quote(text, safe="")}
    return found


def _written(value: str | bytes) -> Iterable[str]:
    """Yield a secret as it may stand in a file: a key is written in letters there."""
    if isinstance(value, str):
        yield value
        return
    yield value.decode("latin-1")
    yield value.hex()
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(value).decode().rstrip("=")
