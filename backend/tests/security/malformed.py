"""Bodies that no honest client sends, and some that careless ones do; the same for the same seed.

`python -m tests.security.malformed FOLDER [SEED]` writes them out, to send them by hand.
"""

import gzip
import json
import random
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import zstandard
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

SEED = 20_260_102
_MUTANTS = 130
"""Of each well-formed body."""
_DEPTHS = (2, 60, 65, 99, 101, 199, 201, 254, 256, 512, 1_023, 1_024, 1_025, 5_000, 100_000)
_VALUES = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"18446744073709551616", b"9" * 400, b"9" * 5_000, b"-0", b"01", b"1.", b".5",
    b"0x10",
    b'"\\ud800"', b'"\\udcff"', b'"\\ud83d\\ude00"', b'"\\u0000"', b'"\x00"', b'"\xff\xfe"', b'"\xc3"', b'"\n"', b'"\\x"', b'"', b"'a'",
    b"tru", b"null",
    b"true", b"[]", b"{}", b"[{}]", b'{"a":{"b":[]}}', b'""', b'" "', b"undefined", b"//", b'"' + b"a" * 70_000 + b'"', b'{"":""}',
    b'{"a":1,"a":2}',
)  # fmt: skip
_TEXTS = (
    b"", b" ", b"\n", b"\r\n\r\n", b"\x00", b"\x00" * 5_000, b"\xef\xbb\xbf", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b",", b",,,",
    b"[", b"]", b"{", b"}",
    b"}{", b"{}{}", b"{} {}", b"{},{}", b"[{},", b"[[[]]", b"[1,2,3]", b"null", b"0", b'"text"', b"<xml/>", b"GET / HTTP/1.1",
    b"a,b\n1,2\n", b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"ElfFile\x00" + bytes(200), b"BZh91AY&SY", b"\xfd7zXZ\x00", b"MZ",
    b"\x89PNG\r\n\x1a\n",
    b"Bad line " * 9_000, b"\n".join([b"{"] * 3_000), b"\n".join([b"{}"] * 3_000), b'{"a":' * 3_000, bytes(range(256)) * 40,
)  # fmt: skip


class Input(NamedTuple):
    """A body and how it says it is encoded."""

    name: str
    body: bytes
    encoding: str | None = None


def inputs(seed: int = SEED) -> list[Input]:
    """Return the inputs, at least 2,000, none of which is large when decompressed."""
    chance = random.Random(seed)
    found = [Input(f"text-{number}", text) for number, text in enumerate(_TEXTS)]
    found += [Input(f"value-{number}", body) for number, body in enumerate(_with_values())]
    found += [Input(f"nested-{number}", body) for number, body in enumerate(_nested())]
    for name, body in well_formed().items():
        found += [Input(f"{name}-{number}", _mutated(body, chance)) for number in range(_MUTANTS)]
    found += _encoded(chance)
    return found


def bombs() -> list[Input]:
    """Return inputs that are small and grow beyond every bound."""
    zeros = bytes(1 << 20)
    packer, stream = zlib.compressobj(9, zlib.DEFLATED, 31), []
    stream.extend(packer.compress(zeros) for _ in range(100))
    gzipped = b"".join((*stream, packer.flush()))
    lines = gzip.compress(b'{"a":1}\n' * (9 << 20), 1)
    return [
        Input("bomb-gzip", gzipped, "gzip"),
        Input("bomb-zstd", zstandard.ZstdCompressor().compress(bytes(100 << 20)), "zstd"),
        Input("bomb-deflate", zlib.compress(bytes(100 << 20)), "deflate"),
        Input("bomb-inside", gzipped),
        Input("bomb-twice", gzip.compress(gzipped), "gzip"),
        Input("bomb-lines", lines, "gzip"),
        *(Input(f"dense-{name}", gzip.compress(body, 1), "gzip") for name, body in _dense()),
    ]


def _dense() -> Iterator[tuple[str, bytes]]:
    """Yield bodies within every bound of size, made of as many small parts as fit."""
    size = 60 << 20
    yield "lines", b"{}\n" * (size // 3)
    yield "text", b"a\n" * (size // 2)
    yield "events", b'{"event":1}' * (size // 11)
    yield "bulk", b'{"index":{"_index":"x"}}\n{}\n' * (size // 28)
    yield "values", b"[" + b"1," * (size // 2) + b"1]"
    yield "csv", b"a,b,c,d,e,f,g,h\n" + b"1,1,1,1,1,1,1,1\n" * (size // 16)
    yield "csv-wide", b",".join(b"%d" % number * 150 for number in range(1_000)) + b"\n" + b"1," * 999 + b"1\n" * 20_000
    yield "csv-header", b"x" * (1 << 20) + b",b\n" + b"1,1\n" * (10 << 20)
    yield "xml", b"<Event><System>" + b"<a/>" * (size // 4) + b"</System></Event>"
    yield "otlp-json", b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[' + b"{}," * (size // 3) + b"{}]}]}]}"
    records = b"\x12\x00" * (size // 2)
    yield "otlp-records", b"\x0a" + _length(b"\x12" + _length(records))
    attributes = b"\x12" + _length(b"\x32\x00" * (1 << 19))
    yield "otlp-attributes", b"\x0a" + _length(b"\x12" + _length(attributes * 50))


def well_formed() -> dict[str, bytes]:
    """Return a body of each protocol as its clients send it."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="host.name").value.string_value = "web"
    record = resource.scope_logs.add().log_records.add(time_unix_nano=1_700_000_000_000_000_000)
    record.body.kvlist_value.values.add(key="a").value.array_value.values.add().double_value = 1.5
    otlp = {
        "resourceLogs": [
            {
                "resource": {"attributes": [{"key": "host.name", "value": {"stringValue": "web"}}]},
                "scopeLogs": [
                    {"logRecords": [{"timeUnixNano": "1700000000000000000", "body": {"stringValue": "line"}}]}
                ],
            }
        ]
    }
    batch = {"origin": "a.csv", "first": 1, "raws": [b"1,2"], "format": "csv", "bodies": b'[{"a":"1"}]', "version": 1}
    event = {
        "time": 1_700_000_000.5,
        "host": "web",
        "sourcetype": "x",
        "fields": {"a": "b"},
        "event": {"message": "}{"},
    }
    return {
        "lines": b'{"a":1,"b":"\\u00e9"}\n{"a":[1,2,{"c":null}]}\n',
        "syslog": b"<86>Jan  2 03:04:05 web sshd[1]: Failed password for root from 198.51.100.7 port 22 ssh2\n",
        "hec": json.dumps(event).encode() * 2 + b'\n{"event":"text"}',
        "acks": b'{"acks":[0,1,2]}',
        "bulk": b'{"create":{"_index":"logs","_id":"1"}}\n{"message":"line","@timestamp":"2026-01-01T00:00:00Z"}\n{"delete":{"_id":"1"}}\n',
        "otlp": request.SerializeToString(),
        "otlp-json": json.dumps(otlp).encode(),
        "batch": msgspec.msgpack.encode(batch),
    }


def _with_values() -> Iterator[bytes]:
    """Yield each strange value in each place where a protocol reads one."""
    places = (
        b"%s", b'{"a":%s}', b'{"a":1}\n{"b":%s}\n', b"[%s]", b'{"event":%s}', b'{"event":"a","time":%s}', b'{"event":"a","host":%s,"fields":%s}',
        b'{"acks":[%s]}', b'{"index":{"_index":"x","_id":%s}}\n{}\n', b'{"index":{"_index":"x"}}\n{"message":%s,"@timestamp":%s}\n',
        b'{"%s":{}}\n{}\n',
        b'{"resourceLogs":%s}', b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":%s,"body":{"intValue":%s}}]}]}]}',
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":%s}}]}]}]}', b'{"Records":[%s]}',
    )  # fmt: skip
    for place in places:
        for value in _VALUES:
            yield place % ((value,) * place.count(b"%s"))


def _nested() -> Iterator[bytes]:
    for depth in _DEPTHS:
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = opening * depth + b"1" + closing * depth
            yield deep
            yield opening * depth
            yield b'{"event":' + deep + b"}"
            yield b'{"index":{"_index":"x"}}\n{"a":' + deep + b"}\n"
            yield b'{"a":' + deep + b"}\n" * 2
        yield (
            b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":'
            + b'{"arrayValue":{"values":[' * depth
            + b"{}"
            + b"]}}" * depth
            + b"}]}]}]}"
        )
        yield _deep_protobuf(depth)


def _deep_protobuf(depth: int) -> bytes:
    """Return a log record whose body is an array in an array ..."""
    value = b"\x08\x01"
    for _ in range(min(depth, 2_000)):
        value = b"\x2a" + _length(value)  # AnyValue.array_value
        value = b"\x0a" + _length(value)  # ArrayValue.values
    for tag in (b"\x2a", b"\x12", b"\x12", b"\x0a"):  # LogRecord.body, log_records, scope_logs, resource_logs
        value = tag + _length(value)
    return value


def _length(value: bytes) -> bytes:
    size, prefix = len(value), bytearray()
    while size > 0x7F:
        prefix.append(size & 0x7F | 0x80)
        size >>= 7
    prefix.append(size)
    return bytes(prefix) + value


def _mutated(body: bytes, chance: random.Random) -> bytes:
    mutated = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        _CHANGES[chance.randrange(len(_CHANGES))](mutated, chance)
    return bytes(mutated)


def _flip(body: bytearray, chance: random.Random) -> None:
    if body:
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)


def _cut(body: bytearray, chance: random.Random) -> None:
    del body[chance.randrange(len(body) + 1) :]


def _remove(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body) + 1)
    del body[start : start + chance.randint(1, 9)]


def _insert(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body) + 1)
    body[start:start] = chance.choice(
        (b'"', b"{", b"}", b"[", b"\\", b"\x00", b"\xff", b"\n", b",", b":", b"\\ud800", b"\xc3\x28", *_VALUES[:12])
    )


def _repeat(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body) + 1)
    body[start:start] = body[start : start + chance.randint(1, 60)] * chance.randint(1, 40)


_CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _cut, _remove, _insert, _repeat)


def _encoded(chance: random.Random) -> list[Input]:
    """Return bodies that are not what their Content-Encoding says."""
    found = []
    for name, body in well_formed().items():
        for encoding, compress in (
            ("gzip", gzip.compress),
            ("zstd", zstandard.ZstdCompressor().compress),
            ("deflate", zlib.compress),
        ):
            packed = compress(body)
            found.append(Input(f"{name}-{encoding}", packed, encoding))
            found.append(Input(f"{name}-{encoding}-twice", compress(packed), encoding))
            found.append(Input(f"{name}-{encoding}-plain", body, encoding))
            found.append(Input(f"{name}-{encoding}-more", packed + b"more", encoding))
            found += [Input(f"{name}-{encoding}-{number}", _mutated(packed, chance), encoding) for number in range(8)]
        found += [
            Input(f"{name}-{encoding!r}", body, encoding)
            for encoding in ("br", "gzip, gzip", "x" * 300, "compress", "")
        ]
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for made in inputs(int(sys.argv[2]) if len(sys.argv) > 2 else SEED) + bombs():
        (folder / made.name.replace("/", "_")).write_bytes(made.body)
