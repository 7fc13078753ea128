"""Email addresses and who may pass.

- An address is admitted only where an independent reading puts it into one of the domains: one
  `@`, and behind it the domain, or labels and the domain, letters of ASCII folded and nothing else.
- A sign-in takes only an address of ASCII with something on both sides of its one `@`.
- What is not admitted by domain is admitted only where it stands in the file of addresses.
- A group is compared exactly.
"""

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.config.emails_file import parse_emails
from sidegate.config.findings import Malformed
from sidegate.core.errors import SignInError
from sidegate.core.identity import Identity
from sidegate.gate.rules import Rules
from sidegate.oidc.claims import ClaimNames, identity_of
from tests.fuzz.budget import fuzzed

PIECES = [
    "a", "b", "@", "@@", ".", "..", "example.com", "EXAMPLE.com", "evil.test", "sub", "x", "com",
    "-", "*", "*.", ",", " ", "\t", "\n", "\r\n", "\0", '"', "<", ">", ";", "%40", "\\@", "(", "#",
    "\uff20", "\uff0e", "\u3002", "\u212a", "\u0130", "\u017f", "\xdf", "\u200b", "\u202e",
    "xn--", "\xe9", "\ud83d\ude00", "ex\u00e4mple.com", "K", "k", "kit.test", "\u212ait.test",
]  # fmt: skip
ADDRESSES = st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=6).map("".join)
NEAR = st.tuples(
    st.sampled_from(["a", "", "a@b", '"a', "a b"]),
    st.sampled_from(["@", "@@", "", "\uff20"]),
    st.sampled_from(["", "sub.", ".", "x", "evil.test.", "evil.test,", "evil.test "]),
    st.sampled_from(["example.com", "EXAMPLE.COM", "kit.test", "\u212ait.test", "com", "x.test"]),
    st.sampled_from(["", ".", " ", "\n", ".evil.test", "\0", "@evil.test"]),
).map("".join)
DOMAINS = st.lists(
    st.sampled_from(
        ["example.com", ".example.com", "*.example.com", "Kit.test", ".com", "", ".", "*.", "*x"]
    )
    | ADDRESSES.filter(lambda text: text != "*"),
    min_size=1,
    max_size=3,
)


def lower(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return bytes(c | 0x20 if 0x41 <= c <= 0x5A else c for c in raw)


def belongs(email: str, domain: str) -> bool:
    """Say whether an address is in a domain as the option writes it, read by labels and bytes."""
    parts = lower(email).split(b"@")
    if len(parts) != 2 or not parts[1]:
        return False
    labels, wanted = parts[1].split(b"."), lower(domain).split(b".")
    if wanted[0] in (b"", b"*") and len(wanted) > 1:
        wanted = wanted[1:]
        return len(labels) > len(wanted) and labels[-len(wanted) :] == wanted
    return labels == wanted


@fuzzed(1000)
@given(email=ADDRESSES | NEAR, domains=DOMAINS)
@example(email="a@\u212ait.test", domains=["kit.test"])
@example(email="a@evil.test@sub.example.com", domains=[".example.com"])
@example(email="a@example.com@evil.test", domains=["example.com"])
def test_an_address_outside_the_domains_is_never_admitted(email: str, domains: list[str]) -> None:
    refused = Rules(domains).refusal(Identity("sub", email))
    if refused is None:
        assert any(belongs(email, domain) for domain in domains)


@fuzzed(400)
@given(email=ADDRESSES | NEAR, lines=st.lists(ADDRESSES | NEAR, max_size=4))
def test_only_addresses_of_the_file_pass_by_the_file(email: str, lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        emails = parse_emails(text)
    except Malformed:
        return
    if Rules((), emails).refusal(Identity("sub", email)) is None:
        assert email
        assert lower(email) in lower(text)


@fuzzed(400)
@given(email=ADDRESSES | NEAR)
def test_a_sign_in_takes_only_a_plain_address(email: str) -> None:
    try:
        person = identity_of({"sub": "s", "email": email}, {}, ClaimNames("email", "groups"))
    except SignInError:
        return
    assert person.email == email
    if email:
        local, domain = email.split("@")
        assert local
        assert all(domain.split("."))
        assert email.isascii()
        assert not set(email) & set(' \t\r\n\0",;\\')


@fuzzed(150)
@given(groups=st.lists(ADDRESSES, max_size=4), allowed=st.lists(ADDRESSES, max_size=3))
def test_a_group_is_compared_exactly(groups: list[str], allowed: list[str]) -> None:
    refusal = Rules(["*"], allowed_groups=allowed).refusal(Identity("s", groups=tuple(groups)))
    named = [group for group in allowed if group]
    assert (refusal is None) == (not named or any(group in named for group in groups))
