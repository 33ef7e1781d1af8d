"""The first migration is what the tables say. From the first release on it is frozen, and this test goes."""

from tools.database_ddl import TARGET, ddl


def test_the_first_migration_is_up_to_date() -> None:
    """Checks, policies and grants too, which a comparison of tables does not see."""
    assert TARGET.read_text("utf-8") == ddl(), "run `python -m tools.database_ddl`"
