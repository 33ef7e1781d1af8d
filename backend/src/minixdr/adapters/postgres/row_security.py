"""Who sees which rows: row-level security of every table, and what the serving role may do.

A transaction says for whom it runs by settings (`minixdr.organization_id`, `.user_id`, `.token_hash`, `.email`, `.system`); a table
shows what its policies allow for them, and nothing where nothing is set. The tables' owner is held to it too (FORCE).
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Table

from minixdr.adapters.postgres.tables import metadata

APP_ROLE = "minixdr_app"
"""Group of the roles that serve. It owns nothing."""


def _setting(name: str) -> str:
    return f"nullif(current_setting('minixdr.{name}', true), '')"


ORGANIZATION = f"{_setting('organization_id')}::uuid"
USER = f"{_setting('user_id')}::uuid"
TOKEN_HASH = f"decode({_setting('token_hash')}, 'hex')"
EMAIL = _setting("email")
SYSTEM = f"coalesce({_setting('system')} = 'on', false)"

_MEMBER_OF_ORGANIZATION = (
    f"EXISTS (SELECT FROM memberships m WHERE m.user_id = users.id AND m.organization_id = {ORGANIZATION})"
)
_ORGANIZATION_OF_MEMBER = (
    f"EXISTS (SELECT FROM memberships m WHERE m.organization_id = organizations.id AND m.user_id = {USER})"
)


class Policy(NamedTuple):
    """One permissive policy: rows it shows, and lets be written where `command` writes."""

    name: str
    command: str
    """ALL, SELECT, INSERT, UPDATE or DELETE."""
    condition: str


EXTRA: dict[str, tuple[Policy, ...]] = {
    "organizations": (
        Policy("own", "ALL", f"id = {ORGANIZATION}"),
        Policy("member", "SELECT", _ORGANIZATION_OF_MEMBER),
        Policy("system", "ALL", SYSTEM),
    ),
    "users": (
        Policy("own", "ALL", f"id = {USER}"),
        Policy("member", "SELECT", _MEMBER_OF_ORGANIZATION),
        Policy("sign_in_read", "SELECT", f"email = {EMAIL}"),
        Policy("sign_in_write", "UPDATE", f"email = {EMAIL}"),
        Policy("system", "ALL", SYSTEM),
    ),
    "recovery_codes": (Policy("own", "ALL", f"user_id = {USER}"), Policy("system", "ALL", SYSTEM)),
    "memberships": (Policy("own", "SELECT", f"user_id = {USER}"), Policy("system", "SELECT", SYSTEM)),
    "sessions": (
        Policy("own", "ALL", f"user_id = {USER}"),
        Policy("presented_read", "SELECT", f"token_hash = {TOKEN_HASH}"),
        Policy("presented_write", "UPDATE", f"token_hash = {TOKEN_HASH}"),
        Policy("system", "ALL", SYSTEM),
    ),
    "invitations": (
        Policy("presented_read", "SELECT", f"token_hash = {TOKEN_HASH}"),
        Policy("presented_write", "UPDATE", f"token_hash = {TOKEN_HASH}"),
    ),
    "api_tokens": (Policy("presented", "SELECT", f"token_hash = {TOKEN_HASH}"),),
    "lake_outbox": (Policy("system", "ALL", SYSTEM),),
    "jobs": (Policy("system", "ALL", SYSTEM),),
    "outbox": (Policy("system", "ALL", SYSTEM),),
    "notification_deliveries": (Policy("system", "ALL", SYSTEM),),
}
"""What is shown beside the rows of the transaction's organization."""

SHARED = frozenset(
    {
        "heartbeats",
        "iceberg_namespace_properties",
        "iceberg_tables",
        "identity_providers",
        "leases",
        "schema_state",
        "setup_codes",
    }
)
"""Tables of the platform itself, without rows of any organization."""

_OWN_ORGANIZATION_ELSEWHERE = frozenset({"organizations", "users", "recovery_codes", "sessions"})
"""Their rows are a person's, or are organizations: the usual policy does not fit."""

_APPEND_ONLY = frozenset({"audit_log", "audit_checkpoints"})
_READ_ONLY = frozenset({"schema_state"})


def policies(table: Table) -> tuple[Policy, ...]:
    """Return the table's policies; none for shared tables."""
    usual = () if table.name in _OWN_ORGANIZATION_ELSEWHERE else (_USUAL,)
    return () if table.name in SHARED else usual + EXTRA.get(table.name, ())


_USUAL = Policy("organization", "ALL", f"organization_id = {ORGANIZATION}")


def statements(table: Table) -> Iterator[str]:
    """Yield the SQL that gives the table its row-level security and grants."""
    name = str(table)
    if table.name not in SHARED:
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for policy in policies(table):
        using = "" if policy.command == "INSERT" else f" USING ({policy.condition})"
        check = "" if policy.command in {"SELECT", "DELETE"} else f" WITH CHECK ({policy.condition})"
        yield f"CREATE POLICY {policy.name} ON {name} FOR {policy.command} TO PUBLIC{using}{check}"
    yield f"GRANT {_rights(table)} ON {name} TO {APP_ROLE}"


def _rights(table: Table) -> str:
    if table.name in _READ_ONLY:
        return "SELECT"
    return "SELECT, INSERT" if table.name in _APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"


def all_statements() -> Iterator[str]:
    """Yield them for all tables, in the order of creation."""
    for table in metadata.sorted_tables:
        yield from statements(table)
