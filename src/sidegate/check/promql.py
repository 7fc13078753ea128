"""What an expression of PromQL asks for: metrics, and the labels that it selects or groups by.

This is no parser: it finds what can be found for sure, and says nothing where it cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Fixed patterns, linear in the length of an expression.
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|#[^\n]*')
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^{}]*)\}")
MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")
GROUPING = re.compile(
    r"\b(by|on|without|ignoring|group_left|group_right)\s*\(([^()]*)\)", re.IGNORECASE
)
ASIDE = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|\b\d[\w.]*")
WORD = re.compile(r"[a-zA-Z_:][\w:]*+(?!\s*\()")
LABEL = re.compile(r"[a-zA-Z_]\w*")
KEYWORDS = frozenset(("and", "or", "unless", "by", "on", "without", "ignoring", "group_left"))
KEYWORDS |= {"group_right", "bool", "offset", "inf", "nan"}
TAKES_AWAY = ("without", "ignoring")
MAKES_LABELS = ("label_replace", "label_join")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an expression asks for.

    `selected`: labels by the metric whose values they choose. `grouped`: labels that series are put
    together by, empty where functions make labels of their own.
    """

    metrics: frozenset[str]
    selected: tuple[tuple[str, str], ...]
    grouped: tuple[str, ...]


def asked(expression: str) -> Asked:
    """Return what an expression asks for."""
    text = TEXT.sub('""', expression)
    selected = tuple(
        (metric, label)
        for metric, matchers in SELECTOR.findall(text)
        for label in MATCHER.findall(matchers)
    )
    makes = any(function in text for function in MAKES_LABELS)
    grouped = () if makes else tuple(groupings(text))
    return Asked(frozenset(metrics(text)), selected, grouped)


def groupings(text: str) -> Iterator[str]:
    """Yield the labels that series are put together by."""
    for word, labels in GROUPING.findall(text):
        if word.lower() not in TAKES_AWAY:
            yield from LABEL.findall(labels)


def metrics(text: str) -> Iterator[str]:
    """Yield the names of metrics: words that are no function, keyword, label or duration."""
    bare = ASIDE.sub(" ", GROUPING.sub(" ", text))
    for word in WORD.findall(bare):
        if word.lower() not in KEYWORDS:
            yield word
