"""What came in and what became of it: sources, receipts, collected objects, dead letters, the way to the lake."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Integer, LargeBinary, Table, Uuid, text

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
    texts,
)

ACCOUNT = "received = events + skipped + malformed + duplicates"
"""Nothing vanishes: the database itself holds every account to it."""


def _account() -> tuple[Column[int], ...]:
    return tuple(count(name, BigInteger) for name in ("received", "events", "skipped", "malformed", "duplicates"))


sources = Table(
    "sources",
    metadata,
    organization(),
    Column("name", required("name").type, primary_key=True, comment="log source; empty: not recognised"),
    Column("door", required("door").type, primary_key=True),
    Column("token_id", Uuid),
    moment("first_seen_at", required=True),
    moment("last_seen_at", required=True),
    moment("last_event_at"),
    *_account(),
)

receipts = Table(
    "receipts",
    metadata,
    organization(),
    Column("batch_id", required("batch_id").type, primary_key=True),
    required("door"),
    required("origin"),
    moment("received_at", required=True),
    moment("processed_at", required=True),
    *_account(),
    document("sources"),
    document("issues", "'[]'::jsonb"),
    Column("token_id", Uuid),
    moment("first_at"),
    moment("last_at"),
    CheckConstraint(ACCOUNT, name="account"),
    Index("ix_receipts_received_at", "organization_id", "received_at"),
)

collector_inputs = Table(
    "collector_inputs",
    metadata,
    organization(),
    identifier(),
    required("bucket"),
    required("prefix", server_default=text("''")),
    optional("queue_url"),
    optional("region"),
    optional("source"),
    optional("role_arn"),
    optional("external_id"),
    flag("enabled", default=True),
    document("settings"),
    moment("created_at", now=True),
    moment("last_reconciled_at"),
    optional("last_error"),
)

collected_objects = Table(
    "collected_objects",
    metadata,
    organization(),
    Column("input_id", Uuid, primary_key=True),
    Column("bucket", required("bucket").type, primary_key=True),
    Column("key", required("key").type, primary_key=True),
    Column("etag", required("etag").type, primary_key=True),
    count("size_bytes", BigInteger),
    required("state", server_default=text("'seen'")),
    count("attempts", Integer),
    *_account(),
    moment("first_seen_at", now=True),
    moment("done_at"),
    optional("reason"),
    one_of("state", ("seen", "done", "failed")),
    Index("ix_collected_objects_state", "organization_id", "state", "first_seen_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    organization(),
    identifier(),
    required("batch_id"),
    required("door"),
    required("origin"),
    required("reason"),
    count("attempts", Integer),
    moment("failed_at", required=True),
    Column("payload", LargeBinary, nullable=False, comment="the whole batch: msgpack, zstd"),
    Column("records", Integer, nullable=False),
    required("state", server_default=text("'open'")),
    moment("replayed_at"),
    optional("replayed_by"),
    one_of("state", ("open", "replayed", "discarded")),
    Index("ix_dead_letters_state", "organization_id", "state", "failed_at"),
    Index("ix_dead_letters_batch_id", "organization_id", "batch_id"),
)

lake_outbox = Table(
    "lake_outbox",
    metadata,
    organization(referenced=False),
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    required("name"),
    Column("rows", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    moment("first_at", required=True),
    moment("last_at", required=True),
    texts("batch_ids"),
    Column("committed_snapshot", BigInteger),
    moment("committed_at"),
    optional("damaged"),
    moment("created_at", now=True),
    Index("ix_lake_outbox_waiting", "seq", postgresql_where=text("committed_snapshot IS NULL")),
    Index("ix_lake_outbox_name", "organization_id", "name", unique=True),
)

event_ids = Table(
    "event_ids",
    metadata,
    organization(referenced=False),
    Column("event_id", LargeBinary, primary_key=True, comment="16 bytes"),
    moment("received_at", required=True),
    required("batch_id"),
    Index("ix_event_ids_received_at", "organization_id", "received_at"),
)
