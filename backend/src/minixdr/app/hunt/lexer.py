"""A query's text -> tokens.

name      letters, digits, _ and - in parts joined by dots; a part in backquotes may hold anything but a backquote
text      "..." or '...'; the quote itself is doubled; a backslash is a backslash (paths of Windows are what is hunted most)
number    12, -3, 0.5
span      5m, 1h, 7d (of `timechart span`)
sign      = != < <= > >= ( ) , |
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from minixdr.app.hunt.error import QueryError

LONGEST_QUERY = 16_384
"""Characters; a list of a few hundred hashes fits."""
_LARGEST = 2**63


class TokenKind(StrEnum):
    """Kinds of tokens."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    SPAN = "span"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and where it stands."""

    kind: TokenKind
    value: str | int | float
    start: int
    end: int

    @property
    def word(self) -> str | None:
        """The name in lower case, as keywords are compared; None for another kind."""
        return self.value.lower() if self.kind is TokenKind.NAME and isinstance(self.value, str) else None


_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.(?:[A-Za-z0-9_@$-]+|`[^`]+`))*")
_TEXT = re.compile(r'"((?:[^"]|"")*)"|' + r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SPAN = re.compile(r"[0-9]+[smhdw](?![A-Za-z0-9_])")
_SIGN = re.compile(r"!=|<=|>=|[=<>(),|]")
_MISTAKES = {
    "==": ("=", "`=` compares"),
    "=~": ("matches", "`matches` takes a regular expression"),
    "<>": ("!=", "`!=` is unequal"),
    "&&": ("and", "write `and`"),
    "||": ("or", "write `or`"),
    "!": ("not", "write `not`"),
}


def tokens(text: str) -> list[Token]:
    """Return the tokens, the last of kind END. Raises QueryError."""
    if len(text) > LONGEST_QUERY:
        raise QueryError(f"a query has at most {LONGEST_QUERY:,} characters", LONGEST_QUERY, len(text))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryError("half a character (a lone surrogate) stands here", error.start, error.end) from error
    found: list[Token] = []
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        token = _token(text, position)
        found.append(token)
        position = token.end
    found.append(Token(TokenKind.END, "", len(text), len(text)))
    return found


def _token(text: str, position: int) -> Token:
    character = text[position]
    if character in "\"'":
        return _text(text, position)
    for mistake, (instead, why) in _MISTAKES.items():
        if text.startswith(mistake, position) and not text.startswith("!=", position):
            raise QueryError(
                f"{mistake} is not a sign of this language: {why}", position, position + len(mistake), (instead,)
            )
    for kind, pattern in ((TokenKind.NAME, _NAME), (TokenKind.SPAN, _SPAN), (TokenKind.SIGN, _SIGN)):
        if found := pattern.match(text, position):
            return Token(kind, found.group(), position, found.end())
    if found := _NUMBER.match(text, position):
        return _number(found.group(), position, found.end())
    raise QueryError(f"{character!r} has no meaning here; texts stand in quotes", position, position + 1)


def _text(text: str, position: int) -> Token:
    quote = text[position]
    found = _TEXT.match(text, position)
    if found is None:
        raise QueryError(
            f"the text that begins here has no closing {quote} (a {quote} inside a text is doubled)",
            position,
            len(text),
        )
    return Token(TokenKind.TEXT, found.group()[1:-1].replace(quote * 2, quote), position, found.end())


def _number(text: str, start: int, end: int) -> Token:
    value: int | float = 0
    if len(text) <= _MOST_DIGITS:
        value = float(text) if any(sign in text for sign in ".eE") else int(text)
    fits = math.isfinite(value) if isinstance(value, float) else -_LARGEST <= value < _LARGEST
    if len(text) > _MOST_DIGITS or not fits:
        raise QueryError("the number is too large; numbers have at most 64 bits", start, end)
    return Token(TokenKind.NUMBER, value, start, end)


_MOST_DIGITS = 64
