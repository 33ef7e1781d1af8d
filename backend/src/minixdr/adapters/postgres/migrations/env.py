"""Alembic's entry: runs the migrations over the connection that `schema.py` hands in."""

from alembic import context

from minixdr.adapters.postgres.schema import configure

configure(context)
with context.begin_transaction():
    context.run_migrations()
