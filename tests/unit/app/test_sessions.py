"""Sessions keep what is used, and belong to one issuer and client."""

import pytest

from sidegate.app.sessions import what_to_keep
from tests.kit.gate import cookie_for, proxy, request
from tests.kit.wire import Wire
from tests.unit.app.conftest import MakeSettings


@pytest.mark.parametrize(
    ("flags", "access", "identity"),
    [
        ((), False, False),
        (("--pass-access-token",), True, False),
        (("--pass-authorization-header",), False, True),
        (("--set-authorization-header",), False, True),
        (("--oidc-end-session",), False, True),
    ],
)
def test_a_session_keeps_only_the_tokens_that_are_used(
    settings: MakeSettings, flags: tuple[str, ...], *, access: bool, identity: bool
) -> None:
    made = settings(*flags)
    keep = what_to_keep(made, made.providers[0])
    assert (keep.access_token, keep.id_token, keep.refresh_token) == (access, identity, True)


def test_a_session_of_another_issuer_or_client_is_not_ours() -> None:
    foreign = [proxy("--client-id=other"), proxy("--oidc-issuer-url=https://other.test")]
    for other in foreign:
        gate = proxy()
        with Wire(gate, refuse=gate.refuse) as wire:
            wire.client_sends(request(cookie=cookie_for(other)))
            assert wire.client_got().status == 403
