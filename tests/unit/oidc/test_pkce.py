"""Proof Key for Code Exchange."""

import string

from sidegate.core.secret import Secret
from sidegate.oidc.pkce import challenge, new_verifier


def test_the_vector_of_rfc_7636_appendix_b() -> None:
    octets = bytes.fromhex("7418dfb49799e0254ffa607dd8adbbba16d4254d69d6bff05b58055853848d79")
    verifier = new_verifier(lambda count: octets[:count])
    assert verifier.reveal() == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_verifier_is_43_unreserved_characters() -> None:
    verifier: Secret[str] = new_verifier(lambda count: b"\xfb\xff" * (count // 2))
    assert len(verifier.reveal()) == 43
    assert set(verifier.reveal()) <= set(string.ascii_letters + string.digits + "-._~")
