"""What all tables share: one metadata with constraint names, column makers, types that take hostile text."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class SafeText(TypeDecorator[str]):
    """Text of anybody: what PostgreSQL cannot hold (NUL, lone surrogates) becomes U+FFFD, going in and being looked for."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text that can be kept."""
        return None if value is None else storable(value)


def storable(value: str) -> str:
    """Return the text with U+FFFD for what PostgreSQL cannot hold."""
    if "\x00" in value:
        value = value.replace("\x00", "\ufffd")
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def identifier(name: str = "id") -> Column[Any]:
    """Return a uuid key in time order, made by the database."""
    return Column(name, Uuid, primary_key=True, server_default=text("uuidv7()"))


def organization(*, referenced: bool = True) -> Column[Any]:
    """Return the first part of the key of every organization table.

    `referenced=False` in tables of many rows, where a foreign key's check of each row would cost more than the row.
    """
    reference = (ForeignKey("organizations.id", ondelete="CASCADE"),) if referenced else ()
    return Column("organization_id", Uuid, *reference, primary_key=True)


def required(name: str, **options: Any) -> Column[Any]:
    """Return a text column that is never NULL."""
    return Column(name, SafeText, nullable=False, **options)


def optional(name: str) -> Column[Any]:
    """Return a text column."""
    return Column(name, SafeText)


def moment(name: str, *, required: bool = False, now: bool = False) -> Column[Any]:
    """Return a time; `now`: of the transaction unless told."""
    return Column(
        name, DateTime(timezone=True), nullable=not (required or now), server_default=text("now()") if now else None
    )


def count(name: str, kind: Any) -> Column[Any]:
    """Return a number that starts at 0."""
    return Column(name, kind, nullable=False, server_default=text("0"))


def flag(name: str, *, default: bool = False) -> Column[Any]:
    """Return a boolean."""
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def document(name: str, default: str | None = "'{}'::jsonb", *, nullable: bool = False) -> Column[Any]:
    """Return an open JSON map (or list, by its default)."""
    return Column(
        name, JSONB(none_as_null=True), nullable=nullable, server_default=None if default is None else text(default)
    )


def texts(name: str) -> Column[Any]:
    """Return a list of texts."""
    return Column(name, ARRAY(SafeText), nullable=False, server_default=text("'{}'::text[]"))


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    """Return the constraint that a column takes these values only (or NULL where it may be NULL)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
