"""Whatever way a notification came, the object it names is found; anything else is said to be none."""

import json

import pytest

from minixdr.ingest.doors.s3_notifications import NewObject, NoNotificationError, read_notification


def _s3(key="AWSLogs/a%2Bb/x+y%C3%A9.gz", name="ObjectCreated:Put", **more):
    return {
        "eventVersion": "2.1",
        "eventName": name,
        "s3": {"bucket": {"name": "logs"}, "object": {"key": key, "eTag": "e1", **more}},
    }


def _bridge(kind="Object Created"):
    detail = {"bucket": {"name": "logs"}, "object": {"key": "a+b/x%20y", "etag": "e1", "version-id": "v"}}
    return {"source": "aws.s3", "detail-type": kind, "detail": detail}


@pytest.mark.parametrize(
    ("message", "objects"),
    [
        ({"Records": [_s3()]}, [NewObject("logs", "AWSLogs/a+b/x yé.gz", "e1")]),
        (
            {"Records": [_s3("k", "s3:ObjectCreated:CompleteMultipartUpload", versionId="v")]},
            [NewObject("logs", "k", "e1", "v")],
        ),
        (
            {"Records": [_s3("k"), _s3("gone", "ObjectRemoved:Delete"), _s3("l")]},
            [NewObject("logs", "k", "e1"), NewObject("logs", "l", "e1")],
        ),
        ({"Event": "s3:TestEvent", "Bucket": "logs"}, []),
        (_bridge(), [NewObject("logs", "a+b/x%20y", "e1", "v")]),
        (_bridge("Object Deleted"), []),
        ({"s3Bucket": "logs", "s3ObjectKey": ["k", "l"]}, [NewObject("logs", "k"), NewObject("logs", "l")]),
        ({"Records": []}, []),
    ],
)
@pytest.mark.parametrize("wraps", [0, 1, 2])
def test_a_notification_names_its_objects(message, objects, wraps):
    """Directly, through SNS, through SNS twice."""
    body = json.dumps(message)
    for _ in range(wraps):
        body = json.dumps({"Type": "Notification", "Message": body})
    assert read_notification(body) == objects


@pytest.mark.parametrize(
    "body",
    [
        "", "null", "[]", "1", '"x"', "{}", "{", '{"Records":[1]}', '{"Records":[{}]}', '{"Records":{}}',
        '{"source":"aws.s3","detail-type":"Object Created"}',
        '{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":1},"object":{"key":"k"}}}]}', '{"s3Bucket":"b","s3ObjectKey":[1]}',
        '{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":""}}}]}', '{"Type":"Notification","Message":"x"}',
        "[" * 5_000, '{"a":' * 2_000, '{"Records":[NaN]}', "\ud800", "x" * (2 << 20), '{"Type":"Notification","Message":1}',
    ],
)  # fmt: skip
def test_what_is_no_notification_is_said(body):
    """No crash, and nothing is guessed."""
    with pytest.raises(NoNotificationError):
        read_notification(body)
