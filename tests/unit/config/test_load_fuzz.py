"""Whatever is written, loading gives settings or a ConfigurationError; nothing else comes out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sidegate.config.options import OPTIONS, Kind
from tests.unit.config.conftest import Desk

MARKS = st.sampled_from(list("%:/[]@.,*=!#?()\\\"' \x00\n\udc80²٣")) | st.sampled_from(
    ["http://", "https://", "unix:", "static://", "fd:", "::1", "127.0.0.1", "9" * 5000, "h", "-"]
)
TEXTS = st.lists(MARKS | st.text(max_size=3), max_size=6).map("".join)
TEXT_OPTIONS = [option for option in OPTIONS if option.kind is not Kind.BOOL]


@settings(deadline=None)  # the first pattern loads a library
@given(st.lists(st.tuples(st.sampled_from(TEXT_OPTIONS), TEXTS), max_size=3))
def test_flags_give_settings_or_mistakes(pairs: list[tuple[object, str]]) -> None:
    argv = [f"--{getattr(option, 'flag', '')}={text}" for option, text in pairs]
    assert all("\n  " in mistake for mistake in Desk().mistakes(*argv))


@settings(deadline=None)  # the first pattern loads a library
@given(st.binary(max_size=40) | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_files_give_settings_or_mistakes(content: bytes) -> None:
    desk = Desk()
    desk.files["gate.toml"] = content
    for text in (content, b"limit_header_bytes = " + content, b"[" * 5000):
        desk.files["gate.toml"] = text
        assert all("\n  " in mistake for mistake in desk.mistakes("--config=gate.toml"))
