"""The first schema."""

from pathlib import Path

from alembic import op

from minixdr.adapters.postgres.schema import mark, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the group of serving roles, then all tables."""
    run_script(op.get_bind(), _APP_ROLE)
    run_script(op.get_bind(), Path(__file__).with_suffix(".sql").read_text("utf-8"))
    mark(op.get_bind(), revision=1, usable_from=1)


_APP_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'minixdr_app') THEN
        CREATE ROLE minixdr_app NOLOGIN;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = 'the role minixdr_app is missing, and this role may not create it',
        HINT = 'let a superuser run: CREATE ROLE minixdr_app NOLOGIN';
END $$
"""
