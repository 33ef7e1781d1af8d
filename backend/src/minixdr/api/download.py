"""Answers that are saved as a file: CSV and JSON."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any

from fastapi.responses import Response, StreamingResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""A spreadsheet runs a cell that begins so (CWE-1236): it gets an apostrophe in front."""


def csv_response(name: str, columns: Sequence[str], pages: AsyncIterator[Iterable[Sequence[Any]]]) -> StreamingResponse:
    """Return rows as a CSV file (RFC 4180), page by page."""

    async def lines() -> AsyncIterator[str]:
        yield _line(columns)
        async for page in pages:
            yield "".join(_line(row) for row in page)

    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=_saved_as(name))


def json_response(name: str, content: bytes) -> Response:
    """Return JSON as a file."""
    return Response(content, media_type="application/json", headers=_saved_as(name))


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _line(row: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_cell(value) for value in row])
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
