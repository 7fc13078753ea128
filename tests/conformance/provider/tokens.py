"""ID tokens, honest and forged, byte by byte."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.macros import expand
from tests.conformance.provider.keys import Key, encode, key, mac

Mutation = dict[str, Any]
"""What is wrong with a sign-in on purpose; `Provider` lists the names."""

# A header that points to a key elsewhere is only an attack when that key made the signature.
_BRINGS_A_KEY = {"jku", "jwk", "x5u", "x5c"}


@dataclass(frozen=True)
class Keys:
    """The keys of one provider. `rsa` signs unless a header names another algorithm."""

    rsa: Key = field(default_factory=lambda: key("rsa-1"))
    ec: Key = field(default_factory=lambda: key("ec-1", "ES256"))
    ed: Key = field(default_factory=lambda: key("ed-1", "EdDSA"))
    attacker: Key = field(default_factory=lambda: key("attacker"))

    def signer(self, header: Mapping[str, Any]) -> Key:
        """Return the key that signs under a header: the attacker's where it brings a key."""
        if _BRINGS_A_KEY & header.keys():
            return self.attacker
        algorithm = str(header.get("alg"))
        return {"ES": self.ec, "Ed": self.ed}.get(algorithm[:2], self.rsa)


def at_hash(access_token: str, algorithm: str) -> str:
    """Return the claim of that name (OpenID Connect Core section 3.1.3.6)."""
    size = algorithm[-3:] if algorithm[-3:] in {"256", "384", "512"} else "512"
    digest = hashlib.new(f"sha{size}", access_token.encode()).digest()
    return encode(digest[: len(digest) // 2])


def make(
    claims: Mapping[str, Any], mutation: Mutation, keys: Keys, names: Mapping[str, Any]
) -> str:
    """Return a token with these claims, after everything that `mutation` does to it.

    `names`: what macros may name. `now` among them is the time.
    """
    now = names["now"]
    if "raw" in mutation:
        return str(expand(mutation["raw"], _raw_tokens(names), now))
    changed = {**claims, **expand(mutation.get("claims", {}), names, now)}
    for name in _listed(mutation.get("remove")):
        changed.pop(name, None)
    header = {"typ": "JWT", "alg": mutation.get("alg", "RS256")}
    header["kid"] = keys.signer({**header, **mutation.get("header", {})}).kid
    header |= expand(mutation.get("header", {}), names, now)
    for name in _listed(mutation.get("header_remove")):
        header.pop(name, None)
    return _TRANSFORMS[mutation.get("transform", "none")](_signed(header, changed, mutation, keys))


def _signed(header: dict[str, Any], claims: dict[str, Any], mutation: Mutation, keys: Keys) -> str:
    head = mutation.get("header_text") or json.dumps(header)
    body = mutation.get("payload_text") or json.dumps(claims)
    text = f"{encode(head.encode())}.{encode(body.encode('utf-8', 'surrogatepass'))}"
    if "sig" in mutation:
        return f"{text}.{mutation['sig']}"
    return f"{text}.{encode(_signature(header, text.encode(), mutation, keys))}"


def _signature(header: dict[str, Any], text: bytes, mutation: Mutation, keys: Keys) -> bytes:
    algorithm = str(header.get("alg"))
    signer = key(mutation["signer"]) if "signer" in mutation else keys.signer(header)
    if algorithm.lower() == "none":
        return b""
    if algorithm.startswith("HS"):
        return mac(_abused(mutation.get("hmac_key", "$jwks_der"), keys), algorithm, text)
    signature = signer.sign(
        mutation.get("sign_as", algorithm), text, der=mutation.get("sig_format") == "der"
    )
    if "sig_flip" in mutation:
        signature = bytes([signature[0] ^ (1 << mutation["sig_flip"] % 8)]) + signature[1:]
    return signature


def _abused(name: str, keys: Keys) -> bytes:
    """Return what a confused verifier might take for an HMAC key."""
    if name.startswith("$jwks_"):
        return keys.rsa.public(name.removeprefix("$jwks_"))
    return {"$n": keys.rsa.jwk()["n"], "$empty": "", "$zero": "\0" * 32}.get(name, name).encode()


def _raw_tokens(names: Mapping[str, Any]) -> dict[str, Any]:
    bomb = {"alg": "PBES2-HS256+A128KW", "enc": "A128CBC-HS256", "p2s": "AAAA", "p2c": 10**9}
    jwe = ".".join([encode(json.dumps(bomb).encode()), *(encode(b"x" * 16) for _ in range(4))])
    return {**names, "jwe_pbes2_p2c_1e9": jwe}


def _insert(text: str) -> Callable[[str], str]:
    return lambda token: token[:10] + text + token[10:]


def _padded(token: str) -> str:
    return ".".join(part + "=" * (-len(part) % 4 or 4) for part in token.split("."))


def _surplus_bits(token: str) -> str:
    """Set bits that no byte needs: another spelling of the same signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


_TRANSFORMS: dict[str, Callable[[str], str]] = {
    "none": str,
    "insert_space": _insert(" "),
    "insert_newline": _insert("\n"),
    "insert_junk": _insert("!"),
    "insert_nul": _insert("\0"),
    "pad": _padded,
    "std_b64": lambda token: token.replace("-", "+").replace("_", "/") + "+",
    "noncanonical": _surplus_bits,
    "lead_space": lambda token: " " + token,
    "trail_newline": lambda token: token + "\n",
    "trail_dot": lambda token: token + ".",
    "extra_part": lambda token: token + ".AAAA",
    "drop_part": lambda token: token.rpartition(".")[0],
    "empty": lambda _: "",
    "swap_parts": lambda token: ".".join(token.split(".")[i] for i in (1, 0, 2)),
}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def new(kind: str) -> str:
    """Return an opaque value that says what it is, so that a leak is recognized."""
    return f"{kind}-{secrets.token_urlsafe(24)}"
