"""What tells people of things: channels, what was sent to them; and the views that they keep."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, Table, Uuid, text
from sqlalchemy.schema import ForeignKeyConstraint

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
from minixdr.ports.stores.kinds import CHANNEL_KINDS, DELIVERY_STATES, VIEW_PAGES
from minixdr.schema.finding import LEVELS

notification_channels = Table(
    "notification_channels",
    metadata,
    organization(),
    identifier(),
    required("name"),
    required("kind"),
    Column("destination_encrypted", LargeBinary, nullable=False, comment="address and secret, sealed"),
    required("shown", comment="what people may see of the destination"),
    texts("recipients"),
    required("least_severity"),
    texts("events"),
    flag("enabled", default=True),
    Column("created_by", Uuid),
    moment("created_at", now=True),
    moment("updated_at", now=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    one_of("kind", CHANNEL_KINDS),
    one_of("least_severity", LEVELS),
)

notification_deliveries = Table(
    "notification_deliveries",
    metadata,
    organization(),
    identifier(),
    Column("channel_id", Uuid, nullable=False),
    required("event"),
    optional("incident_id"),
    document("payload"),
    required("state", server_default=text("'queued'")),
    count("attempts", Integer),
    moment("created_at", now=True),
    moment("next_at", now=True),
    Column(
        "give_up_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now() + interval '1 day'"),
        comment="an attempt that fails later is the last",
    ),
    moment("finished_at"),
    Column("status", Integer, comment="of the last answer, HTTP or SMTP"),
    optional("answer"),
    optional("error"),
    one_of("state", DELIVERY_STATES),
    ForeignKeyConstraint(
        ["organization_id", "channel_id"],
        ["notification_channels.organization_id", "notification_channels.id"],
        ondelete="CASCADE",
    ),
    Index("ix_notification_deliveries_queued", "next_at", postgresql_where=text("state = 'queued'")),
    Index("ix_notification_deliveries_channel", "organization_id", "channel_id", "id"),
)

saved_views = Table(
    "saved_views",
    metadata,
    organization(),
    identifier(),
    required("name"),
    required("page"),
    required("query"),
    flag("shared"),
    Column("created_by", Uuid),
    moment("created_at", now=True),
    moment("updated_at", now=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    one_of("page", VIEW_PAGES),
)
