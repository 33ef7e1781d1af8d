"""Organizations, people, and what lets them and machines in."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

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
from minixdr.ports.stores.kinds import ONBOARDING, TOKEN_KINDS
from minixdr.schema.role import ROLES

organizations = Table(
    "organizations",
    metadata,
    identifier(),
    required("slug", unique=True),
    required("name"),
    moment("created_at", now=True),
    required("onboarding_status", server_default=text("'not_started'")),
    optional("onboarding_step"),
    Column("onboarding_flow_version", Integer, nullable=False, server_default=text("1")),
    flag("auto_discovery_enabled"),
    document("integration_settings"),
    Column("retention_days", Integer, nullable=False, server_default=text("365")),
    count("rules_version", BigInteger),
    count("indicators_version", BigInteger),
    document("settings"),
    one_of("onboarding_status", ONBOARDING),
)

users = Table(
    "users",
    metadata,
    identifier(),
    required("email", unique=True, comment="lower case"),
    required("name"),
    optional("password_hash"),
    Column("totp_secret_encrypted", LargeBinary),
    moment("totp_confirmed_at"),
    Column("totp_last_step", BigInteger),
    optional("oidc_issuer"),
    optional("oidc_subject"),
    moment("created_at", now=True),
    moment("disabled_at"),
    count("failed_sign_ins", Integer),
    moment("locked_until"),
    UniqueConstraint("oidc_issuer", "oidc_subject"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    moment("used_at"),
)

memberships = Table(
    "memberships",
    metadata,
    organization(),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    required("role"),
    moment("created_at", now=True),
    Column("invited_by", Uuid),
    one_of("role", ROLES),
)

invitations = Table(
    "invitations",
    metadata,
    organization(),
    identifier(),
    required("email"),
    required("role"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    moment("created_at", now=True),
    moment("expires_at", required=True),
    moment("accepted_at"),
    moment("revoked_at"),
    Column("invited_by", Uuid),
    one_of("role", ROLES),
)

sessions = Table(
    "sessions",
    metadata,
    identifier(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("user_id", Uuid, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column(
        "organization_id",
        Uuid,
        ForeignKey("organizations.id", ondelete="SET NULL"),
        comment="the one looked at now",
    ),
    moment("created_at", now=True),
    moment("last_used_at", now=True),
    moment("expires_at", required=True),
    moment("revoked_at"),
    optional("address"),
    optional("user_agent"),
    flag("second_factor"),
)

identity_providers = Table(
    "identity_providers",
    metadata,
    identifier(),
    required("name", unique=True),
    required("issuer"),
    required("client_id"),
    Column("client_secret_encrypted", LargeBinary),
    document("settings"),
    flag("enabled", default=True),
    moment("created_at", now=True),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    organization(),
    identifier(),
    required("name"),
    required("kind"),
    optional("role"),
    texts("scopes"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    required("prefix", comment="the first letters, for people to know it by"),
    optional("source"),
    flag("hec_ack"),
    Column("created_by", Uuid),
    moment("created_at", now=True),
    moment("expires_at"),
    moment("revoked_at"),
    moment("last_used_at"),
    optional("last_used_address"),
    one_of("kind", TOKEN_KINDS),
    one_of("role", ROLES),
)
