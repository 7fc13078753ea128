"""The one primitive that seals, and the only code that touches keys.

Rule 1: AES-256-GCM with a key of its own per purpose (HKDF-SHA256, RFC 5869).
Rule 2: purpose and context are authenticated with their lengths, so that no byte moves between
    them; a value sealed for one purpose or cookie name never opens under another.
Rule 3: one key of the ring seals, the first unless `seals` says another; every key opens.
Rule 4: whatever is wrong with a value, the answer is the same None.

A sealed value is URL-safe base64 without padding of

    version (1 byte) | key id (4) | nonce (12) | ciphertext | tag (16)

The key id is derived from the key and tells nothing of it. Nonces are random: one key may seal
2**32 values (NIST SP 800-38D section 8.3), a thousand sign-ins a second for 49 days.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sidegate.core.ports import Randomness
from sidegate.core.secret import Secret

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_NAME_BYTES: Final = 20
_HEAD_BYTES: Final = len(_VERSION) + _ID_BYTES
_HEAD_LETTERS: Final = 8  # of base64, in which the head stands whole
_LEAST_BYTES: Final = _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES


def _derive(secret: Secret[bytes], info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"sidegate/1/" + info).derive(secret.reveal())


def _prefixed(*parts: bytes) -> bytes:
    """Join parts so that no other parts give the same bytes (4-byte big-endian lengths)."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _decode(token: bytes) -> bytes | None:
    """Return the bytes of canonical unpadded base64url, or None.

    `urlsafe_b64decode` skips junk and ignores surplus bits; encoding again and comparing leaves
    one single spelling of each value.
    """
    try:
        raw = urlsafe_b64decode(token + b"=" * (-len(token) % 4))
    except ValueError:
        return None
    return raw if urlsafe_b64encode(raw).rstrip(b"=") == token else None


class Sealer:
    """Seals and opens values of one purpose. Made by `KeyRing.sealer`, and kept up by the ring."""

    __slots__ = ("_by_id", "_keys", "_purpose", "_randomness", "_seals")

    def __init__(
        self, keys: list[tuple[bytes, AESGCM]], seals: int, purpose: bytes, randomness: Randomness
    ) -> None:
        self._purpose = purpose
        self._randomness = randomness
        self.take(keys, seals)

    def take(self, keys: list[tuple[bytes, AESGCM]], seals: int) -> None:
        """Go on with these keys; for the ring alone."""
        by_id: dict[bytes, list[AESGCM]] = {}
        for key_id, key in keys:
            # Two keys with the same id are as good as impossible; both are tried all the same.
            by_id.setdefault(key_id, []).append(key)
        self._keys, self._seals, self._by_id = keys, seals, by_id

    def is_outdated(self, token: bytes) -> bool:
        """Say whether a value that opened was sealed with a key older than the one that seals now.

        One that is newer is not outdated: another replica began to seal with it a moment before us.
        """
        older = self._keys[self._seals + 1 :]
        if not older:
            return False
        head = urlsafe_b64decode(token[:_HEAD_LETTERS])[:_HEAD_BYTES]
        return any(key_id == head[1:] for key_id, _ in older)

    def seal(self, plaintext: bytes, context: bytes) -> str:
        """Return the sealed value as URL-safe text.

        `context` says where the value belongs (a cookie name); it must be the same at `open`.
        """
        key_id, key = self._keys[self._seals]
        head = _VERSION + key_id
        nonce = self._randomness(_NONCE_BYTES)
        sealed = key.encrypt(nonce, plaintext, self._associated(head, context))
        return urlsafe_b64encode(head + nonce + sealed).rstrip(b"=").decode("ascii")

    def open(self, token: bytes, context: bytes) -> bytes | None:
        """Return what was sealed, or None for anything that one of our keys did not seal so.

        Never raises, and does not tell one kind of wrong from another.
        """
        raw = _decode(token)
        if raw is None or len(raw) < _LEAST_BYTES or raw[:1] != _VERSION:
            return None
        head, nonce = raw[:_HEAD_BYTES], raw[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        for key in self._by_id.get(head[1:], ()):
            try:
                return key.decrypt(
                    nonce, raw[_HEAD_BYTES + _NONCE_BYTES :], self._associated(head, context)
                )
            except InvalidTag:
                continue
        return None

    def _associated(self, head: bytes, context: bytes) -> bytes:
        return _prefixed(head, self._purpose, context)

    def __repr__(self) -> str:
        return f"<Sealer {self._purpose.decode()} keys={len(self._by_id)}>"


class Namer:
    """Names things so that nobody without the keys can tell, or guess, what a name is of.

    Made by `KeyRing.namer`, and kept up by the ring. HMAC-SHA256, cut to 160 bits.
    """

    __slots__ = ("_keys", "_purpose")

    def __init__(self, secrets: Sequence[Secret[bytes]], seals: int, purpose: bytes) -> None:
        self._purpose = purpose
        self.take(secrets, seals)

    def take(self, secrets: Sequence[Secret[bytes]], seals: int) -> None:
        """Go on with these secrets; for the ring alone."""
        in_order = (secrets[seals], *secrets[:seals], *secrets[seals + 1 :])
        self._keys = [_derive(secret, b"name/" + self._purpose, KEY_BYTES) for secret in in_order]

    def names(self, *parts: bytes) -> list[str]:
        """Return the name under each key: the first is for new things, all may be in use."""
        text = _prefixed(*parts)
        return [hmac.digest(key, text, "sha256")[:_NAME_BYTES].hex() for key in self._keys]


class KeyRing:
    """The secrets of the gate in order, the newest first: one seals, all open.

    `secrets`: 32 bytes each, at least one. Raises ValueError for anything else, with the place
    of the secret and never the secret.
    """

    __slots__ = ("_changed", "_namers", "_randomness", "_sealers", "_seals", "_secrets")

    def __init__(self, secrets: Sequence[Secret[bytes]], randomness: Randomness) -> None:
        self._randomness = randomness
        self._sealers: dict[str, Sealer] = {}
        self._namers: dict[str, Namer] = {}
        self._changed: list[Callable[[], None]] = []
        self._secrets, self._seals = _checked(secrets), 0

    def sealer(self, purpose: str) -> Sealer:
        """Return the sealer whose values no other purpose opens; it follows the ring."""
        found = self._sealers.get(purpose)
        if found is None:
            label = purpose.encode()
            keys = _keys(self._secrets, label)
            found = Sealer(keys, self._seals, label, self._randomness)
            self._sealers[purpose] = found
        return found

    def change(self, secrets: Sequence[Secret[bytes]], seals: int = 0) -> None:
        """Go on with other secrets, or another one that seals, in every sealer at once.

        `seals`: the place of the one that seals. Raises ValueError as the class does, and then
        nothing has changed.
        """
        kept = _checked(secrets)
        made = {purpose: _keys(kept, purpose.encode()) for purpose in self._sealers}
        self._secrets, self._seals = kept, seals
        for purpose, keys in made.items():
            self._sealers[purpose].take(keys, seals)
        for namer in self._namers.values():
            namer.take(kept, seals)
        for heard in self._changed:
            heard()

    def derived(self, purpose: str, length: int) -> tuple[int, list[Secret[bytes]]]:
        """Return which secret counts, and of each one `length` bytes for another use than sealing.

        No two purposes get the same bytes, and no sealer uses them.
        """
        label = b"derive/" + purpose.encode()
        return self._seals, [Secret(_derive(one, label, length)) for one in self._secrets]

    def on_change(self, heard: Callable[[], None]) -> None:
        """Call `heard` after each change, for whoever remembers what a key opened."""
        self._changed.append(heard)

    def namer(self, purpose: str) -> Namer:
        """Return what names things of one purpose; it follows the ring."""
        found = self._namers.get(purpose)
        if found is None:
            found = Namer(self._secrets, self._seals, purpose.encode())
            self._namers[purpose] = found
        return found

    def __repr__(self) -> str:
        return f"<KeyRing keys={len(self._secrets)}>"


def _checked(secrets: Sequence[Secret[bytes]]) -> tuple[Secret[bytes], ...]:
    """Return the secrets, each once. Raises ValueError for what is no ring."""
    if not secrets:
        raise ValueError("a key ring needs at least one secret")
    for place, secret in enumerate(secrets, 1):
        if len(secret.reveal()) != KEY_BYTES:
            raise ValueError(f"secret {place} of the key ring is not {KEY_BYTES} bytes long")
    return tuple(dict.fromkeys(secrets))


def _keys(secrets: Sequence[Secret[bytes]], label: bytes) -> list[tuple[bytes, AESGCM]]:
    """Return id and key of each secret, for one purpose."""
    return [
        (
            _derive(secret, b"key-id", _ID_BYTES),
            AESGCM(_derive(secret, b"seal/" + label, KEY_BYTES)),
        )
        for secret in secrets
    ]
