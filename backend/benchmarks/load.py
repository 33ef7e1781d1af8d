"""A sender of mixed real records: the same kinds again and again, each with an id and a time of its own, at a chosen rate.

Runs as a process of its own (`python -m benchmarks.load URL TOKEN RATE SECONDS SHARE`): what it costs can be told from what the platform
costs. Prints one JSON object: records acknowledged, answers by status, latencies of acknowledgement in seconds.
"""

import json
import re
import socket
import sys
import threading
import time
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit

import orjson

from benchmarks import corpora
from benchmarks.process import DATA, RULE_FOLDERS
from minixdr import wiring
from minixdr.app.ruleset import load_ruleset
from minixdr.app.scan.request import ScanRequest
from minixdr.pipeline import run
from minixdr.schema.record import Batch

PER_REQUEST = 500
_SENDERS = 4
_ID, _ISO, _EPOCH, _SPACED = b"@@ID00000000@@", b"@@ISO@@", b'"@@EPOCH@@"', b"@@SPACED@@"
_MARKS = re.compile(b"(" + b"|".join((_ID, _ISO, _EPOCH, _SPACED)) + b")")


def templates(share: float) -> list[list[bytes]]:
    """Return records of CloudTrail, Windows and Zeek, three to three to four, cut at the places where id and time go.

    `share`: of records that rules find something in; 1: as the captures of attacks have them.
    """
    windows = [_windows(orjson.loads(line)) for line in islice(corpora.lines_of(corpora.mordor()), 0, 40_000, 4)]
    cloud = []
    for file in sorted((DATA / "story_aws_invictus" / "cloudtrail_raw").glob("*.json")):
        cloud += [_cloudtrail(record) for record in json.loads(file.read_text("utf-8"))["Records"]]
    zeek = []
    for path in sorted((DATA / "network").rglob("*.*")):
        if "zeek" in str(path) and path.suffix in {".json", ".jsonl", ".log"}:
            for line in path.read_bytes().splitlines()[:3_000]:
                body = orjson.loads(line) if line.startswith(b"{") else {}
                if isinstance(body.get("ts"), (int, float)):
                    zeek.append(orjson.dumps({**body, "ts": "@@EPOCH@@", "uid": "@@ID00000000@@"}))
    mixed: list[bytes] = []
    for number in range(2_000):
        mixed += [cloud[(3 * number + each) % len(cloud)] for each in range(3)]
        mixed += [windows[(3 * number + each) % len(windows)] for each in range(3)]
        mixed += [zeek[(4 * number + each) % len(zeek)] for each in range(4)]
    return [_MARKS.split(text) for text in (mixed if share == 1 else _thinned(mixed, share))]


def _thinned(texts: list[bytes], share: float) -> list[bytes]:
    """Return the records of which the rules find nothing, and of the others so many that they are that share."""
    services = wiring.services()
    folders = tuple(str(DATA / "rules" / "sigmahq" / folder) for folder in RULE_FOLDERS)
    detection = load_ruleset(ScanRequest(paths=(), rules=(services.own_rules, *folders)), services).detection()
    found = {finding.record - 1 for finding in run(Batch("", "json", 1, texts), detection).findings}
    loud = [text for place, text in enumerate(texts) if place in found]
    quiet = [text for place, text in enumerate(texts) if place not in found]
    every = round(1 / share)
    for number, place in enumerate(range(0, len(quiet), every)):
        quiet.insert(place, loud[number % len(loud)])
    return quiet


def _cloudtrail(record: dict[str, object]) -> bytes:
    return orjson.dumps({**record, "eventID": "@@ID00000000@@", "eventTime": "@@ISO@@"})


def _windows(record: dict[str, object]) -> bytes:
    changed = {**record, "@timestamp": "@@ISO@@", "EventTime": "@@SPACED@@", "RecordNumber": "@@ID00000000@@"}
    if "TimeCreated" in record:
        changed["TimeCreated"] = "@@ISO@@"
    if "UtcTime" in record:
        changed["UtcTime"] = "@@SPACED@@"
    return orjson.dumps(changed)


class Bodies:
    """Bodies of requests, none like another."""

    def __init__(self, parts: list[list[bytes]], first: int) -> None:
        self._parts, self._number, self._place = parts, first, first

    def next(self) -> bytes:
        """Return the next."""
        now = datetime.now(UTC)
        marks = {
            _ISO: now.strftime("%Y-%m-%dT%H:%M:%SZ").encode(),
            _SPACED: now.strftime("%Y-%m-%d %H:%M:%S").encode(),
            _EPOCH: f"{now.timestamp():.3f}".encode(),
        }
        lines = []
        for _ in range(PER_REQUEST):
            self._number += 1
            marks[_ID] = b"%d" % self._number
            lines.append(b"".join([marks.get(part, part) for part in self._parts[self._place % len(self._parts)]]))
            self._place += 1
        return b"\n".join(lines)


class Sender(threading.Thread):
    """Sends requests over one connection, at its share of the rate; one that is refused is sent again."""

    def __init__(self, url: str, token: str, rate: float, end: float, parts: list[list[bytes]], number: int) -> None:
        super().__init__(daemon=True)
        address = urlsplit(url)
        self._address = (address.hostname or "127.0.0.1", address.port or 80)
        self._head = (
            f"POST /api/ingest HTTP/1.1\r\nhost: {address.netloc}\r\nauthorization: Bearer {token}\r\n"
            "content-type: application/x-ndjson\r\ncontent-length: "
        ).encode()
        self._pause, self._end = PER_REQUEST / rate, end
        self._bodies = Bodies(parts, number * 100_000_000 + int(time.time()) % 1_000_000 * 100)
        self.latencies: list[float] = []
        self.answers: dict[int, int] = {}
        self.late_seconds = 0.0

    def run(self) -> None:
        """Send until the end."""
        with socket.create_connection(self._address) as connection:
            reader = connection.makefile("rb")
            due = time.perf_counter()
            while time.time() < self._end:
                body = self._bodies.next()
                wait = due - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                self.late_seconds = max(self.late_seconds, -wait)
                due = max(
                    due + self._pause, time.perf_counter() - 1.0
                )  # who falls behind does not catch up more than a second
                started = time.perf_counter()
                while (status := self._ask(connection, reader, body)) != 200:
                    self.answers[status] = self.answers.get(status, 0) + 1
                    time.sleep(0.2)
                self.answers[status] = self.answers.get(status, 0) + 1
                self.latencies.append(time.perf_counter() - started)

    def _ask(self, connection: socket.socket, reader: object, body: bytes) -> int:
        connection.sendall(self._head + b"%d\r\n\r\n" % len(body) + body)
        status = int(reader.readline().split()[1])  # type: ignore[attr-defined]
        length = 0
        while (line := reader.readline()) not in {b"\r\n", b""}:  # type: ignore[attr-defined]
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        reader.read(length)  # type: ignore[attr-defined]
        return status


def main() -> None:
    """Send, and print what came of it."""
    url, token, rate, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    parts = templates(float(sys.argv[5]))
    sizes = [sum(map(len, part)) for part in parts]
    end = time.time() + seconds
    started = time.time()
    senders = [Sender(url, token, rate / _SENDERS, end, parts, number) for number in range(_SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    latencies = sorted(each for sender in senders for each in sender.latencies)
    answers: dict[int, int] = {}
    for sender in senders:
        for status, count in sender.answers.items():
            answers[status] = answers.get(status, 0) + count
    print(
        json.dumps(
            {
                "records": len(latencies) * PER_REQUEST,
                "bytes_per_record": sum(sizes) / len(sizes),
                "seconds": time.time() - started,
                "answers": answers,
                "p50": latencies[len(latencies) // 2],
                "p99": latencies[int(len(latencies) * 0.99)],
                "highest": latencies[-1],
                "sender_cpu_seconds": time.process_time(),
            }
        )
    )


if __name__ == "__main__":
    main()
