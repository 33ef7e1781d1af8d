"""Work and its traces: leases, jobs, hunts, the audit log, changes to tell."""

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, String, Table, Uuid, text
from sqlalchemy.dialects.postgresql import REAL

from minixdr.adapters.postgres.tables.columns import (
    count,
    document,
    flag,
    identifier,
    metadata,
    moment,
    one_of,
    optional,
    organization,
    required,
)
from minixdr.ports.stores.kinds import JOB_STATES

leases = Table(
    "leases",
    metadata,
    Column("name", required("name").type, primary_key=True),
    required("owner"),
    Column("fence", BigInteger, nullable=False, comment="grows with every new owner"),
    moment("expires_at", required=True),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", required("name").type, primary_key=True, comment="api or worker, host, process id"),
    required("kind"),
    required("version"),
    moment("started_at", required=True),
    moment("seen_at", required=True),
    document("details"),
)

setup_codes = Table(
    "setup_codes",
    metadata,
    Column(
        "code_hash", LargeBinary, primary_key=True, comment="of what whoever makes the first organization must give"
    ),
    moment("created_at", required=True),
)

saved_hunts = Table(
    "saved_hunts",
    metadata,
    organization(),
    identifier(),
    required("name"),
    required("query"),
    document("time_range"),
    required("description", server_default=text("''")),
    flag("shared"),
    Column("created_by", Uuid),
    moment("created_at", now=True),
    moment("updated_at", now=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
)

jobs = Table(
    "jobs",
    metadata,
    organization(),
    identifier(),
    required("kind"),
    required("state", server_default=text("'queued'")),
    count("progress", REAL),
    document("request"),
    document("result", None, nullable=True),
    optional("error"),
    required("created_by"),
    moment("created_at", now=True),
    moment("started_at"),
    moment("finished_at"),
    optional("owner"),
    moment("heartbeat_at"),
    count("attempts", BigInteger),
    one_of("state", JOB_STATES),
    Index("ix_jobs_queued", "kind", "id", postgresql_where=text("state IN ('queued', 'running')")),
)

audit_log = Table(
    "audit_log",
    metadata,
    organization(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 ... of the organization"),
    moment("at", required=True),
    required("actor"),
    required("action"),
    required("target"),
    document("details"),
    optional("address"),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    organization(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    required("key_id"),
    moment("at", required=True),
)

outbox = Table(
    "outbox",
    metadata,
    organization(),
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "transaction_id",
        BigInteger,
        nullable=False,
        server_default=text("(pg_current_xact_id()::text)::bigint"),
        comment="a reader takes rows below the oldest open transaction only, or a late commit would be missed",
    ),
    required("topic"),
    document("payload"),
    moment("created_at", now=True),
    Index("ix_outbox_order", "organization_id", "transaction_id", "seq"),
)

schema_state = Table(
    "schema_state",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("usable_from", BigInteger, nullable=False, comment="oldest program, by its newest revision, that can serve"),
    moment("upgraded_at", now=True),
)

iceberg_tables = Table(
    "iceberg_tables",
    metadata,
    Column("catalog_name", String(255), primary_key=True),
    Column("table_namespace", String(255), primary_key=True),
    Column("table_name", String(255), primary_key=True),
    Column("metadata_location", String(1000)),
    Column("previous_metadata_location", String(1000)),
    Column("iceberg_type", String(5)),
    schema="lake",
)

iceberg_namespace_properties = Table(
    "iceberg_namespace_properties",
    metadata,
    Column("catalog_name", String(255), primary_key=True),
    Column("namespace", String(255), primary_key=True),
    Column("property_key", String(255), primary_key=True),
    Column("property_value", String(1000), nullable=False),
    schema="lake",
)
