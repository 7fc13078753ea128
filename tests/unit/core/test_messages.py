"""What is known of a request, and that showing it gives nothing away."""

from sidegate.core.messages import Asker, Exchange, Forward, Origin, Peer, RequestHead


def head(target: bytes) -> RequestHead:
    made = RequestHead()
    made.method, made.target = b"GET", target
    made.index = {b"accept": b"a, b\xe9"}
    return made


def test_the_target_is_a_path_and_a_query() -> None:
    made = head(b"/a?b=1?c")
    assert (made.path, made.query) == (b"/a", b"b=1?c")
    assert (head(b"/a").path, head(b"/a").query) == (b"/a", b"")


def test_a_field_is_found_by_its_lower_case_name() -> None:
    made = head(b"/")
    assert (made.get(b"accept"), made.text(b"accept")) == (b"a, b\xe9", "a, b\xe9")
    assert (made.get(b"cookie"), made.text(b"cookie")) == (None, "")


def test_showing_a_request_shows_neither_query_nor_fields() -> None:
    shown = repr(head(b"/callback?code=s3cret"))
    assert shown == "<RequestHead GET /callback>"


def test_a_new_exchange_is_about_nobody() -> None:
    exchange = Exchange(head(b"/"), Peer("192.0.2.1"), 7.0)
    assert (exchange.user, exchange.asker, exchange.status, exchange.ended) == ("", None, 0, 7.0)


def test_equal_peers_and_askers_are_still_two_keys() -> None:
    # A cache that is keyed by them must never mix two connections.
    assert Peer("a") != Peer("a")
    assert Asker("a", "http", "h", trusted=False) != Asker("a", "http", "h", trusted=False)


def test_an_origin_is_one_key_however_often_it_is_made() -> None:
    assert Origin("http", "a", 80) == Origin("http", "a", 80)
    assert Origin("https", "a", 80) != Origin("https", "a", 80, verify=False)
    assert str(Origin("http", "a", 80)) == "a:80"
    assert str(Origin("http", "localhost", 80, socket_path="/s")) == "/s"


def test_a_forward_carries_nothing_extra_unless_told() -> None:
    plan = Forward(Origin("http", "a", 80), b"", 30)
    assert (plan.extra, plan.websocket) == (b"", False)
