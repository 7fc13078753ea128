"""A value that must never be printed."""

from typing import Final, Generic, TypeVar

Value = TypeVar("Value", str, bytes)


class Secret(Generic[Value]):
    """Carries a secret through code that logs, formats and raises, without ever showing it.

    `repr`, `str`, `format` and pickling give nothing away; only `reveal()` returns the value, so
    that a search for `reveal(` finds every place where a secret leaves its wrapper.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Value) -> None:
        self._value: Final[Value] = value

    def reveal(self) -> Value:
        """Return the secret itself. Hand it to the wire or to a primitive, never to a log."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> tuple[type, tuple[()]]:
        raise TypeError("a Secret is not pickled")
