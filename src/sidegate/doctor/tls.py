"""One TLS handshake, and what there is to say of the certificate that was shown."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

from sidegate.doctor.finding import Finding, fine, problem

SOON = 21  # days
PATIENCE = 8.0  # seconds
DAY = 86400.0
# What OpenSSL calls them: X509_V_ERR_...
_NOT_YET, _EXPIRED = 9, 10
_NO_ISSUER = (2, 20, 21)
_HOSTNAME, _ADDRESS = 62, 64


async def shake_hands(
    host: str, port: int, context: ssl.SSLContext, name: str
) -> dict[str, object]:
    """Return the certificate of a server, verified for `name`. Raises OSError."""
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    try:
        shown = writer.get_extra_info("peercert")
        return dict(shown or {})
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def judge_server(
    about: str, host: str, port: int, context: ssl.SSLContext, now: float
) -> Finding | None:
    """Return what is to be said of a server's certificate; None when nobody is there."""
    try:
        async with asyncio.timeout(PATIENCE):
            shown = await shake_hands(host, port, context, host)
    except ssl.SSLCertVerificationError as error:
        return judge_error(about, error)
    except ssl.SSLError as error:
        return problem("tls", f"no handshake: {error.reason or error}", about)
    except OSError:
        return None  # who asks for it tells of that
    if not shown:
        return fine("certificate", "is not verified, as configured", about)
    return judge_days(about, ssl.cert_time_to_seconds(str(shown["notAfter"])), now)


def judge_error(about: str, error: ssl.SSLCertVerificationError) -> Finding:
    """Return what a refused certificate comes to."""
    code, seen = error.verify_code, error.verify_message
    if code in (_NOT_YET, _EXPIRED):
        return problem("certificate_expired", seen, about)
    if code in (_HOSTNAME, _ADDRESS):
        return problem("certificate_name", seen, about)
    if code in _NO_ISSUER:
        return problem("certificate_chain", seen, about)
    return problem("certificate_untrusted", seen, about)


def judge_days(about: str, ends: float, now: float) -> Finding:
    """Return what a certificate's end, in seconds since the epoch, comes to."""
    days = (ends - now) / DAY
    if days < 0:
        return problem("certificate_expired", f"it ended {-days:.0f} days ago", about)
    if days < SOON:
        return problem("certificate_expires", f"it ends in {days:.0f} days", about)
    return fine("certificate", f"is good for {days:.0f} days", about)
