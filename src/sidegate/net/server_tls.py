"""TLS for our own listener: 1.2 and later, modern ciphers only."""

import ssl

from sidegate.core.errors import ConfigurationError

_VERSIONS = {"TLS1.2": ssl.TLSVersion.TLSv1_2, "TLS1.3": ssl.TLSVersion.TLSv1_3}
# Forward secrecy and authenticated encryption only (RFC 9325 section 4.2).
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


def server_context(cert_file: str, key_file: str, min_version: str) -> ssl.SSLContext:
    """Return the context of the listener. Raises ConfigurationError for an unusable pair."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[min_version]
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(cert_file, key_file)
    except OSError as error:  # ssl.SSLError is one
        place = f"--tls-cert-file {cert_file}, --tls-key-file {key_file}"
        remedy = "Give a PEM certificate chain and the unencrypted PEM key that belongs to it."
        raise ConfigurationError([f"{place}: unusable ({error})\n  {remedy}"]) from None
    return context
