"""Turns a values file of oauth2-proxy's chart into one of ours; tells all it could not take over.

    python -m deploy.helm.convert_values old-values.yaml > values.yaml

Needs sidegate and PyYAML; standard error lists what is left to do.

Rule 1: nothing is dropped in silence.
Rule 2: no secret is written.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from sidegate.config.options import OPTIONS, Kind, Option

Values = dict[str, Any]

# From where to where, for what means the same in both charts.
SAME: Final = {
    "replicaCount": "replicas",
    "service.portNumber": "service.port",
    "serviceAccount.enabled": "serviceAccount.create",
    "ingress.className": "ingress.className",
    "ingress.enabled": "ingress.enabled",
    "gatewayApi.enabled": "gatewayApi.enabled",
    "metrics.serviceMonitor.enabled": "metrics.serviceMonitor.enabled",
    "metrics.serviceMonitor.interval": "metrics.serviceMonitor.interval",
    "metrics.serviceMonitor.labels": "metrics.serviceMonitor.labels",
    "metrics.servicemonitor.enabled": "metrics.serviceMonitor.enabled",
    "metrics.servicemonitor.interval": "metrics.serviceMonitor.interval",
    "metrics.servicemonitor.labels": "metrics.serviceMonitor.labels",
    "autoscaling.targetCPUUtilizationPercentage": "autoscaling.cpuUtilization",
    "podDisruptionBudget.enabled": "disruptionBudget.enabled",
    "networkPolicy.create": "networkPolicy.enabled",
    "networkPolicy.ingress": "networkPolicy.extraIngress",
    "networkPolicy.egress": "networkPolicy.extraEgress",
    **{
        name: name
        for name in (
            *("nameOverride", "fullnameOverride", "imagePullSecrets", "resources", "nodeSelector"),
            *("tolerations", "affinity", "topologySpreadConstraints", "priorityClassName"),
            *("podAnnotations", "podLabels", "extraVolumes", "extraVolumeMounts"),
            *("service.type", "service.annotations", "serviceAccount.name"),
            *("serviceAccount.annotations", "ingress.annotations", "gatewayApi.annotations"),
            *("metrics.enabled", "metrics.port", "autoscaling.enabled", "autoscaling.minReplicas"),
            *("autoscaling.maxReplicas",),
        )
    },
}
# Read below, or without a meaning here: probes, security contexts and the image are our own.
ELSEWHERE: Final = (
    *("config.", "extraArgs", "extraEnv", "sessionStorage.", "ingress.hosts", "ingress.tls"),
    *("gatewayApi.hostnames", "gatewayApi.gatewayRef", "image.", "livenessProbe.", "global."),
    *("readinessProbe.", "securityContext.", "podSecurityContext.", "checkDeprecation"),
    *("proxyVarsAsSecrets", "httpScheme", "revisionHistoryLimit", "enableServiceLinks"),
    *("ingress.path", "ingress.pathType", "service.appProtocol", "serviceAccount.automount"),
    *("metrics.serviceMonitor.", "metrics.servicemonitor.", "podDisruptionBudget."),
)
SET_BY_CHART: Final = {
    *("http_address", "metrics_address", "reverse_proxy"),
    *("client_secret_file", "cookie_secret_file", "redis_password_file"),
}
NOBODY: Final = {"file:///dev/null", "static://200", "static://202"}
KEYS: Final = {name: option for option in OPTIONS for name in (option.key, *option.also)}
FLAGS: Final = {option.flag: option for option in OPTIONS}


class Conversion:
    """The new values, and what has to be looked at."""

    def __init__(self, old: Values) -> None:
        self.old = old
        self.values: Values = {"mode": "standalone"}
        self.notes: list[str] = []
        self.config: Values = {}
        self._same()
        self._options()
        self._sessions()
        self._hosts()
        self._secrets()
        self._network_policy()
        self.values["config"] = self.config
        if "email_domains" not in self.config:
            self.notes.append("config.email_domains: say who may pass; theirs was everybody")
        self.notes.append("image.repository: say where your image of sidegate is")

    def _same(self) -> None:
        for path, value in flat(self.old):
            if path in SAME:
                put(self.values, SAME[path], value)
            elif not path.startswith(ELSEWHERE) and value not in (None, "", False, [], {}):
                self.notes.append(f"{path}: is not taken over")

    def _options(self) -> None:
        config = self.old.get("config") or {}
        if config.get("existingConfig"):
            self.notes.append("config.existingConfig: put what is in it into config")
        named = {"clientID": "client_id", "cookieName": "cookie_name"}
        named |= {"emailDomains": "email_domains", "upstreams": "upstreams"}
        for theirs, ours in named.items():
            if config.get(theirs):
                self._option(ours, config[theirs], f"config.{theirs}")
        for key, value in tomllib.loads(config.get("configFile") or "").items():
            self._option(key, value, f"config.configFile: {key}")
        for flag, value in arguments(self.old.get("extraArgs") or {}):
            self._option(flag, value, f"extraArgs: {flag}")
        for variable in self.old.get("extraEnv") or []:
            name = variable["name"]
            if name.startswith("OAUTH2_PROXY_") and "value" in variable:
                key = name.removeprefix("OAUTH2_PROXY_").lower()
                self._option(key, variable["value"], f"extraEnv: {name}")
            else:
                self.notes.append(f"extraEnv: {name}: is not taken over")

    def _option(self, name: str, value: Any, where: str) -> None:
        option = FLAGS.get(name.replace("_", "-")) or KEYS.get(name.replace("-", "_"))
        if option is None:
            self.notes.append(f"{where}: no such option")
        elif option.secret:
            self.notes.append(f"{where}: is a secret, and has to be a key of the Secret")
        elif option.is_planned:
            self.notes.append(f"{where}: is not built yet")
        elif option.key in SET_BY_CHART:
            self.notes.append(f"{where}: is set by the chart")
        else:
            new = typed(option, value)
            if option.key != "upstreams" or not NOBODY.issuperset(new):
                self.config[option.key] = new

    def _sessions(self) -> None:
        storage = self.old.get("sessionStorage") or {}
        if storage.get("type", "cookie") != "redis":
            return
        redis = storage.get("redis") or {}
        kind = redis.get("clientType", "standalone")
        about = redis.get(kind) or {}
        self.config["session_store_type"] = "redis"
        if kind == "standalone":
            self._address("redis_connection_url", about.get("connectionUrl"))
        else:
            self.config[f"redis_use_{kind}"] = True
            urls = about.get("connectionUrls") or []
            listed = urls.split(",") if isinstance(urls, str) else urls
            self._address(f"redis_{kind}_connection_urls", listed)
        if kind == "sentinel":
            self.config["redis_sentinel_master_name"] = about.get("masterName", "")
        self.notes.append("networkPolicy.redis: name the pods of Redis, and enable it")
        if redis.get("password") or redis.get("existingSecret"):
            put(self.values, "secrets.keys.redisPassword", "redis-password")
            self.notes.append("redis-password: has to be a key of secrets.existingSecret")

    def _address(self, key: str, value: Any) -> None:
        if not value or any("@" in one for one in ([value] if isinstance(value, str) else value)):
            self.notes.append(f"config.{key}: give the address, without a password")
        else:
            self.config[key] = value

    def _hosts(self) -> None:
        ingress, route = (self.old.get(name) or {} for name in ("ingress", "gatewayApi"))
        named = [
            one["host"] if isinstance(one, dict) else one for one in ingress.get("hosts") or []
        ]
        named += route.get("hostnames") or []
        address = self.config.get("redirect_url", "").removeprefix("https://").partition("/")[0]
        hosts = list(dict.fromkeys([*([address] if address else []), *named]))
        if not hosts:
            self.notes.append("host: say at which host people come back from the provider")
        else:
            self.values["host"], self.values["extraHosts"] = hosts[0], hosts[1:]
        for tls in (ingress.get("tls") or [])[:1]:
            put(self.values, "ingress.tlsSecretName", tls.get("secretName", ""))
        if route.get("gatewayRef"):
            put(self.values, "gatewayApi.parentRefs", [route["gatewayRef"]])

    def _network_policy(self) -> None:
        policy = self.values.setdefault("networkPolicy", {})
        if policy.setdefault("enabled", False):
            who = "networkPolicy.gateway: name the pods people come through, by their labels"
        else:
            who = "networkPolicy.enabled: theirs was off; turn it on, with networkPolicy.gateway"
        self.notes.append(who)

    def _secrets(self) -> None:
        config = self.old.get("config") or {}
        name = config.get("existingSecret") or ""
        put(self.values, "secrets.existingSecret", name)
        if not name:
            self.notes.append(
                "secrets.existingSecret: make a Secret with client-secret and cookie-secret"
            )
        elif "client_id" not in self.config:
            self.notes.append("config.client_id: copy it out of the Secret, it is none")


def typed(option: Option, value: Any) -> Any:
    """Return a value as TOML has it; what the text of a flag or variable means, the option says."""
    if option.kind is Kind.LIST:
        return value.split(",") if isinstance(value, str) else list(value)
    if option.kind is Kind.BOOL:
        return value if isinstance(value, bool) else str(value).lower() in {"true", "1", "t", ""}
    if option.kind is Kind.INT:
        return int(value)
    return str(value)


def arguments(extra: Mapping[str, Any] | list[str]) -> Iterator[tuple[str, Any]]:
    """Yield flags and their values, whether they are a map or a list. A flag alone is true."""
    if isinstance(extra, Mapping):
        yield from ((flag, True if value is None else value) for flag, value in extra.items())
        return
    for word in extra:
        flag, mark, value = word.lstrip("-").partition("=")
        yield flag, value if mark else True


def flat(values: Values, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its path. A map that users fill is one value."""
    for key, value in values.items():
        path = f"{above}{key}"
        is_ours = any(known.startswith(f"{path}.") for known in SAME)
        is_open = path in SAME or not isinstance(value, dict) or not value
        if is_open and not is_ours:
            yield path, value
        elif isinstance(value, dict):
            yield from flat(value, f"{path}.")


def put(values: Values, path: str, value: Any) -> None:
    """Set a value at a path."""
    *above, last = path.split(".")
    for key in above:
        values = values.setdefault(key, {})
    values[last] = value


def read(words: list[str]) -> Values:
    """Return the values of the file that is named, or of standard input.

    Raises OSError or ValueError for what cannot be read.
    """
    content = Path(words[0]).read_bytes() if words else sys.stdin.buffer.read()
    try:
        values = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ValueError("it holds no mapping")  # noqa: TRY004 - the file is wrong, no argument
    return values


def main(words: list[str]) -> int:
    """Convert a file; return 2 for one that cannot be read."""
    is_help = bool({"-h", "--help"}.intersection(words))
    if is_help or len(words) > 1:
        print(__doc__)
        return 0 if is_help else 2
    try:
        values = read(words)
    except (OSError, ValueError) as error:
        where = words[0] if words else "standard input"
        print(f"{where}: {error}\nGive the values file of oauth2-proxy's chart.", file=sys.stderr)
        return 2
    done = Conversion(values)
    print(yaml.safe_dump(done.values, sort_keys=False), end="")
    print("Still to do:", *done.notes, sep="\n  - ", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
