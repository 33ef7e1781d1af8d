"""Regular expressions whose time grows with the text alone, by RE2: for what the people of an organization write.

Python's `re` backtracks: `(a+)+$` on forty letters takes years, and one worker serves many organizations. RE2 has neither look-around nor
back-references, and outside ASCII its classes (`\\w`, `\\d`, `\\s`) hold for less than Python's. Source: github.com/google/re2/wiki/Syntax.
The rules that come along are not held to it: they are read before they are shipped.
"""

from collections.abc import Callable, Iterator
from typing import Any

from minixdr.detect.rule import And, Condition, KeywordRegex, Not, Or, Regex

_MOST_BYTES = 1 << 20
"""Of one compiled expression; RE2 refuses larger ones."""
MOST_INSTRUCTIONS = 50_000
"""Of all expressions of a rule or filter: a tenth of a second to compile. SigmaHQ's largest rule has eight thousand."""


def linear_search(pattern: str, flags: str) -> Callable[[str], bool]:
    """Return whether a text has a part that the expression describes. Flags: any of "i", "m", "s". Raises ValueError where RE2 refuses it."""
    search: Any = _compiled(pattern, flags).search

    def holds(text: str) -> bool:
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()
        return search(text) is not None

    return holds


def _compiled(pattern: str, flags: str) -> Any:
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - only what people write needs it

    options = re2.Options()
    options.max_mem = _MOST_BYTES
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(f"RE2 does not take the expression: {_said(error)}") from error


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def linear_refusal(condition: Condition) -> str | None:
    """Return why the condition's expressions cannot be run in linear time, or take too long to compile; None where all can."""
    size = 0
    try:
        for each in _sizes(condition):
            size += each
            if size > MOST_INSTRUCTIONS:
                return (
                    f"its regular expressions are too large together (more than {MOST_INSTRUCTIONS:,} instructions of RE2): "
                    "write fewer, or shorter repetitions"
                )
    except ValueError as error:
        return f"{error}: write it without look-around and back-references (RE2 syntax)"
    return None


def instructions(condition: Condition) -> int:
    """Return how many instructions the expressions of the condition have together. Raises ValueError where RE2 refuses one."""
    return sum(_sizes(condition))


def _sizes(condition: Condition) -> Iterator[int]:
    for pattern, flags in _expressions(condition):
        yield int(_compiled(pattern, flags).programsize)


def _expressions(condition: Condition) -> Iterator[tuple[str, str]]:
    match condition:
        case And() | Or():
            for item in condition.items:
                yield from _expressions(item)
        case Not():
            yield from _expressions(condition.item)
        case Regex() | KeywordRegex():
            yield condition.pattern, condition.flags
