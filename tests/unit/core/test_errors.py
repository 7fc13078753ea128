"""Every error says whose fault it is, in a stable code, and tells the person nothing internal."""

import pytest

from sidegate.core import errors


def _all(kind: type[errors.SidegateError]) -> list[type[errors.SidegateError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _all(child))]


EVERY = _all(errors.SidegateError)
PUBLIC = [kind for kind in EVERY if kind is not errors.ConfigurationError]


@pytest.mark.parametrize("kind", PUBLIC)
def test_the_status_says_whose_fault_it_is(kind):
    ours = issubclass(kind, errors.ProviderError | errors.UpstreamError)
    if issubclass(kind, errors.RequestError | errors.SignInError):
        assert 400 <= kind.status < 500
    elif ours:
        assert 400 <= kind.status < 600


@pytest.mark.parametrize("kind", PUBLIC)
def test_the_code_is_a_word_for_logs_and_the_text_a_sentence_for_people(kind):
    assert kind.code.replace("_", "").isalnum()
    assert kind.code == kind.code.lower()
    assert kind.public[0].isupper()
    assert kind.public.endswith(".")


def test_what_the_log_says_is_not_what_the_person_reads():
    error = errors.IdTokenRejected("nonce differs: canary")
    assert "canary" in str(error)
    assert "canary" not in error.public
