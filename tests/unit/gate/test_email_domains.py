"""Whether an email address is in a domain; tests/conformance and tests/fuzz ask much more."""

import pytest

from sidegate.gate.email_domains import EmailDomains, fold_email


@pytest.mark.parametrize(
    ("domain", "email", "admitted"),
    [
        ("example.com", "a@example.com", True),
        ("Example.COM", "A@eXample.com", True),
        ("example.com", "a@evilexample.com", False),
        ("example.com", "a@sub.example.com", False),
        ("example.com", "a@evil.com@example.com", False),
        ("example.com", "@example.com", True),
        ("example.com", "example.com", False),
        ("example.com", "a@example.com.", False),
        ("example.com", "", False),
        (".example.com", "a@sub.example.com", True),
        ("*.example.com", "a@x.y.example.com", True),
        (".example.com", "a@example.com", False),
        (".example.com", "a@.example.com", False),
        (".example.com", "a@sub.example.org", False),
        (".example.com", "a@evil.com@sub.example.com", False),
        ("", "a@", False),
        ("", "nobody", False),
        ("kelvin.com", "a@\u212aelvin.com", False),
        ("kelvin.com", "\u212a@KELVIN.com", True),
        ("*", "anything", True),
    ],
)
def test_email_domains(domain: str, email: str, *, admitted: bool) -> None:
    assert EmailDomains([domain]).admits(fold_email(email)) is admitted
