"""Where the browser is sent."""

from sidegate.core.secret import Secret
from sidegate.oidc.authorization import authorization_url, end_session_url


def test_the_request_carries_everything_once_and_nothing_empty() -> None:
    url = authorization_url(
        "https://idp.example/auth?kc_idp_hint=x",
        client_id="gate & co",
        redirect_uri="https://app.example/oauth2/callback",
        scope="openid email profile",
        state="s",
        nonce="n",
        code_challenge="c",
        prompt="login",
        response_mode="form_post",
    )
    assert url == (
        "https://idp.example/auth?kc_idp_hint=x&response_type=code&client_id=gate%20%26%20co"
        "&redirect_uri=https%3A%2F%2Fapp.example%2Foauth2%2Fcallback&scope=openid%20email%20profile"
        "&state=s&code_challenge=c&code_challenge_method=S256&nonce=n&prompt=login"
        "&response_mode=form_post"
    )


def test_sign_out_names_the_session_only_where_the_token_was_kept() -> None:
    url = end_session_url(
        "https://idp.example/out", client_id="gate", return_to="https://a.example/", id_token=None
    )
    assert url == (
        "https://idp.example/out?client_id=gate&post_logout_redirect_uri=https%3A%2F%2Fa.example%2F"
    )
    with_hint = end_session_url(
        "https://idp.example/out", client_id="gate", return_to="", id_token=Secret("h.p.s")
    )
    assert with_hint == "https://idp.example/out?client_id=gate&id_token_hint=h.p.s"
