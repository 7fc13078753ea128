"""Listeners, own paths and trusted peers."""

import pytest

from tests.unit.config.conftest import Desk

TLS = ("--tls-cert-file=cert", "--tls-key-file=key")


@pytest.fixture(autouse=True)
def certificate(desk: Desk) -> None:
    """Put a certificate and its key on the desk."""
    desk.files |= {"cert": b"cert", "key": b"key"}


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (("--http-address=4180",), "no address to listen on"),
        (("--http-address=-",), "nothing to listen on"),
        (("--http-address=",), "nothing to listen on"),
        (("--metrics-address=x",), "no address to listen on"),
        (("--metrics-secure-address=x",), "no address to listen on"),
        (("--metrics-secure-address=:9143",), "TLS needs a certificate"),
        (("--metrics-tls-cert-file=cert",), "Give --metrics-tls-key-file too."),
        (("--https-address=:8443",), "needs a certificate"),
        (("--tls-cert-file=cert",), "Give --tls-key-file too."),
        (("--tls-key-file=key",), "Give --tls-cert-file too."),
        (("--tls-cert-file=nope", "--tls-key-file=key"), "cannot read nope"),
        (("--tls-min-version=TLS1.1",), "TLS1.2, TLS1.3"),
        (("--proxy-prefix=oauth2",), "not a plain path"),
        (("--proxy-prefix=/",), "not a plain path"),
        (("--proxy-prefix=",), "not a plain path"),
        (("--proxy-prefix=/a/",), "not a plain path"),
        (("--proxy-prefix=/a/../b",), "not a plain path"),
        (("--ping-path=/a b",), "not a plain path"),
        (("--ready-path=/ping",), "the same path as ping_path"),
        (("--trusted-proxy-ip=10.0.0.1/8",), "Write 10.0.0.0/8"),
        (("--trusted-ip=app.test",), "no address or range"),
        (("--trusted-ip=127.0.0.01",), "no address or range"),
        (("--trusted-ip=fe80::1%eth0",), "no address or range"),
        (("--trusted-ip=10.0.0.0/255.0.0.0",), "no address or range"),
        (("--trusted-ip=10.0.0.0/0.0.0.255",), "no address or range"),
        (("--real-client-ip-header=Foo",), "X-Forwarded-For"),
        (("--request-id-header=a b",), "no field name"),
        (("--request-id-header=",), "no field name"),
        (("--request-id-header=Cookie",), "Cookie says something else than an id"),
        (("--request-id-header=x_forwarded_user",), "something else than an id"),
        (("--request-id-header=X-Real-IP",), "something else than an id"),
        (("--redirect-url=%zz",), "not an http or https URL"),
        (("--redirect-url=http://app.test/x",), "plain http"),
        (("--redirect-url=/elsewhere",), "not an http or https URL"),
        (("--limit-request-line=0",), "more than zero"),
        (("--header-timeout=0",), "more than zero"),
        (("--keepalive-timeout=-1s",), "negative"),
        (("--logging-level=verbose",), "debug, info"),
        (("--provider-display-name=a\nb",), "control character"),
    ],
)
def test_mistakes(desk: Desk, flags: tuple[str, ...], part: str) -> None:
    assert part in desk.mistake(*flags)


@pytest.mark.parametrize(
    ("flags", "http", "https"),
    [
        ((), "127.0.0.1:4180", ""),
        (TLS, "", ":443"),
        ((*TLS, "--http-address=:80"), ":80", ":443"),
        ((*TLS, "--http-address=-", "--https-address=:8443"), "", ":8443"),
        ((*TLS, "--https-address=-"), "127.0.0.1:4180", ""),
        (("--http-address=unix:///run/gate.sock",), "unix:///run/gate.sock", ""),
    ],
)
def test_with_a_certificate_plain_http_opens_only_when_asked_for(
    desk: Desk, flags: tuple[str, ...], http: str, https: str
) -> None:
    loaded = desk.load(*flags)
    server = loaded.settings.server
    assert (server.http_address, server.https_address) == (http, https)
    assert loaded.values["https_address"].value == https


def test_an_empty_tls_version_means_the_oldest_that_is_safe(desk: Desk) -> None:
    assert desk.load("--tls-min-version=").settings.server.tls_min_version == "TLS1.2"


@pytest.mark.parametrize("text", ["", "/oauth2/callback"])
def test_our_own_callback_path_means_a_computed_address(desk: Desk, text: str) -> None:
    assert desk.load(f"--redirect-url={text}").settings.login.redirect_url == ""


def test_liveness_and_readiness_can_be_turned_off(desk: Desk) -> None:
    assert desk.load("--ping-path=", "--ready-path=").settings.server.ping_path == ""


@pytest.mark.parametrize("name", ["Traceparent", "Tenant-Request-Id", "X-Amzn-Trace-Id", "Hostess"])
def test_an_id_may_come_in_a_field_of_its_own(desk: Desk, name: str) -> None:
    assert desk.load(f"--request-id-header={name}").settings.trust.request_id_header == name


def test_a_proxy_that_answers_for_some_fields_has_to_name_the_client(desk: Desk) -> None:
    some = ("--trusted-proxy-header=X-Forwarded-For", "--trusted-proxy-header=X-Request-Id")
    assert "X-Real-IP is missing" in desk.mistake(*some)
    told = desk.load(*some, "--real-client-ip-header=X-Forwarded-For").settings.trust
    assert told.trusted_proxy_headers == ("X-Forwarded-For", "X-Request-Id")
    wrong = ("--trusted-proxy-header=X-Real-IP", "--trusted-proxy-header=a b")
    assert "no field name" in desk.mistake(*wrong)


def test_the_client_header_gets_its_right_spelling(desk: Desk) -> None:
    settings = desk.load("--real-client-ip-header=x-forwarded-for").settings
    assert settings.trust.real_client_ip_header == "X-Forwarded-For"


def test_a_certificate_of_a_metrics_listener_that_does_not_listen_is_pointed_out(
    desk: Desk,
) -> None:
    pair = ("--metrics-tls-cert-file=cert", "--metrics-tls-key-file=key")
    assert any("metrics-secure-address" in warning for warning in desk.load(*pair).warnings)
    loaded = desk.load(*pair, "--metrics-secure-address=:9143")
    assert loaded.settings.metrics.metrics_secure_address == ":9143"
    assert not any("metrics" in warning for warning in loaded.warnings)
