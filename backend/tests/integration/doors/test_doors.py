"""Each door, over real HTTP into a real log, as its protocol says."""

import gzip

import httpx
import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse


@pytest.fixture(scope="module")
def http(server):
    with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        yield client


def _headers(token, scheme="Bearer", **more):
    return {"Authorization": f"{scheme} {token}", **more}


def test_native_keeps_json_lines_as_they_are(server, http):
    """Raw records in the log are the bytes that were sent; a request sent again is the same batch."""
    token, organization_id = server.token()
    body = b'{"a": 1}\n{"b":\t2}\n'
    answer = http.post(
        "/api/ingest", content=gzip.compress(body), headers=_headers(token, **{"Content-Encoding": "gzip"})
    )
    assert answer.status_code == 200, answer.text
    again = http.post("/api/ingest", content=body, headers=_headers(token))
    assert again.json() == answer.json()
    (batch,) = server.batches()
    assert answer.json() == {"received": 2, "batches": [batch.batch_id]}
    assert list(batch.raws) == [b'{"a": 1}', b'{"b":\t2}']
    assert (batch.organization_id, batch.door) == (str(organization_id), "native")


def test_native_reads_files_and_says_what_it_cannot(server, http):
    """A CSV file's columns travel decoded; a part of an array that is no object is named, the rest is kept."""
    token, _ = server.token()
    answer = http.post("/api/ingest", content=b"a,b\n1,2\n", headers=_headers(token, **{"X-Minixdr-Origin": "x.csv"}))
    assert answer.json()["received"] == 1
    answer = http.post("/api/ingest", content=b'[{"a":1},5]', headers=_headers(token))
    content = answer.json()
    assert (content["received"], content["rejected"]) == (1, 1)
    assert content["issues"][0]["record"] == 2
    csv, json = sorted(server.batches(), key=lambda batch: batch.format or "json")
    assert (csv.format, list(csv.bodies), csv.origin) == ("csv", [{"a": "1", "b": "2"}], "x.csv")
    assert list(json.raws) == [b'{"a":1}']


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"X-Minixdr-Source": "nobody"}, 400),
        (b"{}", {"X-Minixdr-Format": "docx"}, 400),
        (b"\x89PNG\r\n\x1a\n\x00\x00", {}, 400),
        (b"{}", {"Content-Encoding": "br"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(bytes(65 << 20)), {"Content-Encoding": "gzip"}, 413),
        (b"", {"Content-Type": "application/vnd.minixdr.batch+msgpack"}, 400),
    ],
)
def test_native_refuses_in_words(server, http, content, headers, status):
    """What is refused is a problem (RFC 9457) with a reason, and nothing of it is kept."""
    token, _ = server.token()
    answer = http.post("/api/ingest", content=content, headers=_headers(token, **headers))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
    assert not server.batches()


def test_hec_takes_events_and_acknowledges_once(server, http):
    """An acknowledgement id is true after the answer, per channel, and forgotten when it was told."""
    token, _ = server.token(hec_ack=True)
    channel = {"X-Splunk-Request-Channel": "FE0ECFAD-13D5-401B-847D-77833BD77131"}
    body = b'{"event":{"a":1},"time":"1433188255.5","host":"web"}{"event":"text"}'
    for number in range(2):
        answer = http.post("/services/collector", content=body, headers=_headers(token, "Splunk", **channel))
        assert answer.json() == {"text": "Success", "code": 0, "ackId": number}
    for expected in ({"0": True, "7": False}, {"0": False, "7": False}):
        answer = http.post(
            "/services/collector/ack", json={"acks": [0, 7]}, headers=_headers(token, "Splunk", **channel)
        )
        assert answer.json() == {"acks": expected}
    (batch,) = server.batches()
    assert list(batch.raws) == [b'{"a":1}', b"text"]
    assert (list(batch.times), list(batch.hosts)) == ([1433188255.5, None], ["web", None])


@pytest.mark.parametrize(
    ("path", "content", "headers", "expected"),
    [
        ("event", b"", {}, (400, 5)),
        ("event", b'{"event":"a"}{', {}, (400, 6)),
        ("event", b'{"time":1}', {}, (400, 12)),
        ("event", b'{"event":""}', {}, (400, 13)),
        ("event", b'{"event":1,"fields":{"a":{}}}', {}, (400, 15)),
        ("event", b"{}", {"Authorization": ""}, (401, 2)),
        ("event", b"{}", {"Authorization": "Digest x"}, (401, 3)),
        ("event", b"{}", {"Authorization": "Splunk nobody"}, (403, 4)),
        ("event", b"{}", {"Content-Encoding": "br"}, (415, 6)),
        ("event?token=x", b"{}", {"Authorization": ""}, (400, 16)),
        ("ack", b'{"acks":[0]}', {}, (400, 14)),
        ("raw", b" \n ", {}, (400, 5)),
    ],
)
def test_hec_answers_with_splunks_codes(server, http, path, content, headers, expected):
    """Clients decide by these codes what to send again."""
    token, _ = server.token()
    answer = http.post(f"/services/collector/{path}", content=content, headers=_headers(token, "Splunk") | headers)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert not server.batches()


def test_hec_wants_a_channel_where_it_acknowledges(server, http):
    """Codes 10 and 11."""
    token, _ = server.token(hec_ack=True)
    for channel, code in ((None, 10), ("not-a-guid", 11)):
        headers = _headers(token, "Splunk") | ({"X-Splunk-Request-Channel": channel} if channel else {})
        answer = http.post("/services/collector", content=b'{"event":1}', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_hec_takes_raw_lines_and_is_healthy(server, http):
    """`/raw` takes lines of any kind; the query says host and time of all of them."""
    token, _ = server.token()
    answer = http.post(
        "/services/collector/raw?host=web&time=1700000000", content=b"one\ntwo\n", headers=_headers(token, "Splunk")
    )
    assert answer.json()["code"] == 0
    (batch,) = server.batches()
    assert (list(batch.raws), list(batch.hosts), list(batch.times)) == ([b"one", b"two"], ["web"] * 2, [1.7e9] * 2)
    assert http.get("/services/collector/health/1.0").json()["code"] == 17


def test_bulk_answers_each_item(server, http):
    """The order of the request, what is wrong with which, and nothing kept of those."""
    token, _ = server.token()
    body = (
        b'{"create":{"_index":"logs","_id":"1"}}\n{"message":"line","@timestamp":"2026-01-01T00:00:00Z","host":{"name":"web"}}\n'
        b'{"index":{}}\nnonsense\n{"delete":{"_id":"1"}}\n'
    )
    answer = http.put("/elastic/other/_bulk", content=body, headers=_headers(token, "ApiKey"))
    content = answer.json()
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    assert content["errors"] is True
    assert [(next(iter(item)), next(iter(item.values()))["status"]) for item in content["items"]] == [
        ("create", 201),
        ("index", 400),
        ("delete", 400),
    ]
    assert content["items"][0]["create"]["_index"] == "logs"
    (batch,) = server.batches()
    assert (list(batch.raws), list(batch.hosts), list(batch.times)) == ([b"line"], ["web"], [1767225600.0])


def test_bulk_refuses_what_is_no_bulk(server, http):
    """A body that cannot be told apart into items is refused whole, as Elasticsearch does."""
    token, _ = server.token()
    answer = http.post(
        "/_bulk", content=b'{"index":{"_index":"x"}}\n{"a":1}\n{"shrink":{}}\n{}\n', headers=_headers(token)
    )
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "illegal_argument_exception")
    assert not server.batches()


def test_otlp_takes_json_and_protobuf_alike(server, http):
    """The same records in both encodings; what has no content is told as partial success."""
    token, _ = server.token()
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    pair = resource.resource.attributes.add(key="host.name")
    pair.value.string_value = "web"
    records = resource.scope_logs.add().log_records
    records.add(time_unix_nano=1_700_000_000_500_000_000).body.string_value = "line"
    value = records.add().body.kvlist_value.values.add(key="n").value
    value.int_value = 2**60
    records.add()
    batches = []
    for content, kind in (
        (request.SerializeToString(), "application/x-protobuf"),
        (MessageToJson(request).encode(), "application/json"),
    ):
        answer = http.post("/v1/logs", content=content, headers=_headers(token, **{"Content-Type": kind}))
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        if kind == "application/json":
            assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"
        else:
            assert ExportLogsServiceResponse.FromString(answer.content).partial_success.rejected_log_records == 1
        batches += server.batches()
    first = batches[0]
    assert (list(first.raws), list(first.hosts)) == ([b"line", b'{"n":1152921504606846976}'], ["web", "web"])
    assert list(first.times) == [1_700_000_000.5, None]
    assert [batch.batch_id for batch in batches[1:]] in ([], [first.batch_id])


def test_tokens_open_what_they_are_for(server, http):
    """Unknown, expired and other doors' tokens are refused at every door; a fixed source cannot be talked over."""
    expired, _ = server.token(expired=True)
    other, _ = server.token(scopes=("syslog",))
    for path, statuses in {
        "/api/ingest": (401, 401, 403),
        "/services/collector": (403, 403, 403),
        "/_bulk": (401, 401, 403),
        "/v1/logs": (401, 401, 401),
    }.items():
        for token, status in zip(("mxi_aaaaaaaa_" + "a" * 43, expired, other), statuses, strict=True):
            assert http.post(path, content=b"{}", headers=_headers(token)).status_code == status, (path, status)
    fixed, _ = server.token(source="linux_auditd", scopes=("native",))
    http.post("/api/ingest", content=b'{"a":1}', headers=_headers(fixed, **{"X-Minixdr-Source": "aws_cloudtrail"}))
    (batch,) = server.batches()
    assert batch.source == "linux_auditd"


def test_a_browser_is_told_where_things_are(server, http):
    """The address that `minixdr up` prints is opened by people; what brings a token or asks for JSON is answered as Elasticsearch does."""
    page = http.get(f"{server.url}/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "/api/v1/openapi.json" in page.text
    assert http.get(f"{server.url}/", headers={"Accept": "application/json"}).status_code == 401
    assert http.get(f"{server.url}/", headers={"Accept": "text/html", "Authorization": "Bearer no"}).status_code == 401
