"""The identity the application can believe."""

import dataclasses
from types import MappingProxyType
from typing import Any

from sidegate.config.settings import HeaderSettings
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.core.secret import Secret
from sidegate.gate.identity_headers import STRIPPED_FAMILIES, IdentityHeaders
from sidegate.http1.names import Passes

PLAIN = HeaderSettings(
    pass_user_headers=True,
    prefer_email_to_user=False,
    pass_access_token=False,
    pass_authorization_header=False,
    set_xauthrequest=False,
    set_authorization_header=False,
    claim_headers=(),
    pass_identity_token=False,
    identity_token_issuer="",
    identity_token_audience="",
    identity_token_lifetime=120.0,
)
ALICE = Session(
    "id",
    "oidc",
    Identity("u1", "alice@a.test", "al", ("g1", "g,2")),
    Tokens(Secret("AT"), Secret("IT"), Secret("RT")),
    0,
    0,
    100,
)


def headers(**options: Any) -> IdentityHeaders:
    values = {name: getattr(PLAIN, name) for name in PLAIN.__struct_fields__}
    return IdentityHeaders(HeaderSettings(**{**values, **options}))


def test_both_families_go_upstream() -> None:
    fields = dict(headers().for_application(ALICE))
    for prefix in ("X-Forwarded-", "X-Auth-Request-"):
        assert fields[prefix + "User"] == "u1"
        assert fields[prefix + "Email"] == "alice@a.test"
        assert fields[prefix + "Preferred-Username"] == "al"


def test_a_comma_in_a_group_makes_no_second_group() -> None:
    assert dict(headers().for_application(ALICE))["X-Forwarded-Groups"] == "g1,g%2C2"


def test_tokens_go_nowhere_unless_asked_for() -> None:
    sent, told = headers().blocks(ALICE)
    assert all(token not in sent + told for token in (b"AT", b"IT", b"RT"))
    sent, _ = headers(pass_access_token=True, pass_authorization_header=True).blocks(ALICE)
    assert b"X-Forwarded-Access-Token: AT\r\n" in sent
    assert b"Authorization: Bearer IT\r\n" in sent


def test_the_client_is_told_more_only_where_asked_for() -> None:
    assert headers().for_client(ALICE) == [("GAP-Auth", "alice@a.test")]
    told = dict(headers(set_xauthrequest=True, set_authorization_header=True).for_client(ALICE))
    assert told["X-Auth-Request-Email"] == "alice@a.test"
    assert told["Authorization"] == "Bearer IT"


def test_the_email_can_stand_for_the_user() -> None:
    fields = dict(headers(prefer_email_to_user=True).for_application(ALICE))
    for prefix in ("X-Forwarded-", "X-Auth-Request-"):
        assert fields[prefix + "User"] == "alice@a.test"
        assert prefix + "Email" not in fields


def test_where_the_email_stands_for_the_user_nothing_takes_its_place() -> None:
    nameless = dataclasses.replace(ALICE, identity=Identity("boss@a.test"))
    assert headers(prefer_email_to_user=True).for_application(nameless) == []


def test_answers_tell_user_and_email_apart_whatever_the_application_gets() -> None:
    told = dict(headers(prefer_email_to_user=True, set_xauthrequest=True).for_client(ALICE))
    assert told["X-Auth-Request-User"] == "u1"
    assert told["X-Auth-Request-Email"] == "alice@a.test"


def test_what_a_session_does_not_say_is_not_sent() -> None:
    nobody = dataclasses.replace(ALICE, identity=Identity(""))
    assert headers().for_application(nobody) == []


def test_everything_we_set_is_stripped_from_clients() -> None:
    everything = headers(
        pass_access_token=True, pass_authorization_header=True, set_xauthrequest=True
    )
    passes = Passes(everything.stripped, STRIPPED_FAMILIES)
    sent = everything.for_application(ALICE) + everything.for_client(ALICE)
    assert len(sent) > 10
    assert not any(passes[name.lower().encode()] for name, _ in sent)


def test_a_value_with_a_line_break_is_left_out() -> None:
    evil = dataclasses.replace(ALICE, identity=Identity("u1", "a@b\r\nX-Admin: 1"))
    sent, told = headers().blocks(evil)
    assert b"X-Admin" not in sent + told


def test_answer_fields_are_utf_8_and_leave_out_what_could_break_out() -> None:
    other = dataclasses.replace(ALICE, identity=Identity("u", "zo\u00eb@a.test", "a\r\nX-Evil: 1"))
    fields = dict(headers(set_xauthrequest=True).answer_fields(other))
    assert fields["GAP-Auth"].encode("latin-1") == "zo\u00eb@a.test".encode()
    assert "X-Auth-Request-Preferred-Username" not in fields


def test_names_in_other_scripts_are_utf_8() -> None:
    other = dataclasses.replace(ALICE, identity=Identity("J\u00fcrgen"))
    assert "X-Forwarded-User: J\u00fcrgen\r\n".encode() in headers().blocks(other)[0]


def test_blocks_are_remembered_in_bounds() -> None:
    known = headers()
    for _ in range(3000):
        known.blocks(dataclasses.replace(ALICE))
    assert len(known._known) <= 2048


def test_claims_become_fields_that_no_client_can_send() -> None:
    claims = MappingProxyType({"department": ("R&D, Berlin",), "roles": ("a", "b")})
    identity = dataclasses.replace(ALICE.identity, claims=claims)
    session = dataclasses.replace(ALICE, identity=identity)
    wanted = (("X-Department", "department"), ("X-Roles", "roles"), ("X-Office", "office"))
    made = headers(claim_headers=wanted)
    fields = dict(made.for_application(session))
    assert fields["X-Department"] == "R&D%2C Berlin"
    assert fields["X-Roles"] == "a,b"
    assert "X-Office" not in fields, "what nobody said is not sent"
    assert made.stripped >= {b"x-department", b"x-roles", b"x-office"}
    assert "X-Roles" not in dict(made.for_client(session))
    told = headers(claim_headers=wanted, set_xauthrequest=True).for_client(session)
    assert dict(told)["X-Roles"] == "a,b"
