"""Where spans go: one option of ours, and the environment that OpenTelemetry has for the rest.

Variables mean what they mean to its SDK for Python, so that what an operator injects into every pod
works here as well; the sampler and the names of the resource are read by the SDK itself
(`app.tracing`). What it would only warn of, and go on without, is a mistake here.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import unquote

from sidegate.config.addresses import is_loopback, parse_url
from sidegate.config.findings import Findings, Malformed
from sidegate.config.settings import OtlpSettings
from sidegate.config.values import Values
from sidegate.core.secret import Secret

NOT_HERE = "Install it: pip install 'sidegate[otel]'. Or remove the option."
"""The remedy of a mistake that is about the machine, not about what is configured."""

PREFIX = "OTEL_EXPORTER_OTLP_"
DEFAULT_ENDPOINT = "http://localhost:4318"
PATH = "/v1/traces"
_NUMBERS = {
    "queued": ("OTEL_BSP_MAX_QUEUE_SIZE", 2048),
    "batch": ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
    "delay": ("OTEL_BSP_SCHEDULE_DELAY", 5000),
}
_COMPRESSIONS = ("none", "gzip")
_PROTOCOLS = ("http/protobuf",)


def check_tracing(
    values: Values, environ: Mapping[str, str], findings: Findings
) -> OtlpSettings | None:
    """Return where spans go; None where the environment turns off what the option turns on."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        findings.refuse(
            values.place("tracing"),
            "needs a package that is not installed",
            NOT_HERE,
        )
    return _Environment(environ, findings).read()


class _Environment:
    """Reads the variables; those of traces go before those of all signals."""

    def __init__(self, environ: Mapping[str, str], findings: Findings) -> None:
        self._environ = environ
        self._findings = findings

    def read(self) -> OtlpSettings:
        self._one_of("PROTOCOL", _PROTOCOLS, "http/protobuf")
        return OtlpSettings(
            otlp_endpoint=self._endpoint(),
            otlp_headers=self._headers(),
            otlp_timeout=self._seconds(),
            otlp_compression=self._one_of("COMPRESSION", _COMPRESSIONS, "none"),
            otlp_certificate=self._text("CERTIFICATE")[1],
            otlp_client_certificate=self._text("CLIENT_CERTIFICATE")[1],
            otlp_client_key=self._text("CLIENT_KEY")[1],
            **{key: self._number(*known) for key, known in _NUMBERS.items()},
        )

    def _text(self, name: str) -> tuple[str, str]:
        """Return the name of the variable that counts, and what it says."""
        for variable in (f"{PREFIX}TRACES_{name}", f"{PREFIX}{name}"):
            found = self._environ.get(variable, "").strip()
            if found:
                return variable, found
        return f"{PREFIX}{name}", ""

    def _endpoint(self) -> str:
        variable, found = self._text("ENDPOINT")
        if variable != f"{PREFIX}TRACES_ENDPOINT":
            found = (found or DEFAULT_ENDPOINT).removesuffix("/") + PATH
        try:
            url = parse_url(found)
        except Malformed as reason:
            self._refuse(variable, reason.what, reason.remedy)
            return found
        if url.scheme == "http" and not is_loopback(url.host) and self._text("HEADERS")[1]:
            self._findings.warn(
                f"environment {self._text('HEADERS')[0]}",
                "whoever listens on the way can read these values: the endpoint is plain http",
            )
        return found

    def _headers(self) -> tuple[tuple[str, Secret[str]], ...]:
        """Return what goes with each batch; values are secrets, they let programs in."""
        variable, text = self._text("HEADERS")
        found = []
        for pair in text.split(",") if text else ():
            name, equals, value = (part.strip() for part in pair.partition("="))
            name, value = unquote(name), unquote(value)
            if not equals or not name.replace("-", "").replace("_", "").isalnum():
                self._refuse(variable, "not a list of name=value", "Write name=value,name=value.")
            elif not (name.isascii() and value.isascii() and value.isprintable()):
                self._refuse(variable, "a value that no header can hold", "Write it in ASCII.")
            else:
                found.append((name, Secret(value)))
        return tuple(found)

    def _seconds(self) -> float:
        variable, text = self._text("TIMEOUT")
        try:
            seconds = float(text or 10)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 3600:
            self._refuse(variable, "no number of seconds", "Write it in seconds, as in 10.")
        return seconds

    def _number(self, variable: str, default: int) -> int:
        text = self._environ.get(variable, "").strip()
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000):
            self._refuse(variable, "no number from 1 to 1000000", f"Write one, as in {default}.")
            return default
        return int(text)

    def _one_of(self, name: str, known: tuple[str, ...], default: str) -> str:
        variable, text = self._text(name)
        if text and text not in known:
            listed = " or ".join(known)
            self._refuse(variable, "a kind that is not spoken here", f"Write {listed}.")
        return text or default

    def _refuse(self, variable: str, what: str, remedy: str) -> None:
        self._findings.refuse(f"environment {variable}", what, remedy)
