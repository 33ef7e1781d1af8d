"""Text -> markup. Every text of a record passes `esc`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import Any

import orjson

LEVEL_MARKS = {"critical": "◆", "high": "▲", "medium": "●", "low": "○", "informational": "·"}
"""A shape for each level, so that it is told without its color."""
_LONGEST_VALUE = 4_000
_MOST_PAIRS = 200


def visible(text: str) -> str:
    """Return the text with control and bidirectional characters, and lone surrogates, as visible escapes."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape", "backslashreplace").decode() for c in text
    )


def esc(value: Any) -> str:
    """Return any value as markup-safe text, cut where it is very long."""
    text = value if isinstance(value, str) else as_json(value)
    if len(text) > _LONGEST_VALUE:
        text = f"{text[:_LONGEST_VALUE]} … ({len(text):,} characters)"
    return escape(visible(text))


def as_json(value: Any, *, indent: bool = False) -> str:
    """Return a value as JSON text."""
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(value, option=option, default=str).decode()
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return repr(value)


def level(name: str) -> str:
    """Return a level as a badge."""
    return f'<span class="level {esc(name)}"><i aria-hidden="true">{LEVEL_MARKS.get(name, "·")}</i> {esc(name)}</span>'


def time(moment: datetime | None) -> str:
    """Return a time that the page's script can show in UTC or in the reader's zone."""
    if moment is None:
        return '<span class="quiet">no time</span>'
    utc = moment.astimezone(UTC)
    return f'<time datetime="{utc.isoformat().replace("+00:00", "Z")}">{utc:%Y-%m-%d %H:%M:%S}</time>'


def number(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: `1 finding`, `1,204 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    """Return a table; heads and cells are markup. A head that starts with `#` is a number's."""
    names = list(heads)
    sides = [' class="num"' if name.startswith("#") else "" for name in names]
    head = "".join(f"<th{side}>{name.lstrip('#')}</th>" for name, side in zip(names, sides, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{side}>{cell}</td>" for cell, side in zip(row, sides, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def pairs(values: Mapping[str, Any], marked: Iterable[str] = ()) -> str:
    """Return names and values as two columns; the marked ones stand out. A record may have a million fields: what is too much is counted."""
    chosen = set(marked)
    hidden = len(values) - _MOST_PAIRS
    more = f'<tr><th></th><td class="quiet">{number(hidden, "more field")}</td></tr>' if hidden > 0 else ""
    rows = "".join(
        f"<tr{' class=marked' if name in chosen else ''}><th>{esc(name)}</th><td><code>{esc(value)}</code></td></tr>"
        for name, value in islice(values.items(), _MOST_PAIRS)
    )
    return f'<table class="pairs">{rows}{more}</table>'
