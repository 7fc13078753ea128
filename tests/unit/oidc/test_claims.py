"""From claims to a person."""

from typing import Any

import pytest

from sidegate.core.errors import EmailMalformed, EmailUnverified, IdTokenRejected
from sidegate.core.identity import Identity
from sidegate.oidc.claims import ClaimNames, find, identity_of, updated

NAMES = ClaimNames("email", "groups")


def person(claims: dict[str, Any], userinfo: dict[str, Any] | None = None) -> Identity:
    return identity_of({"sub": "s", **claims}, userinfo or {}, NAMES)


def test_the_usual_claims_make_a_person() -> None:
    claims = {"email": "Al@Example.com", "groups": ["x", "y", "x"], "preferred_username": "al"}
    assert person(claims) == Identity("s", "Al@Example.com", "al", ("x", "y"))


def test_a_person_may_lack_everything_but_the_subject() -> None:
    assert person({}) == Identity("s")


def test_userinfo_fills_gaps_and_overrides_nothing() -> None:
    both = person({"email": "a@example.com"}, {"email": "admin@example.com", "groups": ["g"]})
    assert (both.email, both.groups) == ("a@example.com", ("g",))


def test_claims_are_found_by_name_first_and_then_by_path() -> None:
    claims = {"https://example.com/groups": 1, "realm": {"roles": ["a"]}, "a.b": 2, "a": {"b": 3}}
    assert find(claims, "https://example.com/groups") == 1
    assert find(claims, "realm.roles") == ["a"]
    assert find(claims, "a.b") == 2
    assert find(claims, "realm.roles.0") is None
    assert find(claims, "nothing.here") is None


@pytest.mark.parametrize(
    ("value", "groups"),
    [
        ("one", ("one",)),
        ([], ()),
        (None, ()),
        (["a", None, "", "b"], ("a", "b")),
        ([{"id": 1, "a": "\u00fc"}], ('{"a":"\u00fc","id":1}',)),
        ([7, True], ("7", "true")),
        (["Verwalt\u00fcng"], ("Verwalt\u00fcng",)),
    ],
)
def test_groups_are_text_or_become_json_text(value: Any, groups: tuple[str, ...]) -> None:
    assert person({"groups": value}).groups == groups


def test_only_the_claims_that_are_asked_for_are_kept_and_as_texts() -> None:
    names = ClaimNames("email", "groups", kept=("dept", "realm.roles", "age", "x.y", "none", "on"))
    claims = {
        "sub": "s",
        "dept": "it",
        "realm": {"roles": ["a", "b", "a"]},
        "age": 7,
        "on": False,
        "none": None,
        "other": "secret",
    }
    kept = identity_of(claims, {"x": {"y": "u"}, "dept": "hr"}, names).claims
    assert kept == {
        "dept": ("it",),
        "realm.roles": ("a", "b"),
        "age": ("7",),
        "x.y": ("u",),
        "on": ("false",),
    }


def test_a_kept_claim_with_control_characters_is_refused() -> None:
    names = ClaimNames("email", "groups", kept=("dept",))
    with pytest.raises(IdTokenRejected, match="dept"):
        identity_of({"sub": "s", "dept": "it\r\nX-Admin: 1"}, {}, names)


def test_userinfo_alone_brings_up_to_date_what_it_tells_and_nothing_else() -> None:
    names = ClaimNames("email", "groups", kept=("dept", "site"))
    old = Identity("s", "a@b.c", "al", ("x", "y"), {"dept": ("it",), "site": ("rome",)})
    assert updated(old, {"sub": "s"}, names) == old
    assert updated(old, {"sub": "s", "groups": ["x"], "dept": "hr"}, names) == Identity(
        "s", "a@b.c", "al", ("x",), {"dept": ("hr",), "site": ("rome",)}
    )
    left = updated(old, {"sub": "s", "groups": [], "dept": [], "email": "new@b.c"}, names)
    assert left == Identity("s", "new@b.c", "al", (), {"site": ("rome",)})
    with pytest.raises(EmailUnverified):
        updated(old, {"sub": "s", "email": "a@b.c", "email_verified": False}, names)


def test_nobody_can_change_the_claims_of_a_person() -> None:
    kept = identity_of({"sub": "s", "a": "b"}, {}, ClaimNames("email", "groups", kept=("a",)))
    with pytest.raises(TypeError):
        kept.claims["a"] = ("root",)  # type: ignore[index]  # that is the point


def test_thousands_of_groups_are_kept() -> None:
    assert len(person({"groups": [f"g{i}" for i in range(5000)]}).groups) == 5000


@pytest.mark.parametrize("value", [False, "false", "True", "no", "", 0, 1, [], {"a": 1}])
def test_an_email_that_is_not_verified_is_refused(value: Any) -> None:
    with pytest.raises(EmailUnverified):
        person({"email": "a@example.com", "email_verified": value})


@pytest.mark.parametrize("value", [True, "true", None])
def test_a_verified_email_passes(value: Any) -> None:
    assert person({"email": "a@example.com", "email_verified": value}).email == "a@example.com"


def test_a_no_of_either_document_counts() -> None:
    with pytest.raises(EmailUnverified):
        person({"email_verified": True}, {"email": "a@example.com", "email_verified": False})
    with pytest.raises(EmailUnverified):
        person({"email": "a@example.com"}, {"email_verified": False})


def test_an_unverified_email_passes_when_the_operator_allows_it() -> None:
    claims = {"sub": "s", "email": "a@example.com", "email_verified": False}
    names = ClaimNames("email", "groups", allow_unverified_email=True)
    assert identity_of(claims, {}, names).email == "a@example.com"


def test_email_verified_is_looked_up_beside_the_email() -> None:
    nested = {"sub": "s", "p": {"email": "a@example.com", "email_verified": False}}
    with pytest.raises(EmailUnverified):
        identity_of(nested, {}, ClaimNames("p.email", "groups"))
    other = {"sub": "s", "upn": "a@example.com", "email_verified": False}
    assert identity_of(other, {}, ClaimNames("upn", "groups")).email == "a@example.com"


@pytest.mark.parametrize(
    "email",
    [
        "a@evil.com@example.com",
        '"a@evil.com"@example.com',
        '"a b"@example.com',
        " a@example.com",
        "a@example.com ",
        "a@example.com,b@evil.com",
        "b@evil.com <a@example.com>",
        "a;b@example.com",
        "a,b@example.com",
        "a\\b@example.com",
        "a@[127.0.0.1]",
        "a@example.com.",
        "a@.example.com",
        "a@example..com",
        "@example.com",
        "a@",
        "example.com",
        "us\u0435r@example.com",
        "a@ex\u0430mple.com",
        "a@example\u3002com",
        "a@\u212aite.example",
        "a" * 250 + "@a.de",
    ],
)
def test_an_address_that_programs_read_in_different_ways_is_refused(email: str) -> None:
    with pytest.raises(EmailMalformed):
        person({"email": email})
    names = ClaimNames("upn", "groups")
    assert identity_of({"sub": "s", "upn": email}, {}, names).email == email


@pytest.mark.parametrize(
    "email",
    ["a@example.com", "A.B+tag@sub.Example.COM", "o'neil_{x}@localhost", "<b>a..b@x_y.test"],
)
def test_a_plain_address_is_kept_as_it_came(email: str) -> None:
    assert person({"email": email}).email == email


@pytest.mark.parametrize(
    "junk", ["\r\nX-Forwarded-Groups: admin", "\x00", "\x7f", "\x85", "\u2028"]
)
@pytest.mark.parametrize("name", ["sub", "email", "preferred_username", "groups"])
def test_control_characters_never_reach_a_header(name: str, junk: str) -> None:
    with pytest.raises(IdTokenRejected, match="control characters"):
        person({name: "a@example.com" + junk})
    with pytest.raises(IdTokenRejected, match="control characters"):
        person({"groups": [{"a": 1}, "ok" + junk]})


@pytest.mark.parametrize("name", ["email", "preferred_username"])
@pytest.mark.parametrize("value", [["a@example.com"], {"a": 1}, 7, True])
def test_other_types_are_not_turned_into_text(name: str, value: Any) -> None:
    with pytest.raises(IdTokenRejected, match="not text"):
        person({name: value})
