"""Findings, what they are about, what correlation remembers, and the rules an organization made or tuned."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Uuid, text
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
    texts,
)
from minixdr.ports.stores.kinds import FINDING_STATES, VERDICTS
from minixdr.schema.finding import LEVELS

findings = Table(
    "findings",
    metadata,
    organization(),
    Column("finding_id", required("finding_id").type, primary_key=True, comment="32 hex digits"),
    document("analytic"),
    required("rule_id"),
    required("title"),
    required("level"),
    required("kind"),
    texts("tactics"),
    texts("techniques"),
    required("source"),
    moment("time", required=True),
    moment("created_at", now=True),
    texts("event_ids"),
    document("entities", "'[]'::jsonb"),
    document("matched"),
    document("event", None, nullable=True),
    required("batch_id"),
    required("file", server_default=text("''")),
    Column("record", BigInteger, nullable=False, server_default=text("0")),
    required("state", server_default=text("'open'")),
    Column("suppressed_by", Uuid, comment="the filter"),
    optional("verdict"),
    optional("verdict_note"),
    optional("verdict_by"),
    moment("verdict_at"),
    optional("incident_id"),
    one_of("level", LEVELS),
    one_of("state", FINDING_STATES),
    one_of("verdict", VERDICTS),
    Index("ix_findings_time", "organization_id", text("time DESC"), text("finding_id DESC")),
    Index("ix_findings_rule_id", "organization_id", "rule_id", text("time DESC")),
    Index("ix_findings_incident_id", "organization_id", "incident_id"),
    Index("ix_findings_level", "organization_id", "level", text("time DESC")),
)

finding_entities = Table(
    "finding_entities",
    metadata,
    organization(referenced=False),
    Column("entity_id", required("entity_id").type, primary_key=True),
    Column("finding_id", required("finding_id").type, primary_key=True),
    Column("role", required("role").type, primary_key=True),
    moment("time", required=True),
    Index("ix_finding_entities_time", "organization_id", "entity_id", text("time DESC")),
    Index("ix_finding_entities_finding_id", "organization_id", "finding_id"),
)

entities = Table(
    "entities",
    metadata,
    organization(),
    Column(
        "entity_id",
        required("entity_id").type,
        primary_key=True,
        comment="32 hex digits of type and value: a value may be longer than an index takes",
    ),
    required("type"),
    required("value"),
    moment("first_seen_at", required=True),
    moment("last_seen_at", required=True),
    count("findings", BigInteger),
    count("risk", REAL),
    document("risk_reasons", "'[]'::jsonb"),
    moment("updated_at", now=True),
    Index("ix_entities_risk", "organization_id", text("risk DESC"), "entity_id"),
)

signals = Table(
    "signals",
    metadata,
    organization(referenced=False),
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    required("kind"),
    moment("time", required=True),
    Column("payload", LargeBinary, nullable=False, comment="msgpack"),
    optional("finding_id"),
    moment("created_at", now=True),
    one_of("kind", ("finding", "observation")),
    Index("ix_signals_time", "organization_id", "time", "seq"),
)

correlation_states = Table(
    "correlation_states",
    metadata,
    organization(),
    Column("name", required("name").type, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    count("cursor", BigInteger),
    Column("state", LargeBinary, nullable=False),
    moment("saved_at", now=True),
)

rules = Table(
    "rules",
    metadata,
    organization(),
    identifier(),
    required("rule_id"),
    required("title"),
    required("level"),
    required("yaml"),
    flag("enabled", default=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    optional("created_by"),
    moment("created_at", now=True),
    optional("updated_by"),
    moment("updated_at", now=True),
    document("samples", "'[]'::jsonb"),
    one_of("level", LEVELS),
    Index("ix_rules_rule_id", "organization_id", "rule_id", unique=True),
)

rule_settings = Table(
    "rule_settings",
    metadata,
    organization(),
    Column("rule_id", required("rule_id").type, primary_key=True),
    flag("enabled", default=True),
    optional("level_override"),
    optional("changed_by"),
    moment("changed_at", now=True),
    one_of("level_override", LEVELS),
)

rule_filters = Table(
    "rule_filters",
    metadata,
    organization(),
    identifier(),
    required("name"),
    texts("rule_ids"),
    required("yaml"),
    required("reason"),
    Column("owner_id", Uuid),
    moment("created_at", now=True),
    moment("expires_at"),
    moment("revoked_at"),
    count("hits", BigInteger),
    moment("last_hit_at"),
    Column("version", Integer, nullable=False, server_default=text("1")),
)
