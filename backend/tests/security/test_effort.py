"""Records made so that a careless expression looks at each of their characters again and again: they cost what others of their length cost."""

import io
import json
from time import process_time

import pytest

from minixdr import pipeline
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.ingest.reading import read
from minixdr.normalize.catalog import all_sources
from minixdr.schema.record import Batch

_LENGTH = 40_000
_MOST_SECONDS = 2.0
"""A careless expression takes ten of them on a slow core; others a tenth of one."""
ACCESS = b"shop" + b"a" * _LENGTH + b' 198.51.100.9 - - [03/Mar/2026:11:00:02 +0000] "GET / HTTP/1.1" 304 - "-" "-"'
CLUSTER = json.dumps(
    {
        "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity",
        "timestamp": "2026-03-02T08:15:30Z",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "k8s.io",
            "methodName": "io.k8s." + "core.v1." * (_LENGTH // 2) + "/",
        },
    }
).encode()


@pytest.mark.parametrize(
    ("record", "source"), [(ACCESS, "web_access"), (CLUSTER, "google_cloud_audit")], ids=["access", "cluster"]
)
def test_effort_grows_with_length_only(record: bytes, source: str) -> None:
    """Time is the process's own, so that a busy machine does not matter."""
    (batch,) = read(io.BytesIO(record), "log")
    assert isinstance(batch, Batch)
    detection = pipeline.Detection(Engine(compile_rules([]).program, all_sources()), None, {}, "test")
    begun = process_time()
    outcome = pipeline.run(batch, detection, every=True)
    assert process_time() - begun < _MOST_SECONDS
    assert outcome.sources == {source: 1}
