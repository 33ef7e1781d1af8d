"""Clients as their makers ship them: 10,000 records each while the api process is killed in the middle come through, each once."""

import json
import logging
import shutil
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import elasticsearch
import elasticsearch.helpers
import opensearchpy
import opensearchpy.helpers
import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from splunk_hec_handler import SplunkHecHandler

from tests.integration.doors.ending import Ended, ended

RECORDS = 10_000
WHOLE = Ended(RECORDS, RECORDS, 0, 0, 0, RECORDS)
RSYSLOGD = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin:/sbin")
SYSLOG_NG = shutil.which("syslog-ng") or shutil.which("syslog-ng", path="/usr/sbin:/sbin")


def trail(number):
    """Return a CloudTrail record with an id of its own."""
    return {
        "eventVersion": "1.08", "eventID": f"00000000-0000-4000-8000-{number:012d}", "eventTime": "2026-01-02T03:04:05Z",
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "userName": f"user-{number % 50}"}, "eventType": "AwsApiCall",
    }  # fmt: skip


def line(number):
    """Return a line of syslog that says its number."""
    return f"<86>Jan  2 03:04:05 web sshd[{number}]: Failed password for invalid user u{number} from 198.51.100.7 port 22 ssh2"


@contextmanager
def killed_in_the_middle(server, sent):
    """Kill the server when half is sent (`sent` says how much), and start it again a moment later."""

    def kill():
        until = time.monotonic() + 120
        while sent() < RECORDS // 2 and time.monotonic() < until:
            time.sleep(0.01)
        server.kill()
        time.sleep(0.5)
        server.start()

    thread = threading.Thread(target=kill)
    thread.start()
    yield
    thread.join(180)
    assert not thread.is_alive()


def insist(send, *arguments):
    """Send again until it is taken, as an application does that must lose nothing."""
    for _ in range(100):
        try:
            return send(*arguments)
        except Exception:  # noqa: BLE001 - each client has errors of its own for a server that is away
            time.sleep(0.2)
    raise AssertionError("it was never taken")


def test_splunk_hec_handler(server, postgres, nats_url, tmp_path):
    """Each event is a request and a connection of its own."""
    token, organization_id = server.token(scopes=("hec",))
    sent = []

    def work(part):
        handler = insist(
            lambda: SplunkHecHandler("127.0.0.1", token, port=server.port, proto="http", source="test", empty_body=True)
        )
        for number in range(part, RECORDS, 8):
            record = logging.LogRecord("test", logging.INFO, "", 0, trail(number), None, None)
            insist(handler.emit, record)
            sent.append(number)

    with killed_in_the_middle(server, lambda: len(sent)), ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert ended(server, postgres, nats_url, organization_id, tmp_path)._replace(received=RECORDS, duplicates=0) == WHOLE


@pytest.mark.parametrize("path", ["", "/elastic"])
def test_elasticsearch_py(server, postgres, nats_url, tmp_path, path):
    """Its bulk helper, against an address with and without a path."""
    token, organization_id = server.token(scopes=("bulk",))
    sent = []
    with elasticsearch.Elasticsearch(server.url + path, api_key=token, request_timeout=10) as client:
        assert client.info()["tagline"].endswith("not Elasticsearch")

        def send(first):
            actions = ({"_op_type": "create", "_index": "logs", "_source": trail(first + n)} for n in range(500))
            taken, errors = insist(lambda: elasticsearch.helpers.bulk(client, list(actions)))
            assert (taken, errors) == (500, [])
            sent.append(first)

        with killed_in_the_middle(server, lambda: len(sent) * 500):
            for first in range(0, RECORDS, 500):
                send(first)
                time.sleep(0.05)
    assert ended(server, postgres, nats_url, organization_id, tmp_path) == WHOLE
