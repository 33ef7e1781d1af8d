"""What is kept, read back by the repositories from a real database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from minixdr.adapters.postgres.changes import PostgresChangeListener
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.adapters.postgres.transaction import PostgresTransaction
from minixdr.app.event_document import finding_of
from minixdr.ports.database import Scope
from minixdr.ports.stores.changes import ChangePosition
from minixdr.ports.stores.entities import CloudAssetFilter, EntityFilter, entity_id
from minixdr.ports.stores.findings import FACETS, FindingFilter
from minixdr.ports.stores.incidents import FACETS as FACETS_OF_INCIDENTS
from minixdr.ports.stores.incidents import SORTS, IncidentChange, IncidentFilter, NewEvidence, position_of
from minixdr.ports.stores.intake import Account, BatchReceipt, DeadLetter, Reason
from minixdr.ports.stores.receipts import ReceiptFilter
from minixdr.ports.stores.rules import FilterText, OwnRuleText
from tests.engines import TestDatabase
from tests.integration.postgres.kept import KEY_CREATED, NOW, add_organization, keep, kept_findings, keys_created

Steps = Callable[[PostgresTransaction], Awaitable[Any]]


class Kept:
    """An organization whose findings are kept."""

    def __init__(self, postgres: TestDatabase, *users: str) -> None:
        self.url = postgres.app_url
        self.organization_id = add_organization(postgres.owner_url, "one")
        self.findings = kept_findings(*keys_created(*users), organization_id=self.organization_id)
        self.incidents = asyncio.run(self._keep())

    async def _keep(self) -> Any:
        database = PostgresDatabase(self.url)
        try:
            return await keep(database, self.organization_id, self.findings)
        finally:
            await database.close()

    def run(self, steps: Steps, organization_id: UUID | None = None) -> Any:
        """Return what the steps return, within one transaction."""

        async def inner() -> Any:
            database = PostgresDatabase(self.url)
            try:
                async with database.transaction(Scope(organization_id or self.organization_id)) as tx:
                    return await steps(tx)
            finally:
                await database.close()

        return asyncio.run(inner())


@pytest.fixture(scope="module")
def kept(postgres: TestDatabase) -> Kept:
    """Return an organization with three findings in some incidents."""
    return Kept(postgres, "scanner", "deploy", "scanner")


def test_incidents_are_listed_page_by_page(kept: Kept) -> None:
    """In both orders each incident is shown once, whatever the size of a page."""

    async def steps(tx: PostgresTransaction) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {sort: [] for sort in SORTS}
        for sort, names in found.items():
            after = None
            while rows := await tx.incidents.list(IncidentFilter(), sort, after, 1):
                names.append(rows[0].incident_id)
                after = position_of(rows[0], sort)
        return found

    found = kept.run(steps)
    ids = sorted(incident.incident_id for incident in kept.incidents)
    assert {sort: sorted(names) for sort, names in found.items()} == dict.fromkeys(SORTS, ids)


def test_incidents_are_listed_gravest_first(kept: Kept) -> None:
    """What a person says of the severity counts, and among equals what was made last."""

    async def steps(tx: PostgresTransaction) -> list[tuple[str, str]]:
        *_, oldest = await tx.incidents.list(IncidentFilter(), "created_at", None, 10)
        await tx.incidents.change(oldest.incident_id, IncidentChange(severity="critical"), NOW)
        first = await tx.incidents.list(IncidentFilter(), "severity", None, 1)
        rest = await tx.incidents.list(IncidentFilter(), "severity", position_of(first[0], "severity"), 10)
        await tx.incidents.change(oldest.incident_id, IncidentChange(severity=None), NOW)
        assert first[0].incident_id == oldest.incident_id
        assert [row.created_at for row in rest] == sorted((row.created_at for row in rest), reverse=True)
        return [(row.severity, row.incident_id) for row in (*first, *rest)]

    found = kept.run(steps)
    assert found[0][0] == "critical"
    assert len(found) == len(kept.incidents)


def test_incidents_are_counted_by_facets(kept: Kept) -> None:
    """A facet's own filter is not counted in, all others are; `none` stands for what is not set."""

    async def steps(tx: PostgresTransaction) -> None:
        total = len(kept.incidents)
        wanted = IncidentFilter(states=("closed",))
        counted = await tx.incidents.facets(wanted, FACETS_OF_INCIDENTS, 20)
        assert [(value.value, value.count) for value in counted["state"]] == [("new", total)]
        assert all(not values for name, values in counted.items() if name != "state")
        assert await tx.incidents.count(wanted) == 0
        every = await tx.incidents.facets(IncidentFilter(), FACETS_OF_INCIDENTS, 20)
        assert [(value.value, value.count) for value in every["assignee"]] == [("none", total)]
        assert ("TA0003", total) in [(value.value, value.count) for value in every["tactic"]]
        assert sum(value.count for value in every["severity"]) == total

    kept.run(steps)


def test_incidents_are_filtered(kept: Kept) -> None:
    """Each filter keeps what it says and nothing else."""
    incident = kept.incidents[0]
    entity = incident.entities[0]

    async def count(tx: PostgresTransaction, **filters: Any) -> int:
        return len(await tx.incidents.list(IncidentFilter(**filters), "risk", None, 100))

    async def steps(tx: PostgresTransaction) -> None:
        total = len(kept.incidents)
        assert await count(tx, states=("new",)) == total
        assert await count(tx, states=("closed",)) == 0
        assert await count(tx, severities=(incident.severity,)) >= 1
        assert await count(tx, verdicts=("none",)) == total
        assert await count(tx, unassigned=True) == total
        assert await count(tx, tactic="TA0003") == total
        assert await count(tx, tactic="TA0001") == 0
        assert await count(tx, technique="T1098") == total
        assert await count(tx, entity_type=entity.type, entity_value=entity.value) >= 1
        assert await count(tx, entity_value=entity.value) >= 1
        assert await count(tx, entity_type="user", entity_value="nobody") == 0
        assert await count(tx, text=incident.title[:5].upper()) >= 1
        assert await count(tx, text="#1") == 1
        assert await count(tx, text="%") == 0
        assert await count(tx, text="9" * 40) == 0
        assert await count(tx, first_at=NOW) == 0
        assert await count(tx, before=NOW) == total

    kept.run(steps)


def test_an_incident_is_changed_and_told(kept: Kept) -> None:
    """A change raises its version, closing it notes when, and listeners are told in the same transaction."""
    incident_id = kept.incidents[0].incident_id

    async def change(tx: PostgresTransaction) -> ChangePosition:
        before = await tx.changes.now()
        await tx.incidents.change(incident_id, IncidentChange(state="closed", title="Ours", severity="low"), NOW)
        return before

    version = kept.run(lambda tx: tx.incidents.get(incident_id)).version
    before = kept.run(change)
    whole = kept.run(lambda tx: tx.incidents.get(incident_id))
    assert (whole.state, whole.title, whole.severity, whole.version, whole.closed_at) == (
        "closed",
        "Ours",
        "low",
        version + 1,
        NOW,
    )
    assert len(whole.joins) >= 1
    assert whole.risk_reasons
    changes = kept.run(lambda tx: tx.changes.after(before, 10))
    assert [(change.topic, change.payload["incident_id"]) for change in changes] == [("incident.changed", incident_id)]
    kept.run(
        lambda tx: tx.incidents.change(incident_id, IncidentChange(state="triage", title=None, severity=None), NOW)
    )
    whole = kept.run(lambda tx: tx.incidents.get(incident_id))
    assert (whole.title, whole.severity, whole.closed_at) == (kept.incidents[0].title, whole.computed_severity, None)


def test_notes_and_decisions(kept: Kept) -> None:
    """Comments, evidence, history and decisions come back as they were given."""
    incident_id = kept.incidents[0].incident_id

    async def steps(tx: PostgresTransaction) -> None:
        made = await tx.incidents.add_comment(incident_id, "user:1", "looks bad \x00")
        edited = await tx.incidents.edit_comment(made.comment_id, "looks good", NOW)
        assert (edited.text, edited.edited_at) == ("looks good", NOW)
        assert [c.comment_id for c in await tx.incidents.comments(incident_id, None, 10)] == [made.comment_id]
        place = (made.created_at, made.comment_id)
        assert await tx.incidents.comments(incident_id, place, 10) == []
        evidence = await tx.incidents.add_evidence(
            incident_id, "user:1", NewEvidence(kind="url", url="https://x", note="n")
        )
        assert await tx.incidents.evidence(incident_id) == [evidence]
        assert await tx.incidents.remove_evidence(incident_id, evidence.evidence_id)
        assert not await tx.incidents.remove_evidence(incident_id, evidence.evidence_id)
        await tx.incidents.add_event(incident_id, "user:1", "state", {"to": "closed"})
        (event,) = await tx.incidents.events(incident_id, 0, 10)
        assert (event.action, event.details) == ("state", {"to": "closed"})
        decision = await tx.incidents.decide("merge", {"one": incident_id, "two": "x"}, "same key", "user:1")
        assert await tx.incidents.decisions(incident_id) == [decision]
        undone = await tx.incidents.undo(decision.decision_id, "user:2", NOW)
        assert (undone.undone_at, undone.undone_by, undone.applied_at) == (NOW, "user:2", None)
        assert await tx.incidents.decision(decision.decision_id) == undone

    kept.run(steps)


def test_similar_incidents_share_entities_or_techniques(postgres: TestDatabase) -> None:
    """Two incidents days apart, by the same user: each names the other and what they share."""
    kept = Kept(postgres)
    early, late = keys_created("eve"), keys_created("eve")
    late[0] |= {"eventTime": "2026-04-20T05:00:00Z", "eventID": "00000000-0000-4000-8000-000000000099"}
    kept.findings = kept_findings(*early, *late, organization_id=kept.organization_id)
    kept.incidents = asyncio.run(kept._keep())
    assert len(kept.incidents) == 2
    (similar,) = kept.run(lambda tx: tx.incidents.similar(kept.incidents[0].incident_id, 5))
    assert similar.incident.incident_id == kept.incidents[1].incident_id
    assert similar.shared_techniques == ["T1098"]
    assert similar.shared_entities


def test_findings_are_listed_counted_and_judged(kept: Kept) -> None:
    """Pages, filters, facets and verdicts of findings."""

    async def steps(tx: PostgresTransaction) -> None:
        found, after = [], None
        while rows := await tx.findings.list(FindingFilter(), after, 1):
            found.append(rows[0])
            after = (rows[0].time, rows[0].finding_id)
        assert sorted(row.finding_id for row in found) == sorted(each.finding.finding_id for each in kept.findings)
        assert [row.time for row in found] == sorted((row.time for row in found), reverse=True)
        facets = await tx.findings.facets(FindingFilter(), FACETS, 10)
        assert [(value.value, value.count) for value in facets["rule"]] == [(KEY_CREATED, 3)]
        assert [(value.value, value.count) for value in facets["tactic"]] == [("TA0003", 3)]
        assert [(value.value, value.count) for value in facets["technique"]] == [("T1098", 3)]
        assert {value.name for value in facets["rule"]} == {found[0].title}
        assert facets["verdict"][0].value == "none"
        assert [(value.value, value.count) for value in facets["day"]] == [(f"{found[0].time:%Y-%m-%d}", 3)]
        assert await tx.findings.facets(FindingFilter(), ("day",), 10) == {"day": facets["day"]}
        one = found[0]
        for filters, count in (
            ({"rule_ids": (KEY_CREATED,), "levels": ("medium",), "sources": ("aws_cloudtrail",), "states": ("open",)}, 3),
            ({"levels": ("low",)}, 0), ({"kinds": ("indicator",)}, 0), ({"tactic": "TA0003", "technique": "T1098"}, 3),
            ({"event_id": one.event_ids[0]}, 1), ({"incident_id": "x"}, 0), ({"text": "access"}, 3), ({"text": KEY_CREATED}, 3),
            ({"verdicts": ("none",)}, 3), ({"verdicts": ("none", "benign")}, 3), ({"verdicts": ("benign",)}, 0),
            ({"first_at": one.time}, 1), ({"before": one.time}, 2),
            ({"entity_value": one.entities[0]["value"], "entity_type": one.entities[0]["type"]}, None),
        ):  # fmt: skip
            rows = await tx.findings.list(FindingFilter(**filters), None, 10)
            assert len(rows) == count if count is not None else rows, filters
        await tx.findings.judge(one.finding_id, "benign", "our scanner", "user:1", NOW)
        whole = await tx.findings.get(one.finding_id)
        assert whole is not None
        assert (whole.verdict, whole.verdict_note, whole.verdict_by, whole.verdict_at) == (
            "benign",
            "our scanner",
            "user:1",
            NOW,
        )
        assert whole.event is not None
        finding = finding_of(whole.analytic, whole.finding_id, tuple(whole.event_ids), whole.matched, whole.event)
        assert finding is not None
        assert finding.event is not None
        assert finding.event.record.body["eventName"] == "CreateAccessKey"
        assert len(await tx.findings.of_rules([KEY_CREATED], one.time, 10)) == 1
        (hits,) = await tx.rules.hits(one.time - timedelta(days=1))
        assert (hits.rule_id, hits.findings, hits.suppressed, hits.benign) == (KEY_CREATED, 3, 0, 1)

    kept.run(steps)


def test_each_change_of_rules_raises_the_version(kept: Kept) -> None:
    """Workers load anew after each; counting hits is none."""

    async def steps(tx: PostgresTransaction) -> None:
        version = await tx.rules.version()
        text = OwnRuleText(
            rule_id="r1",
            title="t",
            level="low",
            text="title: t",
            enabled=True,
            samples=[{"kind": "positive", "record": "{}"}],
        )
        own = await tx.rules.write_own(text, "user:1", NOW)
        assert (own.version, own.samples, own.created_by) == (1, [{"kind": "positive", "record": "{}"}], "user:1")
        assert (await tx.rules.write_own(text, "user:2", NOW)).version == 2
        assert [rule.rule_id for rule in await tx.rules.own()] == ["r1"]
        assert await tx.rules.remove_own("r1")
        assert await tx.rules.own_rule("r1") is None
        setting = await tx.rules.set("r2", enabled=False, level_override=None, by="user:1", now=NOW)
        assert await tx.rules.settings() == [setting]
        new = FilterText(name="f", rule_ids=["r2"], text="selection: {a: 1}", reason="noise", expires_at=NOW)
        entry = await tx.rules.add_filter(new, None)
        assert await tx.rules.version() == version + 5
        await tx.rules.add_hits({entry.id: 3}, NOW)
        assert await tx.rules.version() == version + 5
        (same,) = await tx.rules.filters()
        assert (same.hits, same.last_hit_at, same.text) == (3, NOW, "selection: {a: 1}")
        assert await tx.rules.filters(at=NOW) == []
        assert len(await tx.rules.filters(at=NOW - timedelta(seconds=1))) == 1
        assert (await tx.rules.revoke_filter(entry.id, NOW)).revoked_at == NOW
        assert await tx.rules.filters(at=NOW - timedelta(seconds=1)) == []

    kept.run(steps)


def test_receipts_add_up(postgres: TestDatabase) -> None:
    """By door, origin and log source the accounts add up to what the receipts say."""
    kept = Kept(postgres)

    def receipt(number: int, door: str, sources: dict[str, int], malformed: int) -> BatchReceipt:
        events = sum(sources.values())
        at = NOW - timedelta(hours=number)
        account = Account(received=events + malformed, events=events, malformed=malformed)
        reasons = [Reason("malformed", "not JSON", malformed)] if malformed else []
        return BatchReceipt(
            str(kept.organization_id),
            f"b{number}",
            door,
            f"host{number % 2}",
            at,
            at,
            account,
            sources,
            {},
            reasons,
            None,
            at,
            at,
        )

    async def steps(tx: PostgresTransaction) -> None:
        for number in range(30):
            await tx.intake.add_receipts([receipt(number, "hec", {"aws_cloudtrail": 10, "zeek": 5}, number % 3)])
        rows = await tx.receipts.receipts(ReceiptFilter(), None, 10)
        assert [row.batch_id for row in rows[:2]] == ["b0", "b1"]
        after = (rows[0].received_at, rows[0].batch_id)
        assert (await tx.receipts.receipts(ReceiptFilter(), after, 1))[0].batch_id == "b1"
        assert len(await tx.receipts.receipts(ReceiptFilter(incomplete=True), None, 100)) == 20
        assert (
            len(await tx.receipts.receipts(ReceiptFilter(origin="host1", door="hec", source="zeek"), None, 100)) == 15
        )
        assert len(await tx.receipts.receipts(ReceiptFilter(origin="ho*"), None, 100)) == 30
        one = await tx.receipts.receipt("b1")
        assert one is not None
        assert one.reasons == [{"kind": "malformed", "reason": "not JSON", "records": 1}]
        for by in ("door", "origin", "source"):
            days = await tx.receipts.completeness(by, NOW - timedelta(days=9), NOW + timedelta(days=1), 1_000)
            assert sum(day.received for day in days) == 30 * 15 + 30, by
            assert sum(day.malformed for day in days) == 30, by
            assert all(day.received == day.events + day.skipped + day.malformed + day.duplicates for day in days), by
        by_source = {day.key for day in days}
        assert by_source == {"", "aws_cloudtrail", "zeek"}
        gaps = {gap.name: gap for gap in await tx.receipts.gaps(NOW)}
        assert gaps["zeek"].usual_gap_seconds == 3600
        assert gaps["zeek"].last_received_at == NOW
        assert {source.name for source in await tx.receipts.sources()} == {"", "aws_cloudtrail", "zeek"}
        for second in range(40):  # files sent at once: they have no rhythm
            at = NOW - timedelta(seconds=second)
            sent = replace(receipt(second, "file", {"bind": 1}, 0), batch_id=f"f{second}", received_at=at)
            await tx.intake.add_receipts([sent])
        assert {gap.name: gap.usual_gap_seconds for gap in await tx.receipts.gaps(NOW)}["bind"] is None

    kept.run(steps)


def test_dead_letters_are_settled(kept: Kept) -> None:
    """They stay, whole, with what became of them."""

    async def steps(tx: PostgresTransaction) -> None:
        letter = DeadLetter(
            batch_id="b9", door="hec", origin="o", reason="broken", attempts=5, payload=b"abc", records=2
        )
        await tx.intake.add_dead_letter(letter)
        (row,) = await tx.receipts.dead_letters("open", None, 10)
        assert (row.batch_id, row.size_bytes, row.reason) == ("b9", 3, "broken")
        assert await tx.receipts.dead_payload(row.id) == b"abc"
        settled = await tx.receipts.settle(row.id, "discarded", "user:1", NOW)
        assert (settled.state, settled.replayed_by) == ("discarded", "user:1")
        assert await tx.receipts.dead_letters("open", None, 10) == []
        assert await tx.receipts.dead_letters(None, (row.failed_at, row.id), 10) == []

    kept.run(steps)


def test_entities_are_listed(kept: Kept) -> None:
    """By risk or by when they were seen last, with the incidents that name them."""

    async def steps(tx: PostgresTransaction) -> None:
        for sort in ("risk", "last_seen_at"):
            found: list[Any] = []
            after = None
            while rows := await tx.entities.list(EntityFilter(), sort, after, 2):
                found.extend(rows)
                after = (getattr(rows[-1], sort), rows[-1].entity_id)
            assert len({row.entity_id for row in found}) == len(found)
        entity = found[0]
        assert entity_id(entity.type, entity.value) == entity.entity_id
        assert await tx.entities.get(entity.entity_id) == entity
        assert await tx.entities.incidents(entity.entity_id, 10)
        assert (
            await tx.entities.list(
                EntityFilter(text=entity.value, types=(entity.type,), least_risk=0, first_at=NOW), "risk", None, 9
            )
            == []
        )
        assert (
            await tx.cloud_assets.list(CloudAssetFilter(tag=("env", "prod"), provider="aws", text="x"), None, 10) == []
        )

    kept.run(steps)


def test_the_overview_counts(kept: Kept) -> None:
    """Open incidents by severity, findings by time and tactic."""

    async def steps(tx: PostgresTransaction) -> None:
        counts = await tx.overview.open_incidents(NOW)
        assert sum(count.total for count in counts) == len(kept.incidents)
        buckets = await tx.overview.findings_over_time(NOW - timedelta(days=9), NOW, 3_600)
        assert sum(bucket.count for bucket in buckets) == 3
        tactics = await tx.overview.tactics(NOW - timedelta(days=9), NOW)
        assert [(tactic.tactic_id, tactic.count) for tactic in tactics] == [("TA0003", 3)]

    kept.run(steps)


def test_another_organization_sees_nothing(kept: Kept, postgres: TestDatabase) -> None:
    """The database itself keeps them apart, whatever a query asks."""
    other = add_organization(postgres.owner_url, "other")

    async def steps(tx: PostgresTransaction) -> list[Any]:
        return [
            *await tx.incidents.list(IncidentFilter(), "risk", None, 10),
            *await tx.findings.list(FindingFilter(), None, 10),
            *await tx.entities.list(EntityFilter(), "risk", None, 10),
            *await tx.receipts.sources(),
            *await tx.rules.hits(NOW - timedelta(days=99)),
            *await tx.changes.after(ChangePosition(0, 0), 10),
            *([found] if (found := await tx.incidents.get(kept.incidents[0].incident_id)) else []),
        ]

    assert kept.run(steps, other) == []


def test_a_change_that_commits_late_is_not_missed(kept: Kept) -> None:
    """A transaction that began first and ends last: its change is read, after those of the others wait for it."""

    async def inner() -> tuple[list[str], list[str]]:
        database = PostgresDatabase(kept.url)
        scope = Scope(kept.organization_id)
        try:
            async with database.transaction(scope) as tx:
                start = await tx.changes.now()
            async with database.transaction(scope) as slow:
                await slow.changes.add("a.slow", {})
                async with database.transaction(scope) as quick:
                    await quick.changes.add("b.quick", {})
                async with database.transaction(scope) as reader:
                    early = await reader.changes.after(start, 10)
            async with database.transaction(scope) as reader:
                late = await reader.changes.after(early[-1].position if early else start, 10)
            return [change.topic for change in early], [change.topic for change in late]
        finally:
            await database.close()

    early, late = asyncio.run(inner())
    assert sorted(early + late) == ["a.slow", "b.quick"]


def test_listeners_are_woken_by_their_organization_alone(kept: Kept, postgres: TestDatabase) -> None:
    """One connection listens for all; a change of one organization wakes nobody else."""
    other = add_organization(postgres.owner_url, "other")

    async def inner() -> tuple[bool, bool]:
        database, listener = PostgresDatabase(kept.url), PostgresChangeListener(kept.url)
        try:
            async with listener.subscribe(kept.organization_id) as mine, listener.subscribe(other) as theirs:
                await mine.wait(5)  # it listens now
                await theirs.wait(1)
                async with database.transaction(Scope(kept.organization_id)) as tx:
                    await tx.changes.add("x", {})
                return await mine.wait(5), await theirs.wait(0.3)
        finally:
            await listener.close()
            await database.close()

    assert asyncio.run(inner()) == (True, False)
