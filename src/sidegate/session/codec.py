"""Sessions and sign-in attempts as bytes, ready to be sealed.

Rule 1: nothing is stored that no option uses; `Keep` says what is used.
Rule 2: what cannot be read is None, never an exception: the bytes are authentic, but they may be
    of another version.
Rule 3: inflating is bounded.

The first byte is the form: plain or deflated MessagePack. The second thing inside is the version
of the record. Deflating beside secrets is safe here: a person chooses nothing of a session, and
gets no series of sizes to compare.
"""

import zlib
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec

from sidegate.core.errors import SessionTooLarge
from sidegate.core.identity import NO_CLAIMS, Identity, Session, Tokens
from sidegate.core.ports import Attempt
from sidegate.core.secret import Secret

MOST_BYTES: Final = 256 * 1024  # eight cookies never deflate more honest content than this
_PLAIN: Final = b"\x01"
_DEFLATED: Final = b"\x02"

Record = TypeVar("Record", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Keep:
    """Which of the provider's gifts some option uses; the rest is not stored.

    `access_token`: for options that pass it on, `id_token`: the same, or as a hint at sign-out,
    `refresh_token`: to renew the session, or the access token where that is how it is renewed,
    `provider_session_id`: for back-channel logout. `id_token_is_hint`: no more than that, so that
    it may go when the session would not fit.
    """

    access_token: bool = False
    id_token: bool = False
    refresh_token: bool = True
    provider_session_id: bool = False
    id_token_is_hint: bool = False


class _SessionRecord(msgspec.Struct, array_like=True, tag=1, forbid_unknown_fields=True):
    id: str
    provider: str
    user: str
    email: str
    preferred_username: str
    groups: tuple[str, ...]
    access_token: str | None
    id_token: str | None
    refresh_token: str | None
    expires_at: float | None
    created_at: float
    refreshed_at: float
    ends_at: float
    generation: int
    provider_session_id: str
    claims: dict[str, tuple[str, ...]] = {}  # since it is kept; sessions of before have none
    idle_until: float = 0.0
    renews_by_asking: bool = False
    device: str = ""


class _AttemptRecord(msgspec.Struct, array_like=True, tag=1, forbid_unknown_fields=True):
    state: str
    nonce: str
    verifier: str
    return_url: str
    redirect_uri: str
    provider: str
    created_at: float
    rounds: int = 0


_encode = msgspec.msgpack.Encoder().encode
_session_decoder = msgspec.msgpack.Decoder(_SessionRecord)
_attempt_decoder = msgspec.msgpack.Decoder(_AttemptRecord)


def encode_session(session: Session, keep: Keep) -> bytes:
    """Return the session without the tokens that `keep` does not name.

    Raises SessionTooLarge for what `decode_session` would not inflate.
    """
    who, tokens = session.identity, session.tokens
    follows_token = keep.access_token or keep.refresh_token
    asks = tokens.renews_by_asking and keep.refresh_token
    record = _SessionRecord(
        id=session.id,
        provider=session.provider,
        user=who.user,
        email=who.email,
        preferred_username=who.preferred_username,
        groups=who.groups,
        access_token=_reveal(tokens.access_token, keep=keep.access_token or asks),
        id_token=_reveal(tokens.id_token, keep=keep.id_token),
        refresh_token=_reveal(tokens.refresh_token, keep=keep.refresh_token),
        expires_at=tokens.expires_at if follows_token else None,
        created_at=session.created_at,
        refreshed_at=session.refreshed_at,
        ends_at=session.ends_at,
        generation=session.generation,
        provider_session_id=session.provider_session_id if keep.provider_session_id else "",
        claims=dict(who.claims),
        idle_until=session.idle_until,
        renews_by_asking=asks,
        device=session.device,
    )
    return _pack(record)


def decode_session(data: bytes) -> Session | None:
    """Return the session that `encode_session` wrote, or None for anything else."""
    record = _unpack(data, _session_decoder)
    if record is None or not record.id or not record.user:
        return None
    times = (record.created_at, record.refreshed_at, record.ends_at, record.idle_until)
    if not all(map(isfinite, (*times, record.expires_at or 0.0))):
        return None  # a comparison with NaN is never true, so such a session would never end
    return Session(
        id=record.id,
        provider=record.provider,
        identity=Identity(
            record.user,
            record.email,
            record.preferred_username,
            record.groups,
            MappingProxyType(record.claims) if record.claims else NO_CLAIMS,
        ),
        tokens=Tokens(
            _wrap(record.access_token),
            _wrap(record.id_token),
            _wrap(record.refresh_token),
            record.expires_at,
            record.renews_by_asking,
        ),
        created_at=record.created_at,
        refreshed_at=record.refreshed_at,
        ends_at=record.ends_at,
        generation=record.generation,
        provider_session_id=record.provider_session_id,
        idle_until=record.idle_until,
        device=record.device,
    )


def encode_attempt(attempt: Attempt) -> bytes:
    """Return the sign-in attempt with all its secrets; seal it before it goes anywhere."""
    record = _AttemptRecord(
        state=attempt.state,
        nonce=attempt.nonce,
        verifier=attempt.verifier.reveal(),
        return_url=attempt.return_url,
        redirect_uri=attempt.redirect_uri,
        provider=attempt.provider,
        created_at=attempt.created_at,
        rounds=attempt.rounds,
    )
    return _pack(record)


def decode_attempt(data: bytes) -> Attempt | None:
    """Return the attempt that `encode_attempt` wrote, or None for anything else."""
    record = _unpack(data, _attempt_decoder)
    if record is None or not record.state or not isfinite(record.created_at):
        return None
    return Attempt(
        state=record.state,
        nonce=record.nonce,
        verifier=Secret(record.verifier),
        return_url=record.return_url,
        redirect_uri=record.redirect_uri,
        provider=record.provider,
        created_at=record.created_at,
        rounds=record.rounds,
    )


def _reveal(secret: Secret[str] | None, *, keep: bool) -> str | None:
    return secret.reveal() if secret is not None and keep else None


def _wrap(text: str | None) -> Secret[str] | None:
    return None if text is None else Secret(text)


def _pack(record: msgspec.Struct) -> bytes:
    plain = _encode(record)
    if len(plain) > MOST_BYTES:
        raise SessionTooLarge(f"{len(plain)} bytes are to be kept, {MOST_BYTES} are the most")
    deflated = zlib.compress(plain)
    return _DEFLATED + deflated if len(deflated) < len(plain) else _PLAIN + plain


def _unpack(data: bytes, decoder: msgspec.msgpack.Decoder[Record]) -> Record | None:
    form, body = data[:1], data[1:]
    plain = _inflate(body) if form == _DEFLATED else body
    if plain is None or form not in {_PLAIN, _DEFLATED}:
        return None
    try:
        return decoder.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _inflate(body: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(body, MOST_BYTES)
    except zlib.error:
        return None
    return plain if inflater.eof and not inflater.unused_data else None
