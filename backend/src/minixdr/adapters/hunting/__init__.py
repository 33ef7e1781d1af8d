"""Running hunts: DuckDB over the lake's files."""
