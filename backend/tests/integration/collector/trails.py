"""CloudTrail files, and which of their events a log holds."""

import gzip
import json

TRAIL = {
    "eventVersion": "1.08",
    "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject",
    "awsRegion": "eu-central-1",
}


def trail(first, count):
    """Return a CloudTrail file of so many events."""
    records = [{**TRAIL, "eventID": f"id-{number}"} for number in range(first, first + count)]
    return gzip.compress(json.dumps({"Records": records}).encode())


def ids_in(log, organization_id):
    return sorted(int(json.loads(raw)["eventID"][3:]) for raw in log.messages(organization_id))
