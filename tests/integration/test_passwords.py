"""People and programs sign in with a name and a password of a file, over real sockets."""

import base64
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest

from tests.integration.people import Forms
from tests.integration.test_sign_in import fields_of

FORM = "Content-Type: application/x-www-form-urlencoded"
PASSWORD = "canary-p4ssword"


def hashed(password, cost=4):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def basic(user, password):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users"
    path.write_text(f"u1:{hashed(PASSWORD)}\n")
    return path


@pytest.fixture
def opened(gate, users):
    def open_(*flags):
        made = gate(f"--htpasswd-file={users}", "--htpasswd-user-group=staff", *flags)
        made.canaries |= {PASSWORD, basic("u1", PASSWORD).rpartition(" ")[2]}
        return made

    return open_


def post(wire, body, *fields):
    return wire.got(
        "POST /oauth2/sign_in", FORM, f"Content-Length: {len(body)}", *fields, body=body
    )


def test_somebody_signs_in_by_the_form_and_comes_back_to_where_they_wanted(opened):
    with opened().person("u1") as person:
        page = person.get("/report?year=2026")
        assert page.status_code == 403
        (form,) = [form for form in Forms(page.text).found if form.method == "POST"]
        sent = {**form.values, "username": "u1", "password": PASSWORD}
        assert person.http.post(form.action, data=sent).text == "hello from /report"
        told = fields_of(person.get("/fields"))
    assert told["x-forwarded-user"] == ["u1"]
    assert told["x-auth-request-groups"] == ["staff"]
    assert "x-forwarded-email" not in told
    assert "cookie" not in told


def test_a_wrong_password_shows_the_form_again(opened):
    with opened().person("u1") as person:
        page = person.get("/report")
        (form,) = [form for form in Forms(page.text).found if form.method == "POST"]
        again = person.http.post(form.action, data={**form.values, "username": "u1"})
        assert again.status_code == 401
        (form,) = [form for form in Forms(again.text).found if form.method == "POST"]
        sent = {**form.values, "username": "u1", "password": PASSWORD}
        assert person.http.post(form.action, data=sent).text == "hello from /report"


def test_a_page_elsewhere_signs_nobody_in(opened, app):
    with opened().wire() as wire:
        body = f"username=u1&password={PASSWORD}".encode()
        for sign in ("Origin: https://evil.test", "Sec-Fetch-Site: cross-site"):
            answer = post(wire, body, sign)
            assert answer.status == 403
            assert "_oauth2_proxy=" not in answer.fields.get("set-cookie", "")
    assert app.requests == []


def test_a_program_signs_in_with_name_and_password_alone(opened):
    with opened().wire() as wire:
        answer = post(wire, f"username=u1&password={PASSWORD}&rd=/report".encode())
        assert (answer.status, answer.fields["location"]) == (302, "/report")
        cookie = answer.fields["set-cookie"].partition(";")[0]
        assert wire.got("GET /oauth2/userinfo", f"Cookie: {cookie}").body == (
            b'{"user":"u1","email":"","groups":["staff"]}\n'
        )


def test_a_program_brings_its_password_with_each_request(opened):
    with opened().wire() as wire:
        for _ in range(3):
            answer = wire.got("GET /report", basic("u1", PASSWORD))
            assert (answer.status, answer.body) == (200, b"hello from /report")
            assert "set-cookie" not in answer.fields
        assert wire.got("GET /oauth2/auth", basic("u1", "wrong")).status == 401
        assert wire.got("GET /oauth2/auth", basic("u1", PASSWORD)).status == 202


def test_whoever_guesses_has_to_wait(opened):
    gate = opened("--htpasswd-limit-per-user=3")
    with gate.wire() as wire:
        statuses = [post(wire, b"username=u1&password=x%d" % n).status for n in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        answer = post(wire, f"username=u1&password={PASSWORD}".encode())
        assert answer.status == 429
        assert 0 < int(answer.fields["retry-after"]) <= 200
        assert post(wire, b"username=other&password=x").status == 401
    told = "reason=rate_limited"
    gate.process.wait_until(lambda: told in gate.process.output, 10, "the log to tell")


def test_a_form_that_is_too_large_is_refused(opened):
    with opened().wire() as wire:
        assert post(wire, b"username=u1&password=" + b"x" * 9000).status == 413


def test_a_changed_file_counts_and_ends_sessions(opened, users):
    gate = opened()
    with gate.wire() as wire:
        body = f"username=u1&password={PASSWORD}".encode()
        cookie = post(wire, body).fields["set-cookie"].partition(";")[0]
        assert wire.got("GET /", f"Cookie: {cookie}").status == 200
        users.write_text("this is no list\n")
        gate.process.wait_until(
            lambda: (
                wire.got("GET /", f"Cookie: {cookie}").status == 200
                and "was not taken over" in gate.process.output
            ),
            10,
            "the broken file to be noticed",
        )
        users.write_text(f"u2:{hashed('p2')}\n")
        gate.process.wait_until(
            lambda: wire.got("GET /", f"Cookie: {cookie}").status == 403, 10, "the end of u1"
        )
        assert post(wire, body).status == 401
        assert post(wire, b"username=u2&password=p2").status == 302


def test_a_gate_with_nothing_but_a_file_needs_no_email_domain(gate, users):
    made = gate(f"--htpasswd-file={users}", "--email-domain=")
    with made.wire() as wire:
        assert wire.got("GET /", basic("u1", PASSWORD)).status == 200


def test_others_are_served_while_passwords_are_compared(opened, users):
    users.write_text(f"u1:{hashed(PASSWORD, 10)}\n")
    gate = opened("--htpasswd-limit-per-user=100", "--htpasswd-limit-per-address=100")

    def guess(number):
        with gate.wire(timeout=60) as wire:
            return post(wire, b"username=u1&password=x%d" % number).status

    with ThreadPoolExecutor(50) as pool:
        guesses = [pool.submit(guess, number) for number in range(50)]
        gate.process.wait_until(
            lambda: any(guess.done() for guess in guesses), 20, "the first to be refused"
        )
        answered = 0
        with gate.wire() as wire:
            while not all(guess.done() for guess in guesses):
                assert wire.got("GET /ping").status == 200
                answered += 1
        statuses = [guess.result() for guess in guesses]
    # Two at work and 32 in line; whoever comes then is told to come again.
    assert set(statuses) == {401, 429}
    assert answered > statuses.count(401)
