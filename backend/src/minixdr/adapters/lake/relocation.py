"""A lake that was copied to another folder: its metadata made to name the files where they are now.

Iceberg keeps absolute addresses in the catalog's row, in the table's metadata (JSON), in each snapshot's list of manifests and in each manifest
(Avro). They are rewritten in place, which is no commit: only for a copy that nothing else uses, as a restore makes it. Numbers, snapshots and
data files stay as they are.
"""

import json
from typing import Any, Literal

from pyiceberg.catalog.sql import IcebergTables
from pyiceberg.manifest import (
    ManifestFile,
    clear_manifest_cache,
    read_manifest_list,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from minixdr.adapters.lake.table import EventTable, translated

_PATH, _LENGTH = 0, 1
"""Of a manifest in a list of manifests; positions in PyIceberg's records."""
_FILE_PATH = 1
"""Of a data file in a manifest."""
_VERSION: Literal[2] = 2
"""Of the table format; table.py asks for it."""


def relocate(table: EventTable, old: str) -> int:
    """Make the table's metadata, written where the warehouse lay at `old`, name the warehouse as it lies now. Return how many files were rewritten.

    Raises LakeAwayError.
    """
    move = _Move(old.removeprefix("file://").rstrip("/"), table.warehouse.address)
    with translated():
        if not _relocate_catalog(table, move):
            return 0
        opened = table.load()
        _relocate_manifests(opened, move)
    return move.files


class _Move:
    """From one address to another."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new
        self.files = 0
        self.manifests: dict[str, int] = {}
        """Length of each manifest rewritten, by its new address: snapshots share them."""

    def __call__(self, address: str) -> str:
        """Return the new address of an old one; of any other, itself."""
        scheme = "file://" if address.startswith("file://") else ""
        path = address.removeprefix("file://")
        return f"{scheme}{self._new}{path[len(self._old) :]}" if path.startswith(f"{self._old}/") else address

    def within(self, value: Any) -> Any:
        """Return a JSON value with all addresses in it made new."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, list):
            return [self.within(item) for item in value]
        if isinstance(value, dict):
            return {key: self.within(item) for key, item in value.items()}
        return value


def _relocate_catalog(table: EventTable, move: _Move) -> bool:
    """Rewrite the rows of the catalog and the tables' metadata that they name. Return whether there were any."""
    with Session(table.catalog.engine) as session:
        rows = session.scalars(select(IcebergTables)).all()
        for row in rows:
            for name in ("metadata_location", "previous_metadata_location"):
                location = getattr(row, name)
                if location is not None:
                    setattr(row, name, move(location))
            inside = table.warehouse.name_of(str(row.metadata_location))
            if inside is not None:
                metadata = json.loads(table.warehouse.read(inside))
                table.warehouse.write(inside, json.dumps(move.within(metadata)).encode())
                move.files += 1
        session.commit()
    return bool(rows)


def _relocate_manifests(table: Table, move: _Move) -> None:
    for snapshot in table.metadata.snapshots:
        manifests = list(read_manifest_list(table.io.new_input(snapshot.manifest_list)))
        for manifest in manifests:
            manifest[_PATH] = move(manifest.manifest_path)
            if manifest.manifest_path not in move.manifests:
                move.manifests[manifest.manifest_path] = _rewrite(table, manifest, move)
                move.files += 1
            manifest[_LENGTH] = move.manifests[manifest.manifest_path]
        with write_manifest_list(
            _VERSION,
            table.io.new_output(snapshot.manifest_list),
            snapshot.snapshot_id,
            snapshot.parent_snapshot_id,
            snapshot.sequence_number,
            "deflate",
        ) as written:
            written.add_manifests(manifests)
        move.files += 1
    clear_manifest_cache()


def _rewrite(table: Table, manifest: ManifestFile, move: _Move) -> int:
    """Write a manifest anew, with all that it says but the addresses. Return its length in bytes."""
    entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
    output = table.io.new_output(manifest.manifest_path)
    spec = table.specs()[manifest.partition_spec_id]
    with write_manifest(_VERSION, spec, table.schema(), output, manifest.added_snapshot_id or 0, "deflate") as written:
        for entry in entries:
            entry.data_file[_FILE_PATH] = move(entry.data_file.file_path)
            written.add_entry(entry)
    return len(output)
