"""Entity tags (RFC 9110): what a client edits must be what it has seen.

A resource's tag is a digest of what makes up its version. A change without `If-Match` is refused with 428, one with an old tag with 412.
"""

from hashlib import blake2b
from typing import Annotated, Any

import msgspec
from fastapi import Header
from pydantic import BaseModel

from minixdr.api.problem import ProblemError

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1_000,
        description='The `ETag` of what is changed, as it was last read: `"abc"`, or `*` for whatever it is now.',
    ),
]


def etag(*version: Any) -> str:
    """Return the strong tag of a version: a number, a time, or the whole representation (a pydantic model)."""
    parts = [part.model_dump(mode="json") if isinstance(part, BaseModel) else part for part in version]
    return f'"{blake2b(msgspec.json.encode(parts, order="deterministic"), digest_size=12).hexdigest()}"'


def require_match(given: str | None, current: str) -> None:
    """Raises ProblemError: 428 where no tag is given, 412 where it is not the current one."""
    if given is None:
        raise ProblemError(428, "precondition-required", "Send the ETag of what you read as `If-Match`.")
    tags = {tag.strip() for tag in given.split(",")}
    if "*" not in tags and current not in tags:  # a weak tag (W/) never matches: RFC 9110, 13.1.1
        raise ProblemError(
            412,
            "precondition-failed",
            "Somebody changed it since you read it. Read it again.",
            headers={"ETag": current},
        )
