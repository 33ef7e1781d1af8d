"""A release: two images by digest, what they were built of, and which schemas of the database they serve."""

import re
from typing import Literal

import msgspec

from minixdr_deploy.problem import Problem, UsageError

_REFERENCE = re.compile(r"^[a-z0-9][a-zA-Z0-9._:/-]*@sha256:[0-9a-f]{64}$")

State = Literal["rolling-out", "shipped"]
"""Of what is wanted: a ship began and did not end, or it ended."""

TITLE = "org.opencontainers.image.title"
VERSION = "org.opencontainers.image.version"
REVISION = "org.opencontainers.image.revision"
SCHEMA_OLDEST = "io.mini-xdr.schema.oldest"
SCHEMA_NEWEST = "io.mini-xdr.schema.newest"


class Release(msgspec.Struct, frozen=True):
    """What runs, or is to run."""

    id: str
    """`<version>-<revision12>`, the tag of both images."""
    version: str
    revision: str
    backend_image: str
    """`repository@sha256:...`."""
    frontend_image: str
    schema_oldest: int | None = None
    """Oldest revision of the database's schema that the backend serves; None: its image does not say."""
    schema_newest: int | None = None

    @property
    def backend_digest(self) -> str:
        """Return `sha256:...`."""
        return digest(self.backend_image)

    @property
    def frontend_digest(self) -> str:
        """Return `sha256:...`."""
        return digest(self.frontend_image)

    def image(self, name: str) -> str:
        """Return the image of `backend` or `frontend`."""
        return {"backend": self.backend_image, "frontend": self.frontend_image}[name]


def digest(reference: str) -> str:
    """Return `sha256:...` of `repository@sha256:...`."""
    return reference.rpartition("@")[2]


def release_id(version: str, revision: str) -> str:
    """Return the name of a release, and the tag of its images."""
    return f"{version}-{revision[:12]}"


def checked_reference(text: str) -> str:
    """Return the reference. Raises UsageError where it does not name an image by digest: a tag may be another image tomorrow."""
    if not _REFERENCE.match(text):
        raise UsageError(
            Problem(
                "image-not-by-digest",
                f"{text} does not name an image by digest",
                mend="give repository@sha256:<64 hexadecimal digits>; `minixdr-deploy push` prints them",
            )
        )
    return text
