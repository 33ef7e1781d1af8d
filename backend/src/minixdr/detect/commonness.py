"""How often a test holds: a guess, by which witnesses are chosen. A bad guess costs time, never a match."""

from minixdr.detect.program import KEYWORDS
from minixdr.detect.rule import Regex, Test, Text

_COMMON_FIELDS = {"Image": 3.0, "ParentImage": 3.0, "OriginalFileName": 3.0, "EventID": 10.0, "Channel": 10.0}
"""Fields of few values that repeat: a predicate on them holds more often than its length suggests."""
_KEYWORD = 0.1
"""What finds a keyword looks at the whole record at once, so a witness there costs nothing where it is absent."""
_SHORT_KEYWORD = 4


def commonness(test: Test) -> float:
    """Return a guess of how often the test holds, by the length of its literals."""
    if isinstance(test, Text):
        length = max((len(part) for part in test.pattern if isinstance(part, str)), default=0)
        factor = _COMMON_FIELDS.get(test.field, 1.0)
        if test.field == KEYWORDS:
            factor = _KEYWORD if length >= _SHORT_KEYWORD else 1.0 / _KEYWORD
        return factor * 8.0 / float((1.0 + length) ** 1.5)
    if isinstance(test, Regex):
        return 1.5 if test.field != KEYWORDS else 1.5 / _KEYWORD
    return 6.0
