"""A cloud's object store and queues, as far as the collector needs them. Calls block: who uses them does so in a thread of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from io import BufferedReader
from typing import BinaryIO, Protocol

import msgspec


class CloudError(Exception):
    """A call failed. Its text names call and code, never a secret."""


class CloudAwayError(CloudError):
    """It may succeed later: throttled, no answer, an error of the service, an answer that broke off."""


class CloudDeniedError(CloudError):
    """Rights are missing, or credentials are none or no longer good: a person must change something."""


class ObjectGoneError(CloudError):
    """There is no such object (any more)."""


class NoSuchCloudError(CloudError):
    """There is no such bucket, queue or role."""


class StoredObject(msgspec.Struct, frozen=True):
    """An object, as a listing shows it."""

    key: str
    etag: str
    """Without quotes."""
    size_bytes: int
    written_at: datetime


class Page(msgspec.Struct, frozen=True):
    """A part of a listing."""

    objects: Sequence[StoredObject]
    folders: Sequence[str]
    """Prefixes of keys up to the next `/`, where the listing was asked not to go deeper."""


class OpenObject(msgspec.Struct, frozen=True):
    """An object being read."""

    etag: str
    size_bytes: int
    written_at: datetime
    stream: BufferedReader
    """Its bytes, from begin to end. Reading raises CloudAwayError where they break off."""


class ObjectStore(Protocol):
    """The objects of a cloud."""

    def open(self, bucket: str, key: str, version_id: str | None) -> AbstractContextManager[OpenObject]:
        """Give the object (its newest version, unless told). Raises ObjectGoneError and other CloudErrors."""

    def pages(self, bucket: str, prefix: str, *, deep: bool) -> Iterator[Page]:
        """Yield what is below the prefix, in the order of keys; not `deep`: only up to the next `/`. Raises CloudErrors."""


class QueueMessage(msgspec.Struct, frozen=True):
    """A message."""

    body: str
    receipt: str
    """What deletes or prolongs this delivery of it."""
    deliveries: int
    """How often it was delivered, this time included."""


class Queue(Protocol):
    """A queue that delivers at least once, in any order, and delivers again what is not deleted in time."""

    def receive(self, most: int, wait_seconds: int, hidden_seconds: int) -> Sequence[QueueMessage]:
        """Return messages, after waiting for some; nobody else gets them for a while. Raises CloudErrors."""

    def delete(self, receipt: str) -> None:
        """Delete a message. Raises CloudErrors."""

    def prolong(self, receipt: str, hidden_seconds: int) -> None:
        """Keep a message from others for that long from now; 0: give it back. Raises CloudErrors."""


class CloudIdentity(msgspec.Struct, frozen=True):
    """As whom a cloud is used."""

    region: str | None = None
    role_arn: str | None = None
    """None: the process's own identity."""
    external_id: str | None = None


class Cloud(Protocol):
    """A way into a cloud."""

    def objects(self, identity: CloudIdentity) -> ObjectStore:
        """Return the objects that this identity may see."""

    def queue(self, identity: CloudIdentity, url: str) -> Queue:
        """Return a queue."""


Spill = Callable[[], BinaryIO]
"""Return an empty file, gone when it is closed."""
