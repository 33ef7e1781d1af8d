"""Why a query cannot run, and where in its text."""


class QueryError(Exception):
    """The query is not one; the message says what is wrong and what to write instead."""

    def __init__(self, message: str, start: int, end: int | None = None, suggestions: tuple[str, ...] = ()) -> None:
        """`start` and `end`: 0-based positions of characters in the query's text; `suggestions` are texts to put in that place."""
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = start if end is None else end
        self.suggestions = suggestions
