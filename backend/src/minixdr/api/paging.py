"""Pages of a list: `?limit=&cursor=` in, `{items, next_cursor}` out.

A cursor is the position of a page's last item, signed together with the organization and the query it belongs to: it is worth nothing for
another organization or other filters, and nobody can make one. The order of a list is total (it ends with an id), so that nothing is shown twice
or left out while others write.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from minixdr.api.problem import FieldError, ProblemError

MOST_ITEMS = 200
_USUAL_ITEMS = 50
_SIGNATURE_BYTES = 16  # 128 bits
_LONGEST_CURSOR = 2_000

Item = TypeVar("Item")
Row = TypeVar("Row")
Position = TypeVar("Position")


class Page(BaseModel, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next_cursor: str | None = Field(description="Give it as `cursor` to get what follows; null at the end.")


class PageRequest:
    """Which page is asked for. A route asks its store for `most` rows that follow `after`."""

    def __init__(self, limit: int, cursor: str | None, key: bytes, bound_to: bytes) -> None:
        self.limit = limit
        self._cursor = cursor
        self._key = key
        self._bound_to = bound_to

    @property
    def most(self) -> int:
        """One row more than is shown: it says whether more follow."""
        return self.limit + 1

    def after(self, kind: type[Position]) -> Position | None:
        """Return the position of the last item of the page before, a tuple such as `tuple[datetime, str]`; None for the first page.
        Raises ProblemError where the cursor was not made for this list."""
        if self._cursor is None:
            return None
        try:
            content = base64.urlsafe_b64decode(self._cursor + "=" * (-len(self._cursor) % 4))
        except (ValueError, binascii.Error):
            raise _bad_cursor() from None
        signature, position = content[:_SIGNATURE_BYTES], content[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(position)):
            raise _bad_cursor()
        try:
            return msgspec.msgpack.decode(position, type=kind)
        except msgspec.MsgspecError:
            raise _bad_cursor() from None

    def page(
        self, rows: Sequence[Row], position: Callable[[Row], tuple[Any, ...]], show: Callable[[Row], Item]
    ) -> Page[Item]:
        """Return the page made of up to `most` rows; `position` gives what `after` gets back."""
        shown = rows[: self.limit]
        following = None
        if len(rows) > self.limit:
            content = msgspec.msgpack.encode(position(shown[-1]))
            following = base64.urlsafe_b64encode(self._sign(content) + content).rstrip(b"=").decode()
        return Page(items=[show(row) for row in shown], next_cursor=following)

    def _sign(self, position: bytes) -> bytes:
        return hmac.digest(self._key, self._bound_to + position, "sha256")[:_SIGNATURE_BYTES]


def _bad_cursor() -> ProblemError:
    detail = "The cursor was not made for this list and these filters. Ask for the first page."
    return ProblemError(400, "bad-cursor", detail, errors=[FieldError(pointer="query/cursor", detail=detail)])


def _page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS, description="How many items at most.")] = _USUAL_ITEMS,
    cursor: Annotated[
        str | None, Query(max_length=_LONGEST_CURSOR, description="`next_cursor` of the page before.")
    ] = None,
) -> PageRequest:
    caller = request.state.caller
    filters = sorted(item for item in request.query_params.multi_items() if item[0] not in {"limit", "cursor"})
    bound_to = sha256(
        msgspec.json.encode([str(caller.organization_id), str(caller.user_id), request.url.path, filters])
    )
    key = hmac.digest(request.app.state.platform.secret_key, b"minixdr cursors", "sha256")
    return PageRequest(limit, cursor, key, bound_to.digest())


PageDep = Annotated[PageRequest, Depends(_page_request)]
