"""The configuration, as operators mistype it.

- Flags, variables and files give settings, or a ConfigurationError that lists every mistake, each
  with its mending; nothing else comes out.
- What is shown of a configuration is TOML that says the same, and holds no secret.
"""

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from sidegate.app.explain import Explainer
from sidegate.config.expectations import read_expectations
from sidegate.config.explain import as_json, as_toml, plain_of
from sidegate.config.findings import Findings
from sidegate.config.load import Loaded
from sidegate.config.options import OPTIONS, Kind
from sidegate.config.options.option import Option
from sidegate.core.errors import ConfigurationError
from tests.fuzz.budget import fuzzed
from tests.fuzz.mutations import mutated
from tests.unit.config.conftest import SECRET, Desk

MARKS = st.sampled_from(
    [
        *"%:/[]@.,*=!#?()\\\"' \x00\n\t\x7f\x85\u2028\udc80²٣",
        *("http://", "https://", "unix:", "static://", "fd:", "::1", "127.0.0.1", "9" * 5000, "h"),
    ]
)
LIKELY = st.sampled_from(
    [
        "true",
        "1",
        "0",
        "10s",
        "1h30m",
        "lax",
        "/",
        "/a",
        ".example.com",
        "^/open",
        "GET=^/a$",
        "a,b",
    ]
)
TEXTS = st.lists(MARKS | st.text(max_size=3), max_size=6).map("".join) | LIKELY
TEXT_OPTIONS = [option for option in OPTIONS if option.kind is not Kind.BOOL]
PAIRS = st.lists(st.tuples(st.sampled_from(TEXT_OPTIONS), TEXTS), max_size=3)
VARIABLES = st.dictionaries(
    st.sampled_from([option.variable for option in OPTIONS]).map(
        lambda name: name.removesuffix("S")
    )
    | st.sampled_from([option.variable for option in OPTIONS])
    | st.text(max_size=4).map("OAUTH2_PROXY_{}".format),
    TEXTS,
    max_size=3,
)
DOCUMENTS = [
    b'email_domains = ["example.com"]\ncookie_expire = "24h"\nreverse_proxy = true\n',
    b'upstreams = ["http://127.0.0.1:8080/", "unix:///run/a.sock"]\nlimit_header_bytes = 65536\n',
    b'cookie-refresh = \'1h\'\nskip_auth_routes = [\'GET=^/health$\', """^/x"""]\n# end\n',
    b"[table]\na = 1979-05-27\nb = {c = 0x1F}\nlimit_header_fields = +1_000\n",
]
RULES = b"""
[[rules]]
name = "a"
hosts = ["*.example.com"]
paths = ["/admin"]
path-patterns = ["^/v[0-9]+/"]
methods = ["GET"]
providers = ["oidc"]
allow = [{ groups = ["x"], claims = { "a.b" = ["c"] } }, { emails = ["a@b.c"] }]
deny.roles = "guest"
mode = "shadow"
[[rules]]
name = "b"
allow = "everybody"
[[expectations]]
request = "GET https://a.example.com/admin?x"
user = "a@b.c"
expect = "deny"
rule = "b"
"""
TOML_WORDS = [b"=", b"[", b"]", b"{", b'"', b"'''", b"\n", b"#", b",", b".", b"inf", b"nan", b"-0"]
TOML_WORDS += [b"true", b"\\u0000", b"\\ud800", b"\xff", b"\0", b"[" * 3000, b"9" * 5000]
RULE_LINES = [*RULES.splitlines(), b"[rules.allow]", b"rules = 1", b"[[rules]]", b"deny = {}"]
TOML_LINES = [f"{option.key} = ".encode() for option in OPTIONS] + [b"a.b = 1", b"[[x]]"]


def load(desk: Desk, *flags: str, env: dict[str, str] | None = None) -> Loaded | None:
    """Return what was loaded, or None after every mistake was told with its mending."""
    try:
        return desk.load(*flags, env=env)
    except ConfigurationError as error:
        mistakes = error.mistakes
    assert mistakes
    assert all("\n  " in mistake for mistake in mistakes)
    return None


def check_shown(loaded: Loaded | None) -> None:
    if loaded is None:
        return
    text = as_toml(loaded.values)
    shown = tomllib.loads(text)
    for name in ("rules", "expectations"):
        tables = loaded.values.tables.get(name, ())
        assert shown.pop(name, []) == [dict(table.values) for table in tables]
    expected = {key: plain_of(loaded.values[key].option, loaded.values[key].value) for key in shown}
    assert shown == expected
    assert SECRET not in text + as_json(loaded.values)
    text.encode()


@fuzzed(300)
@given(pairs=PAIRS, env=VARIABLES)
def test_flags_and_variables_give_settings_or_mistakes(
    pairs: list[tuple[Option, str]], env: dict[str, str]
) -> None:
    flags = [f"--{option.flag}={text}" for option, text in pairs]
    check_shown(load(Desk(), *flags, env=env))


@fuzzed(100)
@given(words=st.lists(TEXTS.map("--{}".format) | st.sampled_from(["--", "-x", "x"]), max_size=4))
def test_words_that_are_no_flags_are_mistakes(words: list[str]) -> None:
    assert load(Desk(), *words) is None or words == []


@fuzzed(300)
@given(content=mutated(DOCUMENTS, TOML_WORDS, TOML_LINES) | st.binary(max_size=40))
@example(content=b"limit_header_bytes = " + b"[" * 5000)
@example(content=b"limit_header_bytes = " + b"9" * 5000)
def test_files_give_settings_or_mistakes(content: bytes) -> None:
    desk = Desk()
    desk.files["gate.toml"] = content
    check_shown(load(desk, "--config=gate.toml"))


@fuzzed(300)
@given(content=mutated([RULES], [*TOML_WORDS, b"1", b"[]", b"{}", b'""'], RULE_LINES))
def test_rules_give_settings_or_mistakes(content: bytes) -> None:
    desk = Desk()
    desk.files["gate.toml"] = content
    loaded = load(desk, "--config=gate.toml")
    check_shown(loaded)
    if loaded is not None:
        explainer = Explainer(loaded.settings)
        for expected in read_expectations(loaded.values, Findings()):
            explainer.check(expected)
