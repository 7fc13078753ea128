"""The policy of a page lets nothing be that was not named."""

from sidegate.pages.policy import policy, source_of


def test_a_plain_page_runs_nothing_and_loads_from_us_only() -> None:
    assert policy() == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def test_what_is_named_is_added() -> None:
    made = policy(scripts=["'sha256-a'"], styles=["'sha256-b'"], pictures=["https://x.test/l"])
    assert "script-src 'sha256-a'" in made
    assert "style-src 'self' 'sha256-b';" in made
    assert "img-src 'self' data: https://x.test/l;" in made


def test_an_answer_to_a_form_leads_on_only_where_that_is_said() -> None:
    assert "form-action 'self' https: http:;" in policy(leads_on=True)


def test_a_source_is_the_hash_of_the_content() -> None:
    assert source_of("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
