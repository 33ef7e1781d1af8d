"""Indicators of organizations."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, text

from minixdr.adapters.postgres.tables.columns import (
    count,
    flag,
    metadata,
    moment,
    one_of,
    organization,
    required,
)
from minixdr.ports.stores.indicators import KINDS
from minixdr.schema.finding import LEVELS

indicators = Table(
    "indicators",
    metadata,
    organization(),
    Column("indicator_id", required("indicator_id").type, primary_key=True, comment="32 hex digits of kind and value"),
    required("kind"),
    required("type"),
    required("value"),
    required("title", server_default=text("''")),
    required("level"),
    required("note", server_default=text("''")),
    required("source", server_default=text("''")),
    moment("expires_at"),
    flag("enabled", default=True),
    count("hits", BigInteger),
    moment("last_hit_at"),
    required("created_by"),
    moment("created_at", now=True),
    moment("updated_at", now=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    one_of("kind", KINDS),
    one_of("level", LEVELS),
    Index("ix_indicators_created_at", "organization_id", text("created_at DESC"), text("indicator_id DESC")),
)
