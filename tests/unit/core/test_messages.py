"""Messages that end up in logs carry no query and no field."""

from sidegate.core.messages import Origin, RequestHead


def head(target: bytes) -> RequestHead:
    made = RequestHead()
    made.method, made.target = b"GET", target
    made.fields, made.index = [(b"Cookie", b"canary")], {b"cookie": b"canary"}
    return made


def test_path_and_query_are_what_stands_around_the_first_question_mark():
    asked = head(b"/a?b=c?d")
    assert (asked.path, asked.query) == (b"/a", b"b=c?d")


def test_without_a_question_mark_the_query_is_empty():
    assert head(b"/a").query == b""


def test_a_field_is_found_by_its_lower_case_name_or_is_absent():
    asked = head(b"/")
    assert asked.get(b"cookie") == b"canary"
    assert asked.get(b"host") is None
    assert asked.text(b"host") == ""


def test_the_repr_of_a_head_shows_neither_query_nor_fields():
    assert "canary" not in repr(head(b"/a?code=canary"))


def test_an_origin_reads_as_where_connections_go():
    assert str(Origin("http", "127.0.0.1", 8080)) == "127.0.0.1:8080"
    assert str(Origin("http", "", 0, "/run/app.sock")) == "/run/app.sock"
