"""Values that requests carry, bounded, and without characters that no store or terminal takes well."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_DEEPEST = 16
_MOST_NODES = 5_000
_LARGEST_NUMBER = 1 << 53  # what JSON readers keep exactly


def _line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("has control characters")
    return text


def _prose(text: str) -> str:
    if _CONTROL_BUT_LINES.search(text):
        raise ValueError("has control characters")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_line)]
"""A name or title: one line, 1 to 200 characters."""
LongLine = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(_line)
]
"""Up to 2,000 characters."""
Prose = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_prose)]
"""Text of several lines, up to 20,000 characters."""
Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""A password, a code, a token: taken as typed."""
_EMAIL = r"^[^@\s\x00-\x1f\x7f\"(),:;<>\[\\\]]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$"
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=_EMAIL), AfterValidator(_line), Field(examples=["ann@example.com"])
]
"""An email address, as far as can be said without sending mail."""
Slug = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), Field(examples=["example-inc"])
]
"""A name for addresses: lower-case letters, digits and dashes, up to 63."""
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


def _written(moment: Any) -> Any:
    if not isinstance(moment, str) or not _RFC3339.match(moment):
        raise ValueError("is no time such as 2026-03-02T10:00:00Z")  # a number would be taken for seconds since 1970
    return moment


def _in_utc(moment: datetime) -> datetime:
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies in UTC outside of the years 1 to 9999") from None
    return moment


Time = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""RFC 3339 with an offset."""


def _open_map(value: dict[str, Any]) -> dict[str, Any]:
    left = _MOST_NODES

    def check(item: Any, depth: int) -> None:
        nonlocal left
        left -= 1
        if left < 0 or depth > _DEEPEST:
            raise ValueError(f"more than {_MOST_NODES} values, or nested deeper than {_DEEPEST}")
        if isinstance(item, dict):
            for key, inner in item.items():
                _prose(key)
                check(inner, depth + 1)
        elif isinstance(item, list):
            for inner in item:
                check(inner, depth + 1)
        elif isinstance(item, str):
            _prose(item)
        elif isinstance(item, int | float) and not -_LARGEST_NUMBER <= item <= _LARGEST_NUMBER:
            raise ValueError("has a number that JSON readers do not keep")

    check(value, 0)
    return value


OpenMap = Annotated[dict[str, Any], AfterValidator(_open_map)]
"""A JSON object of any content, bounded in size and depth."""


class Given(BaseModel):
    """What a request's body is made of: what is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", str_max_length=100_000)


class Shown(BaseModel):
    """What an answer is made of: read off a kept value by attribute names."""

    model_config = ConfigDict(from_attributes=True)
