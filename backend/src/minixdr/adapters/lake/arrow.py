"""The columns (`ports/lake_columns.py`) as Arrow and as Iceberg have them."""

from collections.abc import Mapping

import pyarrow as pa  # type: ignore[import-untyped]
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    IcebergType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from minixdr.ports.lake_columns import COLUMNS, Column, ColumnKind

ARROW_TYPES: Mapping[ColumnKind, pa.DataType] = {
    ColumnKind.TEXT: pa.string(),
    ColumnKind.WHOLE: pa.int64(),
    ColumnKind.FLAG: pa.bool_(),
    ColumnKind.TIME: pa.timestamp("us", tz="UTC"),
    ColumnKind.TEXTS: pa.list_(pa.string()),
    ColumnKind.WHOLES: pa.list_(pa.int64()),
    ColumnKind.BYTES: pa.binary(),
}
_PLAIN: Mapping[ColumnKind, IcebergType] = {
    ColumnKind.TEXT: StringType(),
    ColumnKind.WHOLE: LongType(),
    ColumnKind.FLAG: BooleanType(),
    ColumnKind.TIME: TimestamptzType(),
    ColumnKind.BYTES: BinaryType(),
}
_ITEMS = {ColumnKind.TEXTS: StringType(), ColumnKind.WHOLES: LongType()}
_FIELD_ID = b"PARQUET:field_id"
PLAIN_SCHEMA = pa.schema(
    [pa.field(column.name, ARROW_TYPES[column.kind], nullable=not column.required) for column in COLUMNS]
)
"""Without the table's field ids."""


def iceberg_type(column: Column, element_id: int) -> IcebergType:
    """Return the column's type; `element_id`: the field id of its items, where it is a list."""
    item = _ITEMS.get(column.kind)
    return _PLAIN[column.kind] if item is None else ListType(element_id, item, element_required=False)


def iceberg_schema() -> Schema:
    """Return the schema of a new table; its catalog gives the ids that count."""
    return Schema(
        *(
            NestedField(number, column.name, iceberg_type(column, 10_000 + number), column.required, column.doc)
            for number, column in enumerate(COLUMNS, 1)
        )
    )


def partition_spec(schema: Schema) -> PartitionSpec:
    """Return the partitions: organization and day."""
    return PartitionSpec(
        PartitionField(schema.find_field("organization_id").field_id, 1000, IdentityTransform(), "organization_id"),
        PartitionField(schema.find_field("time").field_id, 1001, DayTransform(), "time_day"),
    )


def file_schema(schema: Schema) -> pa.Schema:
    """Return the Arrow schema of a data file: the table's columns that we know, with its field ids."""
    fields = []
    for column in COLUMNS:
        found = schema.find_field(column.name)
        kind = ARROW_TYPES[column.kind]
        if isinstance(found.field_type, ListType):
            element = pa.field("element", kind.value_type, metadata={_FIELD_ID: str(found.field_type.element_id)})
            kind = pa.list_(element)
        fields.append(
            pa.field(column.name, kind, nullable=not found.required, metadata={_FIELD_ID: str(found.field_id).encode()})
        )
    return pa.schema(fields)
