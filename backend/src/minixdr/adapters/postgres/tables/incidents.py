"""Incidents, what people did with them, and the seed of the asset inventory."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.schema import ForeignKeyConstraint

from minixdr.adapters.postgres.tables.columns import (
    count,
    document,
    identifier,
    metadata,
    moment,
    one_of,
    optional,
    organization,
    required,
    texts,
)
from minixdr.ports.stores.kinds import INCIDENT_STATES, VERDICTS
from minixdr.schema.finding import LEVELS

incidents = Table(
    "incidents",
    metadata,
    organization(),
    Column("incident_id", required("incident_id").type, primary_key=True),
    Column("number", BigInteger, nullable=False, comment="1, 2, 3 ... of the organization"),
    required("title"),
    optional("title_override"),
    required("severity"),
    optional("severity_override"),
    count("risk", REAL),
    texts("risk_reasons"),
    texts("tactics"),
    texts("techniques"),
    document("entities", "'[]'::jsonb"),
    texts("finding_ids"),
    document("joins", "'[]'::jsonb"),
    moment("first_at"),
    moment("last_at"),
    moment("created_at", now=True),
    moment("updated_at", now=True),
    Column("version", Integer, nullable=False, server_default=text("1"), comment="its ETag"),
    required("state", server_default=text("'new'")),
    Column("assignee_id", Uuid),
    optional("verdict"),
    moment("closed_at"),
    optional("redirect_to"),
    moment("opened_at", now=True),
    moment("responded_at"),
    moment("counted_from", now=True),
    moment("counted_response"),
    one_of("severity", LEVELS),
    one_of("severity_override", LEVELS),
    one_of("state", INCIDENT_STATES),
    one_of("verdict", VERDICTS),
    UniqueConstraint("organization_id", "number"),
    Index("ix_incidents_last_at", "organization_id", text("last_at DESC NULLS LAST"), "incident_id"),
    Index("ix_incidents_risk", "organization_id", text("risk DESC"), "incident_id"),
    Index(
        "ix_incidents_redirect_to", "organization_id", "redirect_to", postgresql_where=text("redirect_to IS NOT NULL")
    ),
    Index("ix_incidents_state", "organization_id", "state", text("risk DESC")),
)


def _of_incident() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["organization_id", "incident_id"], ["incidents.organization_id", "incidents.incident_id"], ondelete="CASCADE"
    )


comments = Table(
    "comments",
    metadata,
    organization(),
    identifier(),
    required("incident_id"),
    required("author"),
    required("text"),
    moment("created_at", now=True),
    moment("edited_at"),
    _of_incident(),
    Index("ix_comments_incident_id", "organization_id", "incident_id", "created_at"),
)

mentions = Table(
    "mentions",
    metadata,
    organization(),
    Column("comment_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    required("incident_id"),
    moment("created_at", now=True),
    moment("read_at"),
    ForeignKeyConstraint(
        ["organization_id", "comment_id"], ["comments.organization_id", "comments.id"], ondelete="CASCADE"
    ),
    Index("ix_mentions_user_id", "organization_id", "user_id", text("created_at DESC")),
)

incident_events = Table(
    "incident_events",
    metadata,
    organization(),
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    required("incident_id"),
    moment("at", now=True),
    required("actor"),
    required("action"),
    document("details"),
    _of_incident(),
    Index("ix_incident_events_incident_id", "organization_id", "incident_id", "seq"),
)

evidence = Table(
    "evidence",
    metadata,
    organization(),
    identifier(),
    required("incident_id"),
    required("kind"),
    optional("event_id"),
    optional("url"),
    optional("text"),
    required("note", server_default=text("''")),
    required("added_by"),
    moment("added_at", now=True),
    one_of("kind", ("event", "finding", "url", "text")),
    _of_incident(),
    Index("ix_evidence_incident_id", "organization_id", "incident_id", "added_at"),
)

incident_decisions = Table(
    "incident_decisions",
    metadata,
    organization(),
    identifier("decision_id"),
    required("kind"),
    document("payload"),
    required("reason"),
    required("made_by"),
    moment("made_at", now=True),
    moment("applied_at"),
    moment("undone_at"),
    optional("undone_by"),
    optional("refusal"),
    one_of("kind", ("merge", "split")),
)

cloud_assets = Table(
    "cloud_assets",
    metadata,
    organization(),
    identifier(),
    required("provider"),
    required("account"),
    required("region"),
    required("type"),
    required("uid"),
    required("name", server_default=text("''")),
    document("attributes"),
    document("tags"),
    moment("first_seen_at", required=True),
    moment("last_seen_at", required=True),
    moment("deleted_at"),
    UniqueConstraint("organization_id", "provider", "account", "region", "type", "uid"),
)
