"""TLS for our own calls to identity providers: 1.2 or newer, certificates and names verified."""

import ssl

from sidegate.config.settings import ProviderSettings
from sidegate.core.errors import ConfigurationError


def client_context(settings: ProviderSettings) -> ssl.SSLContext:
    """Return the one context for all calls to the provider.

    `provider_ca_files` replace the system's authorities unless `use_system_trust_store` adds
    them. Build it once: each context holds about 1 MB of authorities. Raises ConfigurationError
    naming every file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if settings.ssl_insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if settings.use_system_trust_store or not settings.provider_ca_files:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    mistakes = [fault for path in settings.provider_ca_files if (fault := _load(context, path))]
    if mistakes:
        raise ConfigurationError(mistakes)
    return context


def _load(context: ssl.SSLContext, path: str) -> str:
    try:
        context.load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one too
        reason = error.strerror or "it holds no certificate in PEM form"
        return f"provider_ca_files: {path} cannot be used: {reason}"
    return ""
