"""Providers end sessions where that is turned on, and there is no such endpoint where it is not."""

from dataclasses import replace
from typing import cast

import pytest

from sidegate.app.logouts import logout_endpoints
from sidegate.core.errors import ConfigurationError
from sidegate.core.ports import Logout, Provider
from sidegate.core.providers import Providers
from sidegate.login.ports import SessionStore
from tests.kit.gate import cookie_for, proxy, request
from tests.kit.wire import Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BACK, FRONT = b"/oauth2/backchannel-logout", b"/oauth2/frontchannel-logout"
TOKEN = b"logout_token=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0.c2ln"
FORM = b"Content-Type: application/x-www-form-urlencoded"


def post(body: bytes = TOKEN) -> bytes:
    return request(BACK, FORM, b"Content-Length: %d" % len(body), method=b"POST", body=body)


def passes(wire: Wire, cookie: bytes) -> bool:
    wire.client_sends(request(cookie=cookie))
    if wire.upstream_got():
        wire.upstream_sends(OK)
    return wire.client_got().status == 200


def test_a_provider_ends_a_session_and_the_person_signs_in_again() -> None:
    gate = proxy("--backchannel-logout")
    gate.provider.said = Logout("oidc", "j1", session_id="p1")
    cookie = cookie_for(gate, provider_session_id="p1")
    other = cookie_for(gate, id="sid-2", provider_session_id="p2")
    with Wire(gate, refuse=gate.refuse) as wire:
        assert passes(wire, cookie)
        wire.client_sends(post())
        assert wire.client_got().status == 200
        assert not passes(wire, cookie)
        assert passes(wire, other)


def test_a_frame_of_the_provider_ends_a_session() -> None:
    gate = proxy("--frontchannel-logout")
    cookie = cookie_for(gate, provider_session_id="p1")
    with Wire(gate, refuse=gate.refuse) as wire:
        assert passes(wire, cookie)
        query = b"?iss=https://idp.test&sid=p1"
        wire.client_sends(request(FRONT + query, cookie=cookie))
        assert wire.client_got().status == 200
        assert not passes(wire, cookie)


@pytest.mark.parametrize("method", [b"GET", b"PUT"])
def test_a_logout_token_is_posted_or_it_is_none(method: bytes) -> None:
    gate = proxy("--backchannel-logout")
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(BACK, method=method))
        assert wire.client_got().status == 405


@pytest.mark.parametrize("path", [BACK, FRONT])
def test_without_the_option_the_path_is_the_applications(path: bytes) -> None:
    gate = proxy()
    with Wire(gate, refuse=gate.refuse) as wire:
        wire.client_sends(request(path, cookie=cookie_for(gate)))
        assert wire.upstream_got().startswith(b"GET " + path)


def test_a_provider_that_never_says_who_signed_out_stops_the_start() -> None:
    class Mute:
        id = "github"

    base = replace(
        proxy("--backchannel-logout").base, providers=Providers([cast("Provider", Mute())])
    )
    with pytest.raises(ConfigurationError, match="github"):
        logout_endpoints(base, cast("SessionStore", None))
