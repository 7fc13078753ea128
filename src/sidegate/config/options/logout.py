"""Options of how sessions end that the person does not end here."""

from sidegate.config.options.option import Kind, Option, section

LOGOUT = section(
    "Sign-out",
    Option(
        "backchannel-logout",
        Kind.BOOL,
        default=False,
        help="Let the provider end sessions: it posts logout tokens to "
        "PROXY_PREFIX/backchannel-logout (OpenID Connect Back-Channel Logout 1.0).",
        own=True,
    ),
    Option(
        "frontchannel-logout",
        Kind.BOOL,
        default=False,
        help="Let pages of the provider end sessions: they show "
        "PROXY_PREFIX/frontchannel-logout in a frame (OpenID Connect Front-Channel Logout 1.0).",
        own=True,
    ),
    Option(
        "websocket-recheck",
        Kind.DURATION,
        60.0,
        "How often the session behind an open WebSocket or event stream is looked at, to close "
        "what nobody may have open any more. 0: only when this process hears that one ended.",
        own=True,
        risk="a WebSocket stays open after its session expired",
        weak=(0.0,),
    ),
)
