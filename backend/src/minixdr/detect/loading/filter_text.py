"""The text of a filter -> the condition under which an event is *not* to be reported.

Source: Sigma specification 2.1, Sigma filters: selections and a condition that is ANDed to the rule's (`not selection`). A text without a condition
excludes what any of its selections holds for. In: YAML of the selections, as they stand below `filter:`. A filter's rules are named beside it.
"""

import re

from minixdr.detect.linear import linear_refusal
from minixdr.detect.loading.collection import load
from minixdr.detect.rule import Condition, Not

_HEAD = "title: filter\nlogsource: {category: any}\nlevel: low\ndetection:\n"
_CONDITION = re.compile(r"^condition[ \t]*:", re.MULTILINE)
_MOST_CHARACTERS = 20_000


class FilterError(ValueError):
    """The text is no filter; the message says why, `line` where (1-based), as far as that is known."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.line = line


def load_filter(text: str) -> Condition:
    """Return what must hold of an event for the filter to withhold it. Raises FilterError."""
    if not text.strip():
        raise FilterError("it is empty: write a selection, such as `selection: {userName: scanner}`", None)
    if len(text) > _MOST_CHARACTERS:
        raise FilterError(f"longer than {_MOST_CHARACTERS:,} characters", None)
    whole = text if _CONDITION.search(text) else f"{text.rstrip()}\ncondition: not 1 of them\n"
    body = "".join(f"  {line}\n" for line in whole.splitlines())
    loaded = load([("filter", (_HEAD + body).encode("utf-8", "surrogatepass"))], {})
    for refused in (*loaded.refusals, *loaded.warnings):
        line = None if refused.line is None else refused.line - _HEAD.count("\n")
        raise FilterError(refused.reason, line if line is not None and line > 0 else None)
    kept = loaded.rules[0].condition
    refusal = linear_refusal(kept)
    if refusal is not None:
        raise FilterError(refusal, None)
    return kept.item if isinstance(kept, Not) else Not(kept)
