"""Write the first migration's SQL from the tables: `python tools/database_ddl.py` (only until the first release; then it is frozen)."""

from pathlib import Path

from sqlalchemy.dialects.postgresql import dialect as postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from minixdr.adapters.postgres import row_security
from minixdr.adapters.postgres.tables import metadata

TARGET = Path(__file__).parents[1] / "src/minixdr/adapters/postgres/migrations/versions/r0001_platform.sql"

parts = ["CREATE SCHEMA lake", f"GRANT USAGE ON SCHEMA lake TO {row_security.APP_ROLE}"]
for table in metadata.sorted_tables:
    dialect = postgresql()
    parts.append(str(CreateTable(table).compile(dialect=dialect)).strip())
    parts.extend(
        f"COMMENT ON COLUMN {table}.{column.name} IS '{column.comment}'" for column in table.c if column.comment
    )
    parts.extend(
        str(CreateIndex(index).compile(dialect=dialect)).strip()
        for index in sorted(table.indexes, key=lambda i: str(i.name))
    )
parts.extend(row_security.all_statements())
TARGET.write_text(
    "-- The first schema. Frozen once released: later changes are later migrations.\n\n" + ";\n\n".join(parts) + ";\n",
    "utf-8",
)
