"""The Iceberg table and its catalog (PyIceberg's, in the schema `lake` of our PostgreSQL): open, make, evolve.

A commit is one compare-and-swap on the table's row in the catalog: of two committers that started from the same snapshot one fails. PyIceberg
would repeat a failed append on top of the other's; it is told not to (`commit.retry.num-retries`), since the other may have appended the same.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    RESTError,
    TableAlreadyExistsError,
    ValidationException,
)
from pyiceberg.table import Table
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from minixdr.adapters.lake.arrow import iceberg_schema, iceberg_type, partition_spec
from minixdr.adapters.lake.warehouse import Warehouse
from minixdr.ports.lake import LakeAwayError, LakeConflictError
from minixdr.ports.lake_columns import COLUMNS

NAMESPACE, NAME = "minixdr", "events"
_SCHEMA = "lake"
_CATALOG = "minixdr"
_LISTED_METADATA = 5
"""Older versions of the table's metadata that the newest lists. Their files are deleted by `upkeep.py`, an hour old: other engines may be told of
a version minutes after it was current."""
_PROPERTIES: Mapping[str, str] = {
    "format-version": "2",
    "commit.retry.num-retries": "0",
    "commit.manifest-merge.enabled": "true",
    "write.metadata.previous-versions-max": str(_LISTED_METADATA),
    "write.parquet.compression-codec": "zstd",
    "write.metadata.metrics.default": "none",
    "write.metadata.metrics.column.organization_id": "full",
    "write.metadata.metrics.column.time": "full",
    "write.metadata.metrics.column.received_at": "full",
    "write.metadata.metrics.column.source": "full",
    "write.metadata.metrics.column.class_uid": "full",
}
"""Bounds of 168 columns in every manifest would make them large for nothing: planning goes by organization and time."""


class EventTable:
    """The table `minixdr.events`. Raises LakeAwayError where catalog or warehouse fail. For several threads: each call opens what it needs."""

    def __init__(self, catalog_url: str, warehouse: Warehouse) -> None:
        """`catalog_url`: of the serving role of our PostgreSQL."""
        self.warehouse = warehouse
        self._url = catalog_url
        self._catalog: SqlCatalog | None = None
        self._loaded: tuple[str, Table] | None = None

    @property
    def catalog(self) -> SqlCatalog:
        """The catalog, opened at first use."""
        if self._catalog is None:
            with translated():
                self._catalog = SqlCatalog(_CATALOG, **self._properties())
        return self._catalog

    def _properties(self) -> dict[str, str]:
        url = make_url(self._url).set(drivername="postgresql+psycopg")
        url = url.update_query_dict({"options": f"-csearch_path={_SCHEMA}", "connect_timeout": "5"})
        found = {
            "uri": url.render_as_string(hide_password=False),
            "warehouse": self.warehouse.address,
            "init_catalog_tables": "false",
            "pool_pre_ping": "true",
            "py-io-impl": "minixdr.adapters.lake.durable_io.DurableFileIO",
        }
        if not self.warehouse.is_local:
            s3 = self.warehouse.s3
            found |= {"s3.region": s3.region or str(self.warehouse.files.region)}
            found |= {"s3.endpoint": s3.endpoint} if s3.endpoint else {}
        return found

    def load(self) -> Table:
        """Return the table as it is now; as remembered, where nobody changed it. Raises LakeAwayError where `prepare` never ran too."""
        with translated(), Session(self.catalog.engine) as session:
            location = session.scalar(
                select(IcebergTables.metadata_location).where(
                    IcebergTables.catalog_name == _CATALOG,
                    IcebergTables.table_namespace == NAMESPACE,
                    IcebergTables.table_name == NAME,
                )
            )
        if self._loaded is None or self._loaded[0] != location:
            with translated():
                table = self.catalog.load_table((NAMESPACE, NAME))
            self._loaded = (table.metadata_location, table)
        return self._loaded[1]

    def prepare(self) -> None:
        """Make the table where it is missing, and add what it lacks of our columns and properties."""
        with translated():
            try:
                table = self.catalog.load_table((NAMESPACE, NAME))
            except NoSuchTableError:
                table = self._make()
        self._evolve(table)

    def _make(self) -> Table:
        with suppress(NamespaceAlreadyExistsError, DBAPIError):  # another does the same now
            self.catalog.create_namespace(NAMESPACE)
        schema = iceberg_schema()
        try:
            return self.catalog.create_table(
                (NAMESPACE, NAME),
                schema,
                location=self.warehouse.uri(f"{NAMESPACE}/{NAME}"),
                partition_spec=partition_spec(schema),
                properties=dict(_PROPERTIES),
            )
        except TableAlreadyExistsError:
            return self.catalog.load_table((NAMESPACE, NAME))

    def _evolve(self, table: Table) -> None:
        missing = [column for column in COLUMNS if column.name not in table.schema().column_names]
        properties = {name: value for name, value in _PROPERTIES.items() if table.properties.get(name) != value}
        properties.pop("format-version", None)
        if not missing and not properties:
            return
        with translated(), table.transaction() as transaction:
            if properties:
                transaction.set_properties(properties)
            if missing:
                with transaction.update_schema() as update:
                    for number, column in enumerate(missing):
                        update.add_column(column.name, iceberg_type(column, 10_000 + number), column.doc)

    def close(self) -> None:
        """Close the catalog's connections."""
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None


@contextmanager
def translated() -> Iterator[None]:
    """Raise the lake's errors for PyIceberg's, SQLAlchemy's and the storage's."""
    try:
        yield
    except (CommitFailedException, ValidationException) as error:
        raise LakeConflictError(str(error)) from error
    except NoSuchTableError as error:
        raise LakeAwayError(
            f"the lake has no table of events yet ({error}): a worker makes it when it starts"
        ) from error
    except (DBAPIError, PoolTimeoutError) as error:
        raise LakeAwayError(f"the lake's catalog does not answer: {_short(error)}") from error
    except (OSError, RESTError) as error:
        raise LakeAwayError(f"the lake's storage does not answer: {error}") from error


def _short(error: Any) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0][:300]
