"""Own rules, settings and filters of an organization. What changes one raises the organization's `rules_version` in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.selection import first, organization_of, structs
from minixdr.adapters.postgres.tables.findings import findings, rule_filters, rule_settings, rules
from minixdr.adapters.postgres.tables.people import organizations
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.rules import (
    FilterEntry,
    FilterText,
    OwnRuleRow,
    OwnRuleText,
    RuleHits,
    SettingRow,
)

_OWN = tuple(rules.c.yaml.label("text") if name == "text" else rules.c[name] for name in OwnRuleRow.__struct_fields__)
_SETTING = tuple(rule_settings.c[name] for name in SettingRow.__struct_fields__)
_FILTER = tuple(
    rule_filters.c.yaml.label("text") if name == "text" else rule_filters.c[name]
    for name in FilterEntry.__struct_fields__
)


class PostgresRules:
    """Implements ports.stores.rules.Rules."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def version(self) -> int:
        """Return the organization's `rules_version`."""
        query = select(organizations.c.rules_version).where(organizations.c.id == organization_of(self._work))
        version: int = (await self._work.execute(query)).scalar_one()
        return version

    async def _raise_version(self) -> None:
        mine = organizations.c.id == organization_of(self._work)
        await self._work.execute(
            update(organizations).where(mine).values(rules_version=organizations.c.rules_version + 1)
        )

    async def own(self) -> Sequence[OwnRuleRow]:
        """Return all own rules, by title."""
        return structs(await self._work.execute(select(*_OWN).order_by(rules.c.title, rules.c.rule_id)), OwnRuleRow)

    async def own_rule(self, rule_id: str, *, lock: bool = False) -> OwnRuleRow | None:
        """Return one."""
        query = select(*_OWN).where(rules.c.rule_id == rule_id)
        return first(await self._work.execute(query.with_for_update() if lock else query), OwnRuleRow)

    async def write_own(self, written: OwnRuleText, by: str, now: datetime) -> OwnRuleRow:
        """Create or replace one."""
        given = msgspec.structs.asdict(written)
        given["yaml"] = given.pop("text")
        given["samples"] = [dict(sample) for sample in written.samples]
        changed = {**given, "updated_by": by, "updated_at": now}
        row = {"organization_id": organization_of(self._work), "created_by": by, **changed}
        made = await self._work.execute(
            upsert(rules)
            .values(row)
            .on_conflict_do_update(
                index_elements=[rules.c.organization_id, rules.c.rule_id],
                set_={**changed, "version": rules.c.version + 1},
            )
            .returning(*_OWN)
        )
        await self._raise_version()
        return OwnRuleRow(**made.mappings().one())

    async def remove_own(self, rule_id: str) -> bool:
        """Remove one."""
        gone = await self._work.execute(delete(rules).where(rules.c.rule_id == rule_id))
        await self._raise_version()
        return gone.rowcount > 0

    async def settings(self) -> Sequence[SettingRow]:
        """Return what was set."""
        return structs(await self._work.execute(select(*_SETTING)), SettingRow)

    async def set(
        self, rule_id: str, *, enabled: bool, level_override: str | None, by: str, now: datetime
    ) -> SettingRow:
        """Set it for a rule."""
        given = {"enabled": enabled, "level_override": level_override, "changed_by": by, "changed_at": now}
        made = await self._work.execute(
            upsert(rule_settings)
            .values(organization_id=organization_of(self._work), rule_id=rule_id, **given)
            .on_conflict_do_update(
                index_elements=[rule_settings.c.organization_id, rule_settings.c.rule_id], set_=given
            )
            .returning(*_SETTING)
        )
        await self._raise_version()
        return SettingRow(**made.mappings().one())

    async def filters(self, *, at: datetime | None = None) -> Sequence[FilterEntry]:
        """Return the filters, newest first."""
        query = select(*_FILTER).order_by(rule_filters.c.created_at.desc(), rule_filters.c.id)
        if at is not None:
            lasting = or_(rule_filters.c.expires_at.is_(None), rule_filters.c.expires_at > at)
            query = query.where(rule_filters.c.revoked_at.is_(None), lasting)
        return structs(await self._work.execute(query), FilterEntry)

    async def filter(self, filter_id: UUID, *, lock: bool = False) -> FilterEntry | None:
        """Return one."""
        query = select(*_FILTER).where(rule_filters.c.id == filter_id)
        return first(await self._work.execute(query.with_for_update() if lock else query), FilterEntry)

    async def add_filter(self, new: FilterText, owner_id: UUID | None) -> FilterEntry:
        """Create one."""
        row = {"organization_id": organization_of(self._work), "owner_id": owner_id, **_columns(new)}
        made = await self._work.execute(insert(rule_filters).values(row).returning(*_FILTER))
        await self._raise_version()
        return FilterEntry(**made.mappings().one())

    async def change_filter(self, filter_id: UUID, new: FilterText) -> FilterEntry:
        """Replace what it says."""
        changed = update(rule_filters).where(rule_filters.c.id == filter_id)
        changed = changed.values(**_columns(new), version=rule_filters.c.version + 1)
        made = await self._work.execute(changed.returning(*_FILTER))
        await self._raise_version()
        return FilterEntry(**made.mappings().one())

    async def revoke_filter(self, filter_id: UUID, now: datetime) -> FilterEntry:
        """End it."""
        changed = update(rule_filters).where(rule_filters.c.id == filter_id)
        changed = changed.values(
            revoked_at=func.coalesce(rule_filters.c.revoked_at, now), version=rule_filters.c.version + 1
        )
        made = await self._work.execute(changed.returning(*_FILTER))
        await self._raise_version()
        return FilterEntry(**made.mappings().one())

    async def add_hits(self, hits: Mapping[UUID, int], now: datetime) -> None:
        """Count what filters withheld; in the order of their ids, so that two workers do not wait for each other in a circle."""
        for filter_id, count in sorted(hits.items()):
            await self._work.execute(
                update(rule_filters)
                .where(rule_filters.c.id == filter_id)
                .values(hits=rule_filters.c.hits + count, last_hit_at=func.greatest(rule_filters.c.last_hit_at, now))
            )

    async def hits(self, first_at: datetime) -> Sequence[RuleHits]:
        """Return what each rule found since then."""

        def judged(verdict: str) -> ColumnElement[int]:
            return func.count().filter(findings.c.verdict == verdict)

        query = (
            select(
                findings.c.rule_id,
                func.count().label("findings"),
                func.count().filter(findings.c.state == "suppressed").label("suppressed"),
                func.max(findings.c.time).label("last_at"),
                judged("true_positive").label("true_positives"),
                judged("false_positive").label("false_positives"),
                judged("benign").label("benign"),
            )
            .where(findings.c.time >= first_at)
            .group_by(findings.c.rule_id)
        )
        return structs(await self._work.execute(query), RuleHits)


def _columns(new: FilterText) -> dict[str, object]:
    return {
        "name": new.name,
        "rule_ids": list(new.rule_ids),
        "yaml": new.text,
        "reason": new.reason,
        "expires_at": new.expires_at,
    }
