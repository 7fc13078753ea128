"""The keys of identity tokens follow the ring of secrets; see also the frontend's test."""

from sidegate.app.identity_tokens import token_field
from sidegate.core.messages import Asker
from sidegate.core.secret import Secret
from tests.kit.gate import NOW, proxy, session_of

ASKER = Asker("192.0.2.1", "https", "App.Test", trusted=False)


def test_another_secret_means_another_key() -> None:
    gate = proxy(
        "--pass-identity-token",
        "--identity-token-issuer=https://gate.test",
        "--identity-token-audience={host}",
    )
    made, session = token_field(gate.base), session_of(gate)
    before = made.token(session, ASKER)
    assert made.token(session, ASKER) is before
    gate.base.ring.change([Secret(b"n" * 32)])
    assert made.token(session, ASKER) != before
    assert gate.now == NOW
