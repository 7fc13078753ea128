"""Tampered session cookies: from what a browser has to the `Cookie` fields of an attack."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance.macros import expand

SESSION = "_oauth2_proxy"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Cookies = dict[str, str]


def line(cookies: Cookies) -> str:
    """Return the Cookie field that carries them."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def tampered(how: dict[str, Any], cookies: Cookies) -> Iterator[str]:
    """Yield the Cookie fields of an attack. Raises KeyError for one that is not known here."""
    if not how:
        yield line({"first": "0", **cookies, "other": "1"})
        return
    ((name, value),) = how.items()
    yield from _ATTACKS[name](value, cookies)


def knows(how: dict[str, Any]) -> bool:
    """Say whether `tampered` knows this attack."""
    return all(name in _ATTACKS for name in how)


def _each_bit(_: Any, cookies: Cookies) -> Iterator[str]:
    """Flip each bit. Bytes that no field may have are the wire's business, and left out."""
    for name, value in cookies.items():
        for place in range(len(value) * 8):
            char = chr(ord(value[place // 8]) ^ (1 << place % 8))
            if char >= " " and char != "\x7f":
                flipped = value[: place // 8] + char + value[place // 8 + 1 :]
                yield line({**cookies, name: flipped})


def _noncanonical(_: Any, cookies: Cookies) -> Iterator[str]:
    for name, value in cookies.items():
        last = ALPHABET.index(value[-1])
        spare = {2: range(1, 16), 3: range(1, 4)}.get(len(value) % 4, range(0))
        for bits in spare:
            yield line({**cookies, name: value[:-1] + ALPHABET[last ^ bits]})
        yield line({**cookies, name: value + "="})
        yield line({**cookies, name: value.replace("-", "+").replace("_", "/") + "+/"})


def _each(change: Callable[[str], str]) -> Callable[[Any, Cookies], Iterator[str]]:
    return lambda _, cookies: iter([line({n: change(v) for n, v in cookies.items()})])


def _truncate(length: Any, cookies: Cookies) -> Iterator[str]:
    for size in {int(length), 1, len(next(iter(cookies.values()))) - 1}:
        yield line({name: value[:size] for name, value in cookies.items()})


def _shift(_: Any, cookies: Cookies) -> Iterator[str]:
    """Move bytes between name and value and between the parts of the value."""
    for name, value in cookies.items():
        for size in range(1, 8):
            yield line({name + value[:size]: value[size:]})
            yield line({name[:-size]: name[-size:] + value})
            yield line({name: value[:-size] + "|" + value[-size:]})
            yield line({name: name[-size:] + value})


def _drop_chunk(number: Any, cookies: Cookies) -> Iterator[str]:
    names = [name for name in cookies if name != f"{SESSION}_{number}"]
    assert len(names) < len(cookies) > 1, f"the session is in one cookie: {list(cookies)}"
    yield line({name: cookies[name] for name in names})


def _chunks(_: Any, cookies: Cookies) -> Iterator[str]:
    """Swap chunks, repeat them, and mix their numbers."""
    names = list(cookies)
    assert len(names) > 1, "the session is in one cookie"
    values = list(cookies.values())
    yield line(dict(zip(names, reversed(values), strict=True)))
    yield line(dict.fromkeys(names, values[0]))
    yield line({name: value[:-1] for name, value in cookies.items()})
    yield line({name.replace("_0", "_9"): value for name, value in cookies.items()})


def _both(_: Any, cookies: Cookies) -> Iterator[str]:
    yield line({SESSION: "stale", **cookies})
    yield line({**cookies, SESSION: "stale"})


def _raw(text: Any, cookies: Cookies) -> Iterator[str]:
    yield expand(text, {}, 0) if "$" not in text else text.replace("$value", cookies[SESSION])


_ATTACKS: dict[str, Callable[[Any, Cookies], Iterator[str]]] = {
    "flip": _each_bit,
    "b64": _noncanonical,
    "truncate": _truncate,
    "replace": lambda text, cookies: iter([line(dict.fromkeys(cookies, expand(text, {}, 0)))]),
    "case": _each(str.swapcase),
    "append": lambda text, cookies: iter([line({n: v + text for n, v in cookies.items()})]),
    "prepend": lambda text, cookies: iter([line({n: text + v for n, v in cookies.items()})]),
    "shift": _shift,
    "drop_chunk": _drop_chunk,
    "swap_chunks": _chunks,
    "both": _both,
    "csrf_like": lambda _, cookies: iter(
        [line({f"{SESSION}_0abcdefg_csrf": "x", **cookies, f"{SESSION}_12345678_csrf": "y"})]
    ),
    "raw_header": _raw,
    "ticket": lambda text, cookies: iter([line(dict.fromkeys(cookies, text))]),
}
