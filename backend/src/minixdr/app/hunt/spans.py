"""Spans of charts."""

MOST_SPANS = 2_000
_USUAL_SPANS = 60
_SPANS = (1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000)
"""Seconds that people read off a clock or a calendar."""


def usual_span(range_seconds: float) -> int:
    """Return a span that people know, for about 60 spans in the range."""
    return next((span for span in _SPANS if range_seconds / span <= _USUAL_SPANS), _SPANS[-1])
