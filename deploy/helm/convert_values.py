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

from deploy.helm.their_values import NEEDLESS, READ, SAME, UNTOUCHED, remedy
from sidegate.config.options import OPTIONS, Kind, Option

Values = dict[str, Any]

SET_BY_CHART: Final = {
    *("http_address", "metrics_address", "reverse_proxy"),
    *("client_secret_file", "cookie_secret_file", "redis_password_file"),
}
NOBODY: Final = {"file:///dev/null", "static://200", "static://202"}
KEYS: Final = {name: option for option in OPTIONS for name in (option.key, *option.also)}
FLAGS: Final = {option.flag: option for option in OPTIONS}
SECRETS: Final = {
    "client_secret": "clientSecret",
    "cookie_secret": "cookieSecret",
    "redis_password": "redisPassword",
}
"""Secrets that the gate reads as files, and where our values name the key of the Secret."""
GOOGLE: Final = {
    "adminEmail": "google_admin_email",
    "groups": "google_groups",
    "targetPrincipal": "google_target_principal",
    "useApplicationDefaultCredentials": "google_use_application_default_credentials",
}
EMAILS, PASSWORDS, GOOGLE_KEY = "/etc/sidegate-emails", "/etc/sidegate-htpasswd", "/etc/google"


class Conversion:
    """The new values, and what has to be looked at."""

    def __init__(self, old: Values) -> None:
        self.notes: list[str] = []
        whole = old["oauth2-proxy"] if set(old) == {"oauth2-proxy"} else old
        self.old: Values = self._written_out(whole, "") or {}
        self.values: Values = {"mode": "standalone"}
        self.config: Values = {}
        self._same()
        self._options()
        self._sessions()
        self._files()
        self._hosts()
        self._secrets()
        self._network_policy()
        self.values["config"] = self.config
        self._people()
        self.notes.append("image.repository: say where your image of sidegate is")

    def _written_out(self, value: Any, path: str) -> Any:
        """Return a value without templates, which only their chart fills; None for a template."""
        if isinstance(value, dict):
            below = {key: self._written_out(each, f"{path}.{key}") for key, each in value.items()}
            return {key: each for key, each in below.items() if each is not None}
        if isinstance(value, list):
            found = [(one, self._whole(one, f"{path}[{at}]")) for at, one in enumerate(value)]
            return [one for one, is_whole in found if is_whole]
        if isinstance(value, str) and "{{" in value and not path.endswith(".configFile"):
            self._template(path)
            return None
        return value

    def _whole(self, value: Any, path: str) -> bool:
        """Tell whether an entry of a list has no template in it; note it otherwise."""
        if "{{" in yaml.safe_dump(value, width=10**9):
            self._template(path)
            return False
        return True

    def _template(self, path: str) -> None:
        self.notes.append(f"{path.lstrip('.')}: is a template of their chart; write it out")

    def _at(self, path: str) -> Values:
        """Return a map of the old values; empty where there is none."""
        value: Any = self.old
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def _same(self) -> None:
        for path, value in flat(self.old):
            is_nothing = value in (None, "", False, [], {}) or value == UNTOUCHED.get(path)
            if path in SAME:
                if value is not None:
                    put(self.values, SAME[path], value)
            elif not (is_nothing or path.startswith((*READ, *NEEDLESS))):
                self.notes.append(f"{path}: is not taken over: {remedy(path)}")

    def _options(self) -> None:
        config = self._at("config")
        if config.get("existingConfig"):
            self.notes.append("config.existingConfig: put what is in that ConfigMap into config")
        # Flags win over variables, and those over the file.
        self._config_file(str(config.get("configFile") or ""))
        for variable in self.old.get("extraEnv") or []:
            self._variable(variable)
        named = {"clientID": "client_id", "cookieName": "cookie_name"}
        named |= {"emailDomains": "email_domains", "upstreams": "upstreams"}
        self._all((ours, config.get(theirs), theirs) for theirs, ours in named.items())
        google = self._at("config.google")
        self._all((ours, google.get(key), f"google.{key}") for key, ours in GOOGLE.items())
        for flag, values in arguments(self.old.get("extraArgs") or {}).items():
            where = f"extraArgs: {flag}"
            if values == [False]:
                self.notes.append(f"{where}: is false; their chart wrote --{flag}, which is true")
            self._option(flag, values if len(values) > 1 else values[0], where)

    def _all(self, rows: Iterator[tuple[str, Any, str]]) -> None:
        for ours, value, theirs in rows:
            is_placeholder = isinstance(value, str) and not value.strip("X")
            if value and not is_placeholder:
                self._option(ours, value, f"config.{theirs}")

    def _config_file(self, text: str) -> None:
        lines = text.splitlines()
        for line in (line for line in lines if "{{" in line):
            self._template(f"config.configFile: {line.partition('=')[0].strip()}")
        try:
            read_in = tomllib.loads("\n".join(line for line in lines if "{{" not in line))
        except tomllib.TOMLDecodeError as error:
            self.notes.append(f"config.configFile: is no TOML ({error}); write it into config")
            return
        for key, value in read_in.items():
            self._option(key, value, f"config.configFile: {key}")

    def _variable(self, variable: Values) -> None:
        name = variable.get("name", "")
        key = name.removeprefix("OAUTH2_PROXY_").lower()
        reference = (variable.get("valueFrom") or {}).get("secretKeyRef") or {}
        if name.startswith("OTEL_"):
            self._tracing(variable, name)
        elif key == name.lower():
            self.notes.append(
                f"extraEnv: {name}: is not taken over: the gate reads no such variable"
            )
        elif key in SECRETS and reference:
            self._reference(key, reference, f"extraEnv: {name}")
        elif "value" in variable:
            self._option(key, variable["value"], f"extraEnv: {name}")
        else:
            self.notes.append(f"extraEnv: {name}: write its value into config.{key}")

    def _tracing(self, variable: Values, name: str) -> None:
        if name.endswith("_HEADERS") and variable.get("value"):
            self.notes.append(
                f"extraEnv: {name}: is a secret; put it into a Secret, and name that by valueFrom"
            )
            return
        self.values.setdefault("extraEnv", []).append(variable)
        note = 'extraEnv: OTEL_*: is read where config.tracing is "otlp"'
        if note not in self.notes:
            self.notes.append(note)

    def _reference(self, key: str, reference: Values, where: str) -> None:
        name, known = reference.get("name", ""), self._at("config").get("existingSecret")
        put(self.values, f"secrets.keys.{SECRETS[key]}", reference.get("key", ""))
        if known in (None, "", name):
            self.old.setdefault("config", {})["existingSecret"] = name
        else:
            self.notes.append(f"{where}: put this key of the Secret {name} into {known}")

    def _option(self, name: str, value: Any, where: str) -> None:
        option = FLAGS.get(name.replace("_", "-")) or KEYS.get(name.replace("-", "_"))
        if option is None:
            self.notes.append(f"{where}: no such option")
        elif option.secret and not option.key.endswith(("_url", "_urls")):
            self.notes.append(f"{where}: is a secret, and has to be a key of the Secret")
        elif option.is_planned:
            self.notes.append(f"{where}: is not built yet")
        elif option.key in SET_BY_CHART:
            self.notes.append(f"{where}: is set by the chart")
        elif option.secret:
            self._address(option.key, typed(option, value))
        else:
            self._take(option, value, where)

    def _take(self, option: Option, value: Any, where: str) -> None:
        try:
            new = typed(option, value)
        except (TypeError, ValueError):
            self.notes.append(f"{where}: {value!r} is no value for config.{option.key}")
            return
        if option.key != "upstreams" or not NOBODY.issuperset(new):
            self.config[option.key] = new

    def _sessions(self) -> None:
        storage, redis = self._at("sessionStorage"), self._at("sessionStorage.redis")
        if storage.get("type", "cookie") != "redis":
            return
        kind = redis.get("clientType", "standalone")
        about = self._at(f"sessionStorage.redis.{kind}")
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
            if about.get("password") or about.get("existingSecret"):
                self.notes.append(
                    "sessionStorage.redis.sentinel: mount the password by extraVolumes, and name "
                    "its file in config.redis_sentinel_password_file"
                )
        self.notes.append("networkPolicy.redis: name the pods of Redis, and enable it")
        self._redis_password(redis)

    def _redis_password(self, redis: Values) -> None:
        theirs, ours = redis.get("existingSecret"), self._at("config").get("existingSecret")
        if redis.get("password") or theirs:
            key = redis.get("passwordKey") or "redis-password"
            put(self.values, "secrets.keys.redisPassword", key)
            if not theirs or theirs != ours:
                source = f", from the Secret {theirs}" if theirs else ""
                self.notes.append(f"{key}: has to be a key of secrets.existingSecret{source}")

    def _address(self, key: str, value: Any) -> None:
        if not value or any("@" in one for one in ([value] if isinstance(value, str) else value)):
            self.notes.append(f"config.{key}: give the address, without a password")
        else:
            self.config[key] = value

    def _files(self) -> None:
        if self._at("alphaConfig").get("enabled"):
            self.notes.append("alphaConfig: is not built yet: write its parts as options in config")
        emails, passwords = self._at("authenticatedEmailsFile"), self._at("htpasswdFile")
        if emails.get("enabled"):
            key = emails.get("restrictedUserAccessKey") or "restricted_user_access"
            name = emails.get("template") or "sidegate-emails"
            is_secret = emails.get("persistence") == "secret"
            self._mount("emails", EMAILS, name, is_secret=is_secret)
            self.config["authenticated_emails_file"] = f"{EMAILS}/{key}"
            if not emails.get("template"):
                what = f"a {'Secret' if is_secret else 'ConfigMap'} {name} of it, key {key}"
                self.notes.append(f"authenticatedEmailsFile.restricted_access: make {what}")
        if passwords.get("enabled"):
            name = passwords.get("existingSecret") or "sidegate-htpasswd"
            self._mount("htpasswd", PASSWORDS, name, is_secret=True)
            self.config["htpasswd_file"] = f"{PASSWORDS}/users.txt"
            if not passwords.get("existingSecret"):
                self.notes.append(
                    f"htpasswdFile.entries: make a Secret {name} of them, key users.txt, by bcrypt"
                )
        self._google_key()

    def _google_key(self) -> None:
        google = self._at("config.google")
        if google.get("serviceAccountJson") or google.get("existingSecret"):
            name = google.get("existingSecret") or "sidegate-google"
            self._mount("google", GOOGLE_KEY, name, is_secret=True)
            self.config["google_service_account_json"] = f"{GOOGLE_KEY}/service-account.json"
            if not google.get("existingSecret"):
                self.notes.append(
                    f"config.google.serviceAccountJson: make a Secret {name} of it, key "
                    "service-account.json"
                )

    def _mount(self, name: str, path: str, source: str, *, is_secret: bool) -> None:
        volume: Values = {"name": name, "configMap": {"name": source}}
        if is_secret:
            volume = {"name": name, "secret": {"secretName": source, "defaultMode": 0o440}}
        self.values.setdefault("extraVolumes", []).append(volume)
        mount = {"name": name, "mountPath": path, "readOnly": True}
        self.values.setdefault("extraVolumeMounts", []).append(mount)

    def _hosts(self) -> None:
        ingress, route = self._at("ingress"), self._at("gatewayApi")
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
        secrets = [tls.get("secretName", "") for tls in ingress.get("tls") or []]
        if secrets:
            put(self.values, "ingress.tlsSecretName", secrets[0])
        if len(set(secrets)) > 1:
            self.notes.append(f"ingress.tls: one secret is for all hosts here, {secrets[0]}")
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
        config = self._at("config")
        name = config.get("existingSecret") or ""
        put(self.values, "secrets.existingSecret", name)
        keys = config.get("requiredSecretKeys") or []
        if keys and "client-secret" not in keys:
            put(self.values, "secrets.keys.clientSecret", "")
        if not name:
            self.notes.append(
                "secrets.existingSecret: make a Secret with client-secret and cookie-secret"
            )
        elif "client_id" not in self.config:
            self.notes.append("config.client_id: copy it out of the Secret, it is none")

    def _people(self) -> None:
        if self.config.get("email_domains") == ["*"]:
            self.notes.append("config.email_domains: everybody who can sign in; is that meant?")
        if not {"email_domains", "authenticated_emails_file", "htpasswd_file"} & self.config.keys():
            self.notes.append("config.email_domains: say who may pass; theirs was everybody")


def typed(option: Option, value: Any) -> Any:
    """Return a value as TOML has it; what the text of a flag or variable means, the option says.

    Raises TypeError or ValueError for what it cannot be.
    """
    if option.kind is Kind.LIST:
        return value.split(",") if isinstance(value, str) else list(value)
    if isinstance(value, list):  # a flag that was given several times: the last counts
        return typed(option, value[-1])
    if option.kind is Kind.BOOL:
        return value if isinstance(value, bool) else str(value).lower() in {"true", "1", "t", ""}
    if option.kind is Kind.INT:
        return int(value)
    if value is True:
        raise ValueError(value)
    return str(value)


def arguments(extra: Mapping[str, Any] | list[str]) -> dict[str, list[Any]]:
    """Return the values of each flag, whether they are a map or a list. A flag alone is true."""
    found: dict[str, list[Any]] = {}
    if isinstance(extra, Mapping):
        for flag, value in extra.items():
            found[flag] = value if isinstance(value, list) else [True if value is None else value]
        return {flag: values or [True] for flag, values in found.items()}
    flag = ""
    for word in extra:
        if not word.startswith("-") and flag and found[flag][-1] is True:
            found[flag][-1] = word
            continue
        flag, mark, value = word.lstrip("-").partition("=")
        found.setdefault(flag, []).append(value.strip("\"'") if mark else True)
    return found


def flat(values: Values, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its path. A map that users fill is one value."""
    for key, value in values.items():
        path = f"{above}{key}"
        is_ours = any(known.startswith(f"{path}.") for known in SAME)
        is_open = path in SAME or not isinstance(value, dict) or not value
        if is_open and not (is_ours and isinstance(value, dict)):
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
