"""Events of one batch -> one staged file: an Arrow stream of the columns that have a value, compressed as one Zstandard frame.

Not Parquet: with 168 columns and a few hundred rows Parquet costs three times as much to write as all else together. Whose they are is in the
stream's metadata. The frame has a checksum: a file that was damaged says so.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
import zstandard

from minixdr.adapters.lake.arrow import ARROW_TYPES, PLAIN_SCHEMA
from minixdr.adapters.lake.warehouse import organization_folder
from minixdr.ports.lake import DamagedFileError, LakeEvent, StagedFile
from minixdr.ports.lake_columns import BY_ATTRIBUTE, BY_NAME, ColumnKind
from minixdr.schema.event import Event, Value

FOLDER = "staging"
_SUFFIX = ".arrows.zst"
_LEVEL = 1
"""Of Zstandard: the file lives for seconds; level 3 costs a fifth more for a tenth of the size."""
_MOST_BYTES = 4 << 30
"""Of a staged file unpacked: a batch is bounded far below by its door."""
_VERSION = "1"
_PLAIN_FORMAT = "json"
"""Its raw is the JSON text that the body was parsed from."""
_DERIVED = frozenset({"class_uid", "time"})
"""Attributes that columns of the platform's own say: `class_uid`; `time` where `time_known`."""
_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS
_SCALARS: Mapping[ColumnKind, type] = {ColumnKind.TEXT: str, ColumnKind.WHOLE: int, ColumnKind.FLAG: bool,
                                       ColumnKind.TEXTS: str, ColumnKind.WHOLES: int}  # fmt: skip
_LISTS = frozenset({ColumnKind.TEXTS, ColumnKind.WHOLES})
_LARGEST = 2**63


def staged_name(organization_id: str, name: str, events: Sequence[LakeEvent]) -> str:
    """Return the file's name. Two workers that have the same batch may find other events new in it: then these are two files, of which the
    outbox names one."""
    digest = blake2b(",".join([row.event.event_id for row in events]).encode(), digest_size=8)
    folder = organization_folder(organization_id)
    return f"{FOLDER}/{folder}/{organization_folder(name)}-{digest.hexdigest()}{_SUFFIX}"


def encode(organization_id: str, name: str, events: Sequence[LakeEvent]) -> tuple[StagedFile, bytes]:
    """Return the file of these events and its content. Raises ValueError where there are none, or an id cannot be a file's name."""
    if not events:
        raise ValueError("no events to stage")
    table = rows_to_table(events).replace_schema_metadata(
        {"minixdr.version": _VERSION, "minixdr.organization_id": organization_id}
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(sink.getvalue())
    times = [row.time for row in events]
    path = staged_name(organization_id, name, events)
    return StagedFile(path, organization_id, len(events), len(content), min(times), max(times)), content


def decode(name: str, content: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a staged file with these columns (None: all). Raises DamagedFileError."""
    found = decode_present(name, content)
    fields = PLAIN_SCHEMA if columns is None else pa.schema([PLAIN_SCHEMA.field(column) for column in columns])
    arrays = [
        found[field.name] if field.name in found.column_names else pa.nulls(found.num_rows, field.type)
        for field in fields
    ]
    return pa.table(arrays, schema=fields)


def decode_present(name: str, content: bytes) -> pa.Table:
    """Return the rows of a staged file with the columns that have a value in it. Raises DamagedFileError."""
    try:
        unpacked = zstandard.ZstdDecompressor().decompress(content, max_output_size=_MOST_BYTES)
        found = pa.ipc.open_stream(pa.py_buffer(unpacked)).read_all()
    except (zstandard.ZstdError, pa.ArrowException) as error:
        raise DamagedFileError(f"{name}: {error}", name) from error
    said = found.schema.metadata or {}
    if said.get(b"minixdr.version") != _VERSION.encode():
        raise DamagedFileError(f"{name}: not a staged file of version {_VERSION}", name)
    owner = pa.scalar(said[b"minixdr.organization_id"].decode(), pa.string())
    return found.append_column("organization_id", pa.repeat(owner, found.num_rows)).replace_schema_metadata()


def rows_to_table(events: Sequence[LakeEvent]) -> pa.Table:
    """Return the events as a table of the columns that have a value in any of them."""
    lists, rest = _spread(events)
    arrays: dict[str, pa.Array] = {}
    for attribute, values in lists.items():
        column = BY_ATTRIBUTE[attribute]
        arrays[column.name] = _array(attribute, column.kind, values, rest)
    arrays |= _fixed(events)
    if rest:
        arrays["attributes"] = pa.array([_json(rest.get(index)) for index in range(len(events))], pa.string())
    return pa.table({name: arrays[name] for name in BY_NAME if name in arrays})


def _spread(events: Sequence[LakeEvent]) -> tuple[dict[str, list[Any]], dict[int, dict[str, Value]]]:
    """Return the attributes that have a column, each as a list of values by row, and the other attributes by row."""
    count = len(events)
    lists: dict[str, list[Any]] = {}
    get = lists.get
    rest: dict[int, dict[str, Value]] = {}
    for index, row in enumerate(events):
        for attribute, value in row.event.attributes.items():
            values = get(attribute)
            if values is not None:
                values[index] = value
            elif attribute in _DERIVED:
                continue
            elif attribute in BY_ATTRIBUTE:
                values = lists[attribute] = [None] * count
                values[index] = value
            elif index in rest:
                rest[index][attribute] = value
            else:
                rest[index] = {attribute: value}
    return lists, rest


def _array(attribute: str, kind: ColumnKind, values: list[Any], rest: dict[int, dict[str, Value]]) -> pa.Array:
    """Return the column. A value of another type than the column's goes to the rest: sources check types, but a path through an array may
    hold lists in lists."""
    try:
        if kind not in _LISTS or not any(
            isinstance(value, str) for value in values
        ):  # Arrow takes a text for a list of characters
            return pa.array(values, ARROW_TYPES[kind])
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError):
        pass
    for index, value in enumerate(values):
        if isinstance(value, str):
            values[index] = _storable(value)
        if value is not None and not _fits(kind, value):
            rest.setdefault(index, {})[attribute] = value
            values[index] = None
    return pa.array([_all_storable(value) for value in values], ARROW_TYPES[kind])


def _fits(kind: ColumnKind, value: Any) -> bool:
    wanted = _SCALARS[kind]
    if kind in _LISTS:
        return isinstance(value, list) and all(item is None or _is(item, wanted) for item in value)
    return _is(value, wanted)


def _is(value: Any, wanted: type) -> bool:
    return type(value) is wanted and (not isinstance(value, int) or -_LARGEST <= value < _LARGEST)


def _all_storable(value: Any) -> Any:
    return [_storable(item) if isinstance(item, str) else item for item in value] if isinstance(value, list) else value


def _storable(value: str) -> str:
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _fixed(events: Sequence[LakeEvent]) -> dict[str, pa.Array]:
    time = ARROW_TYPES[ColumnKind.TIME]
    found = {
        "event_id": pa.array([row.event.event_id for row in events], pa.string()),
        "time": pa.array([row.time for row in events], time),
        "time_known": pa.array([row.event.time is not None for row in events], pa.bool_()),
        "received_at": _same([row.received_at for row in events], time),
        "source": _same([row.event.source for row in events], pa.string()),
        "class_uid": pa.array([row.event.class_uid for row in events], pa.int64()),
        "batch_id": _same([row.batch_id for row in events], pa.string()),
        "origin": _same([row.event.record.file for row in events], pa.string()),
        "record": pa.array([row.event.record.number for row in events], pa.int64()),
        "format": _same([row.event.record.format for row in events], pa.string()),
        "entities": _entities(events),
    }
    for name, texts in (
        ("unmapped", [_json(row.event.unmapped) for row in events]),
        ("doubts", [_json(_doubts(row.event)) for row in events]),
        ("body", [_json(_body(row.event)) for row in events]),
    ):
        if any(text is not None for text in texts):
            found[name] = pa.array(texts, pa.string())
    return found | _raw([row.event.record.raw for row in events])


def _entities(events: Sequence[LakeEvent]) -> pa.Array:
    texts = [[f"{entity.type}:{entity.value}" for entity in row.event.entities] for row in events]
    try:
        return pa.array(texts, pa.list_(pa.string()))
    except UnicodeEncodeError:
        return pa.array([[_storable(text) for text in items] for items in texts], pa.list_(pa.string()))


def _same(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return the values, of which mostly there is one in a batch."""
    if values.count(values[0]) == len(values):
        first = _storable(values[0]) if isinstance(values[0], str) else values[0]
        return pa.repeat(pa.scalar(first, kind), len(values))
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # a file's name that is no UTF-8
        return pa.array([_storable(value) for value in values], kind)


def _doubts(event: Event) -> list[tuple[str, str]]:
    return [(doubt.attribute, doubt.reason) for doubt in event.doubts]


def _body(event: Event) -> Mapping[str, Any] | None:
    record = event.record
    if record.format == _PLAIN_FORMAT:
        return None
    body = record.body
    if len(body) == 1 and body.get("message") == record.raw.decode("utf-8", "replace"):
        return None
    return body


def _json(value: Any) -> bytes | None:
    if not value:
        return None
    try:
        return orjson.dumps(value, option=_JSON_OPTIONS)
    except TypeError:  # whole numbers beyond 64 bits, lone surrogates, nesting that orjson refuses
        return orjson.dumps(_plain(value), option=_JSON_OPTIONS)


def _plain(value: Any) -> Any:
    """Return the value as JSON of 64-bit numbers and whole characters has it; numbers beyond are texts, what is nested deeper than 200 null."""
    return _plain_below(value, 200)


def _plain_below(value: Any, depth: int) -> Any:
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        return {_storable(str(key)): _plain_below(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_below(item, depth - 1) for item in value]
    if isinstance(value, str):
        return _storable(value)
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else str(value)
    return _storable(str(value))


def _raw(raws: Sequence[bytes]) -> dict[str, pa.Array]:
    found = pa.array(raws, pa.binary())
    try:
        return {"raw": found.cast(pa.string())}
    except pa.ArrowInvalid:  # somewhere no UTF-8
        pass
    texts: list[str] = []
    kept: list[bytes | None] = []
    for raw in raws:
        try:
            texts.append(raw.decode())
            kept.append(None)
        except UnicodeDecodeError:
            texts.append(raw.decode("utf-8", "replace"))
            kept.append(raw)
    return {"raw": pa.array(texts, pa.string()), "raw_bytes": pa.array(kept, pa.binary())}


def empty(columns: Sequence[str] | None = None) -> pa.Table:
    """Return no rows with these columns (None: all)."""
    fields = PLAIN_SCHEMA if columns is None else pa.schema([PLAIN_SCHEMA.field(column) for column in columns])
    return fields.empty_table()
