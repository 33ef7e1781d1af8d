"""Clients as their makers ship them: 10,000 records each while the api process is killed in the middle come through, each once."""

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
    try:
        yield
    finally:
        thread.join(180)


def insist(send, *arguments):
    """Send again until it is taken, as an application does that must lose nothing."""
    for _ in range(600):
        try:
            return send(*arguments)
        except Exception:  # noqa: BLE001 - each client has errors of its own for a server that is away
            time.sleep(0.2)
    raise AssertionError("it was never taken")


def test_splunk_hec_handler(server, postgres, nats_url, lake_folder):
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
    assert (
        ended(server, postgres, nats_url, organization_id, lake_folder)._replace(received=RECORDS, duplicates=0)
        == WHOLE
    )


@pytest.mark.parametrize("path", ["", "/elastic"])
def test_elasticsearch_py(server, postgres, nats_url, lake_folder, path):
    """Its bulk helper, against an address with and without a path."""
    token, organization_id = server.token(scopes=("bulk",))
    sent = []
    with elasticsearch.Elasticsearch(server.url + path, api_key=token, request_timeout=10) as client:
        assert client.info()["tagline"].endswith("not Elasticsearch")

        def send(first):
            actions = [{"_op_type": "create", "_index": "logs", "_source": trail(first + n)} for n in range(500)]
            assert insist(elasticsearch.helpers.bulk, client, actions) == (500, [])
            sent.append(first)

        with killed_in_the_middle(server, lambda: len(sent) * 500):
            for first in range(0, RECORDS, 500):
                send(first)
                time.sleep(0.05)
    assert ended(server, postgres, nats_url, organization_id, lake_folder) == WHOLE


def test_opensearch_py(server, postgres, nats_url, lake_folder):
    """Its bulk helper, with the token as password."""
    token, organization_id = server.token(scopes=("bulk",))
    sent = []
    client = opensearchpy.OpenSearch(server.url, http_auth=("minixdr", token), timeout=10)
    with killed_in_the_middle(server, lambda: len(sent) * 500):
        for first in range(0, RECORDS, 500):
            actions = [{"_op_type": "create", "_index": "logs", "_source": trail(first + n)} for n in range(500)]
            assert insist(opensearchpy.helpers.bulk, client, actions) == (500, [])
            sent.append(first)
            time.sleep(0.05)
    client.close()
    assert ended(server, postgres, nats_url, organization_id, lake_folder) == WHOLE


def test_opentelemetry_exporter(server, postgres, nats_url, lake_folder):
    """The SDK's own queue and exporter, which tries again by itself."""
    token, organization_id = server.token(scopes=("otlp",))
    exporter = OTLPLogExporter(f"{server.url}/v1/logs", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    provider = LoggerProvider(Resource({"host.name": "web"}), shutdown_on_exit=False)
    processor = BatchLogRecordProcessor(
        exporter, schedule_delay_millis=100, max_queue_size=RECORDS * 2, max_export_batch_size=500
    )
    provider.add_log_record_processor(processor)
    logger = provider.get_logger("test")
    sent = []
    with killed_in_the_middle(server, lambda: len(sent)):
        for number in range(RECORDS):
            logger.emit(
                timestamp=1_700_000_000_000_000_000 + number, severity_number=SeverityNumber.INFO, body=line(number)
            )
            sent.append(number)
            if number % 500 == 0:
                time.sleep(0.1)
        assert provider.force_flush(90_000)
    provider.shutdown()
    assert ended(server, postgres, nats_url, organization_id, lake_folder) == WHOLE


_RSYSLOG = r"""
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
module(load="omelasticsearch")
input(type="imfile" file="{folder}/app.log" tag="app" freshStartTail="off")
template(name="line" type="list") {{
  constant(value="{{\"@timestamp\":\"") property(name="timereported" dateFormat="rfc3339")
  constant(value="\",\"host\":\"") property(name="hostname" format="json")
  constant(value="\",\"message\":\"") property(name="msg" format="json") constant(value="\"}}")
}}
action(type="omelasticsearch" server="127.0.0.1" serverport="{port}" uid="minixdr" pwd="{token}" template="line" searchIndex="logs"
       searchType="" bulkmode="on" maxbytes="1m" queue.type="LinkedList" queue.size="50000" queue.dequeueBatchSize="500"
       action.resumeRetryCount="-1" action.resumeInterval="1")
"""


@pytest.mark.skipif(RSYSLOGD is None, reason="rsyslogd is not installed")
def test_rsyslog_omelasticsearch(server, postgres, nats_url, lake_folder, tmp_path):
    """rsyslog's Elasticsearch module, which tries again by itself."""
    token, organization_id = server.token(scopes=("bulk",))
    (tmp_path / "rsyslog.conf").write_text(_RSYSLOG.format(folder=tmp_path, port=server.port, token=token))
    (tmp_path / "app.log").touch()
    command = [RSYSLOGD, "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "rsyslog.pid")]
    _follow(server, command, tmp_path)
    assert (
        ended(server, postgres, nats_url, organization_id, lake_folder)._replace(received=RECORDS, duplicates=0)
        == WHOLE
    )


_SYSLOG_NG = r"""
@version: 3.38
source files {{ file("{folder}/app.log" flags(no-parse) follow-freq(0.2)); }};
destination door {{
  http(url("http://127.0.0.1:{port}/api/ingest") method("POST") headers("Authorization: Bearer {token}", "Content-Type: text/plain")
       body("${{MESSAGE}}") delimiter("\n") batch-lines(500) batch-timeout(100) retries(1000) time-reopen(1) log-fifo-size(50000));
}};
log {{ source(files); destination(door); flags(flow-control); }};
"""


@pytest.mark.skipif(SYSLOG_NG is None, reason="syslog-ng is not installed")
def test_syslog_ng_http(server, postgres, nats_url, lake_folder, tmp_path):
    """syslog-ng's http destination at the native door."""
    token, organization_id = server.token(scopes=("native",))
    (tmp_path / "syslog-ng.conf").write_text(_SYSLOG_NG.format(folder=tmp_path, port=server.port, token=token))
    (tmp_path / "app.log").touch()
    names = {"-f": "syslog-ng.conf", "-R": "persist", "-c": "ctl", "-p": "pid"}
    command = [SYSLOG_NG, "-F", *(part for flag, name in names.items() for part in (flag, str(tmp_path / name)))]
    _follow(server, command, tmp_path)
    assert (
        ended(server, postgres, nats_url, organization_id, lake_folder)._replace(received=RECORDS, duplicates=0)
        == WHOLE
    )


def _follow(server, command, folder):
    """Write lines into a file that the client follows, and wait until what it sent does not grow any more."""
    sent = []
    with (
        (folder / "client.out").open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,
    ):
        try:
            with killed_in_the_middle(server, lambda: len(sent)), (folder / "app.log").open("a") as lines:
                for number in range(RECORDS):
                    lines.write(line(number) + "\n")
                    sent.append(number)
                    if number % 100 == 0:
                        lines.flush()
                        time.sleep(0.02)
            last, until = -1, time.monotonic() + 60
            while time.monotonic() < until:
                time.sleep(3)
                now = server.waiting()
                if now == last > 0:
                    break
                last = now
            assert process.poll() is None, (folder / "client.out").read_text()
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
