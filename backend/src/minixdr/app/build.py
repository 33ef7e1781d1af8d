"""Which program this is: its version, what it was built of, the image it runs in, and the schemas that it can serve.

The image tells the revision (`MINIXDR_REVISION`), whoever deploys it tells the digest (`MINIXDR_IMAGE_DIGEST`): an image cannot know its own. None
where nobody told: no other version stands in for it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec


class SchemaRange(msgspec.Struct, frozen=True):
    """Revisions of the database's schema that the program serves: from, to."""

    oldest: int
    newest: int


class Build(msgspec.Struct, frozen=True):
    """What `/version` answers."""

    version: str
    revision: str | None = None
    """Of the source, as the image's build noted it."""
    image_digest: str | None = None
    """`sha256:` and 64 hexadecimal digits."""
    schema: SchemaRange | None = None
    name: str = "minixdr"

    def document(self) -> Mapping[str, Any]:
        """Return it as JSON has it."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return {"name": built.pop("name"), **built}
