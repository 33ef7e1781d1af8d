"""Messages of a queue -> the objects that they say are new in a bucket.

Sources: Amazon S3 User Guide, "Event message structure" (versions 2.x; keys are URL-encoded) and "EventBridge event message structure" (keys are
not); Amazon SNS, "Parsing message formats" (a notification wraps the message as text); AWS CloudTrail User Guide, "Configuring Amazon SNS
notifications" (`s3Bucket`, `s3ObjectKey`: several keys, no ETag).

Not trusted: everything. A message may name any bucket and key; who collects reads only those of its own input.
"""

from typing import Any
from urllib.parse import unquote_plus

import msgspec
import orjson

_MOST_BYTES = 1 << 20
"""SQS takes messages of 1 MiB at most."""
_MOST_WRAPS = 2


class NewObject(msgspec.Struct, frozen=True):
    """What a message says of one object."""

    bucket: str
    key: str
    etag: str | None = None
    """Without quotes; None where the message does not say."""
    version_id: str | None = None


class NoNotificationError(Exception):
    """The message says nothing of objects in a form that is known; the text says why."""


def read_notification(body: str) -> list[NewObject]:
    """Return the new objects; none for a test message and for what was not created. Raises NoNotificationError."""
    message = _object(body)
    for _ in range(_MOST_WRAPS):
        if message.get("Type") == "Notification" and isinstance(message.get("Message"), str):
            message = _object(message["Message"])
    if message.get("Event") == "s3:TestEvent":
        return []
    records = message.get("Records")
    if isinstance(records, list):
        return [found for record in records for found in _of_record(record)]
    if message.get("source") == "aws.s3":
        return _of_eventbridge(message)
    if isinstance(message.get("s3Bucket"), str):
        return _of_cloudtrail(message)
    raise NoNotificationError("not a notification of S3, EventBridge or CloudTrail")


def _object(text: str) -> dict[str, Any]:
    if len(text) > _MOST_BYTES:
        raise NoNotificationError(f"longer than {_MOST_BYTES >> 20} MiB")
    try:
        message = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        raise NoNotificationError("not JSON") from None
    if not isinstance(message, dict):
        raise NoNotificationError("not a JSON object")
    return message


def _of_record(record: Any) -> list[NewObject]:
    name = _get(record, "eventName")
    if not isinstance(name, str):
        raise NoNotificationError("a record without eventName")
    if not name.removeprefix("s3:").startswith("ObjectCreated:"):
        return []
    key = _text(record, "s3", "object", "key")
    return [
        NewObject(
            bucket=_text(record, "s3", "bucket", "name"),
            key=unquote_plus(key),
            etag=_optional(record, "s3", "object", "eTag"),
            version_id=_optional(record, "s3", "object", "versionId"),
        )
    ]


def _of_eventbridge(message: dict[str, Any]) -> list[NewObject]:
    if message.get("detail-type") != "Object Created":
        return []
    return [
        NewObject(
            bucket=_text(message, "detail", "bucket", "name"),
            key=_text(message, "detail", "object", "key"),
            etag=_optional(message, "detail", "object", "etag"),
            version_id=_optional(message, "detail", "object", "version-id"),
        )
    ]


def _of_cloudtrail(message: dict[str, Any]) -> list[NewObject]:
    keys = message.get("s3ObjectKey")
    if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
        raise NoNotificationError("s3ObjectKey is not a list of keys")
    return [NewObject(bucket=message["s3Bucket"], key=key) for key in keys]


def _get(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Any, *path: str) -> str:
    found = _get(value, *path)
    if not isinstance(found, str) or not found:
        raise NoNotificationError(f"{'.'.join(path)} is no text")
    return found


def _optional(value: Any, *path: str) -> str | None:
    found = _get(value, *path)
    return found.strip('"') if isinstance(found, str) and found else None
