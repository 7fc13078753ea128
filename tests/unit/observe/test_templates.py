"""A format of the configuration becomes a line with the values of an event in it."""

from sidegate.observe.templates import LineTemplate


def test_fields_are_filled_and_all_else_stays() -> None:
    template = LineTemplate("standard_logging_format", "100% {{.File}}: {{ .Message }} %s")
    assert (
        template.fill({"File": "pool", "Message": "%d {{.File}}"}) == "100% pool: %d {{.File}} %s"
    )
    assert repr(template) == "<LineTemplate of File, Message>"


def test_a_format_may_have_no_field_at_all() -> None:
    assert LineTemplate("standard_logging_format", "something").fill({}) == "something"
