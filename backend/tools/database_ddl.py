"""Write the first migration's SQL from the tables: `python -m tools.database_ddl` (only until the first release; then it is frozen)."""

from pathlib import Path

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from minixdr.adapters.postgres import row_security
from minixdr.adapters.postgres.tables import metadata

TARGET = Path(__file__).parents[1] / "src/minixdr/adapters/postgres/migrations/versions/r0001_platform.sql"


def ddl() -> str:
    """Return the SQL of all tables, their indexes, row-level security and grants."""
    dialect = postgresql.dialect()
    parts = ["CREATE SCHEMA lake", f"GRANT USAGE ON SCHEMA lake TO {row_security.APP_ROLE}"]
    for table in metadata.sorted_tables:
        parts.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        parts.extend(
            f"COMMENT ON COLUMN {table}.{column.name} IS '{column.comment}'" for column in table.c if column.comment
        )
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        parts.extend(str(CreateIndex(index).compile(dialect=dialect)).strip() for index in indexes)
    parts.extend(row_security.all_statements())
    head = "-- The first schema. Frozen once released: later changes are later migrations.\n\n"
    return head + ";\n\n".join(parts) + ";\n"


if __name__ == "__main__":
    TARGET.write_text(ddl(), "utf-8")
