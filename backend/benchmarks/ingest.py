"""How fast bytes become records, and in how much memory: `python -m benchmarks.ingest`.

Each case runs in a process of its own. Rate: 32 MiB of made-up records, held in memory, are read in blocks; CPU seconds of `read(...)` alone, best
of three; beside it what iterating over the same lines with Python's file object costs. Memory: 1 GiB comes out of a generator; the
process's peak resident memory is reported.
"""

import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.process import run, write
from minixdr.ingest.reading import read
from minixdr.schema.record import Batch

OF_MEMORY = ("JSON lines, CloudTrail", "CloudTrail Records, one line", "text")
RATE_BYTES = 32 << 20
MEMORY_BYTES = 1024 << 20


def _small(number: int) -> dict[str, object]:
    return {"ts": 1700000000 + number, "uid": f"C{number:x}", "id.orig_h": "192.0.2.7", "id.resp_h": "198.51.100.9",
            "id.resp_p": 443, "proto": "tcp", "service": "ssl", "duration": 0.25, "orig_bytes": number}  # fmt: skip


def _cloudtrail(number: int) -> dict[str, object]:
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::111122223333:assumed-role/app/{number}",
                         "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "app"}, "attributes": {}}},
        "eventTime": "2026-01-02T03:04:05Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
        "sourceIPAddress": "192.0.2.7", "userAgent": "[aws-sdk-go/1.44.0 (go1.19; linux; amd64)]",
        "requestParameters": {"bucketName": "example", "key": f"a/b/{number}.json", "Host": "example.s3.amazonaws.com"},
        "resources": [{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::example/a/b/{number}.json"},
                      {"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::example"}],
        "eventID": f"{number:032x}", "readOnly": True, "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
    }  # fmt: skip


def _lines(make: Callable[[int], str], size: int) -> Iterator[bytes]:
    number = total = 0
    while total < size:
        block = "".join(make(number + index) + "\n" for index in range(1000)).encode()
        number += 1000
        total += len(block)
        yield block


def _records(size: int) -> Iterator[bytes]:
    yield b'{"Records":['
    number = total = 0
    while total < size:
        block = ",".join(json.dumps(_cloudtrail(number + index)) for index in range(1000)).encode() + b","
        number += 1000
        total += len(block)
        yield block
    yield b'{"last":1}]}'


def _audit(number: int) -> str:
    head = f"msg=audit(1700000000.123:{number}):"
    return (
        f'type=SYSCALL {head} arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 auid=1000 uid=0 comm="sh" exe="/bin/sh"\n'
        f'type=EXECVE {head} argc=3 a0="sh" a1="-c" a2=6563686F\ntype=PROCTITLE {head} proctitle=7368002D63\ntype=EOE {head} '
    )


CASES: dict[str, Callable[[int], Iterator[bytes]]] = {
    "JSON lines, 200 bytes": lambda size: _lines(lambda n: json.dumps(_small(n)), size),
    "JSON lines, CloudTrail": lambda size: _lines(lambda n: json.dumps(_cloudtrail(n)), size),
    "CloudTrail Records, one line": _records,
    "JSON, pretty-printed": lambda size: _lines(lambda n: json.dumps(_cloudtrail(n), indent=2), size),
    "text": lambda size: _lines(lambda n: f'192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET /{n} HTTP/1.1" 200 5 "-" "-"', size),
    "syslog": lambda size: _lines(lambda n: f"Nov  3 04:05:06 web-1 sshd[{n}]: Failed password for root from 192.0.2.7 port 4 ssh2", size),
    "auditd (4 lines an event)": lambda size: _lines(_audit, size),
    "VPC flow": lambda size: _lines(
        lambda n: f"2 111122223333 eni-0a1b2c3d 192.0.2.7 198.51.100.9 {n % 60000} 443 6 10 840 1700000000 1700000060 ACCEPT OK", size
    ),
    "CSV": lambda size: _lines(lambda n: "time,name,host,message,id" if n == 0 else f"{n},alice,web-1,logged on,4624", size),
}  # fmt: skip


class _Blocks(io.RawIOBase):
    """Blocks as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002 - blocks come as they are
        """Return the next block, whatever the size."""
        return next(self._blocks, b"")


def _count(stream: io.RawIOBase | io.BytesIO) -> int:
    records = 0
    for item in read(stream, "benchmark"):  # type: ignore[arg-type]  # what `read` needs of it, it has
        assert isinstance(item, Batch), item
        records += len(item.raws)
    return records


def _rate(case: str) -> dict[str, float]:
    content = b"".join(CASES[case](RATE_BYTES))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        records = _count(io.BytesIO(content))
        seconds.append(time.process_time() - start)
    start = time.process_time()
    lines = sum(1 for _ in io.BufferedReader(io.BytesIO(content), 1 << 20))  # type: ignore[type-var]  # BytesIO is a raw stream to BufferedReader
    plain = time.process_time() - start
    best = min(seconds)
    return {"records": records, "records_per_s": records / best, "mb_per_s": len(content) / 1e6 / best,
            "plain_lines_per_s": lines / plain, "plain_mb_per_s": len(content) / 1e6 / plain}  # fmt: skip


def _memory(case: str) -> dict[str, float]:
    sample = list(CASES[case](16 << 20))
    rounds = MEMORY_BYTES // sum(len(block) for block in sample)

    def repeated() -> Iterator[bytes]:
        body = sample[1:-1]
        yield sample[0]
        for _ in range(rounds):
            yield from body
        yield sample[-1]

    records = _count(_Blocks(repeated()))
    return {"records": records, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _measure(kind: str, case: str) -> dict[str, float]:
    done = run([sys.executable, "-m", "benchmarks.ingest", kind, case])
    result: dict[str, float] = json.loads(done.output.splitlines()[-1])
    return result


def main() -> None:
    """Measure and write the page; with a kind and a case: print the figures of that one."""
    if len(sys.argv) == 3:
        print(json.dumps({"rate": _rate, "memory": _memory}[sys.argv[1]](sys.argv[2])))
        return
    rows = [["", "records per CPU-s", "MB per CPU-s", "lines by Python's file, per CPU-s", "peak MiB on 1 GiB"]]
    for case in CASES:
        rate, memory = _measure("rate", case), _measure("memory", case) if case in OF_MEMORY else None
        rows.append(
            [
                case,
                f"{rate['records_per_s']:,.0f}",
                f"{rate['mb_per_s']:,.0f}",
                f"{rate['plain_lines_per_s']:,.0f}",
                "" if memory is None else f"{memory['peak_mib']:,.0f}",
            ]
        )
    write("ingest", "Bytes to records", [
        "Made-up records, 32 MiB held in memory, best of three passes of `read(...)`, one process for each row. JSON lines are",
        "handed on unparsed; all other formats are decoded. Memory: 1 GiB out of a generator.",
    ], rows)  # fmt: skip


if __name__ == "__main__":
    main()
