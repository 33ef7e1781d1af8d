"""What could not be looked at."""

from typing import Literal, TypeVar

import msgspec

Why = Literal["denied", "expired", "unreachable", "not supported", "not asked", "skipped", "failed"]
"""`not asked`: this kind of look does not ask for it. `skipped`: what it depends on is not known, or is not there."""

Value = TypeVar("Value")


class NotKnown(msgspec.Struct, frozen=True, tag="not_known"):
    """It could not be looked at."""

    reason: str
    why: Why = "failed"
