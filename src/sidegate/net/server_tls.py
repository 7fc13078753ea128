"""TLS for our own listener: 1.2 and later, modern ciphers only."""

import hashlib
import ssl
from pathlib import Path

from sidegate.core.errors import ConfigurationError
from sidegate.net.watch import Take, Watched

_VERSIONS = {"TLS1.2": ssl.TLSVersion.TLSv1_2, "TLS1.3": ssl.TLSVersion.TLSv1_3}
# Forward secrecy and authenticated encryption only (RFC 9325 section 4.2).
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


def server_context(
    cert_file: str, key_file: str, min_version: str, option: str = "tls_cert_file"
) -> ssl.SSLContext:
    """Return the context of the listener. Raises ConfigurationError for an unusable pair.

    `option`: the one that names the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[min_version]
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        # A password that is wrong for every key: else OpenSSL would ask the terminal for one.
        context.load_cert_chain(cert_file, key_file, password=b"")
    except OSError as error:  # ssl.SSLError is one
        flag = "--" + option.replace("_", "-")
        place = f"{flag} {cert_file}, {flag.replace('cert', 'key')} {key_file}"
        remedy = "Give a PEM certificate chain and the unencrypted PEM key that belongs to it."
        raise ConfigurationError([f"{place}: unusable ({error})\n  {remedy}"]) from None
    return context


class Certificate:
    """The certificate of our listener, which may be replaced while connections stand.

    `context` is for the listener, and the same for ever; each new handshake gets what was taken
    over last; `chain` is its PEM text. A key and a certificate that do not fit each other are never
    shown. `option`: the one that names the certificate; that of the key is called alike.
    """

    def __init__(
        self, cert_file: str, key_file: str, min_version: str, option: str = "tls_cert_file"
    ) -> None:
        self._option = option
        self._paths = (cert_file, key_file)
        self._min_version = min_version
        self._digest = self._digest_now()  # before it is read, or a change between would be missed
        self.chain = self._chain_now()
        self.context = self._shown = server_context(cert_file, key_file, min_version, option)
        self.context.sni_callback = self._choose

    def watched(self) -> Watched:
        """Return the two files to watch."""
        return Watched(self._option, self._paths, self._read)

    def _read(self) -> Take:
        digest = self._digest_now()
        context = server_context(*self._paths, self._min_version, self._option)
        chain = self._chain_now()

        def take() -> str | None:
            if digest == self._digest:
                return None
            self._digest, self._shown, self.chain = digest, context, chain
            return ""

        return take

    def _chain_now(self) -> bytes:
        try:
            return Path(self._paths[0]).read_bytes()
        except OSError:
            return b""

    def _digest_now(self) -> bytes:
        """Return what tells one content of the files from another; empty when there is none."""
        try:
            return b"".join(hashlib.sha256(Path(p).read_bytes()).digest() for p in self._paths)
        except OSError:
            return b""

    def _choose(
        self, handshake: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _: ssl.SSLContext
    ) -> None:
        handshake.context = self._shown
