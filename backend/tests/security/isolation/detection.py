"""Incidents, findings, rules, receipts, dead letters, entities, assets, changes, overview."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from minixdr.adapters.log.payload import encode
from minixdr.adapters.postgres.tables import cloud_assets
from minixdr.ports.log import LogBatch
from minixdr.ports.stores.collector import NewInput, ObjectKey
from minixdr.ports.stores.entities import entity_id
from minixdr.ports.stores.incidents import NewEvidence
from minixdr.ports.stores.intake import Account, BatchReceipt, DeadLetter
from minixdr.ports.stores.rules import FilterText, OwnRuleText
from tests.api import World
from tests.integration.postgres.kept import KEY_CREATED, keep, kept_findings, keys_created
from tests.integration.test_scan import RULE
from tests.security.isolation import Entry

_ANY = {"If-Match": "*"}
_OWN_ID = "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0077"
_OWN_RULE = (
    RULE.replace(KEY_CREATED, _OWN_ID)
    .replace("name: access_key_created\n", "")
    .replace("Access Key Created", "canary rule")
)
_FILTER = {"name": "new", "rule_ids": [KEY_CREATED], "text": "selection: {userName: x}", "reason": "noise"}


_NEW_TEXT = _OWN_RULE.replace("canary", "new")


def _by_rule(_: None) -> dict[str, str]:
    return {"rule_id": _OWN_ID}


async def kept_incidents(world: World) -> dict[str, Any]:
    """Keep two incidents of ours, one of two findings; return ids."""
    ours = world.ours.organization_id
    kept = kept_findings(*keys_created("canary", "canary"), organization_id=ours)
    late = keys_created("canary")
    late[0] |= {"eventTime": "2026-05-04T05:00:00Z", "sourceIPAddress": "198.51.100.3"}
    kept += kept_findings(*late, organization_id=ours)
    incidents = await keep(world.platform.database, ours, kept)  # type: ignore[arg-type]
    two = next(incident for incident in incidents if len(incident.finding_ids) > 1)
    other = next(incident for incident in incidents if incident is not two)
    entity = two.entities[0]
    return {
        "incident_id": two.incident_id,
        "other": other.incident_id,
        "finding_id": two.finding_ids[0],
        "entity_id": entity_id(entity.type, entity.value),
        "entity": {"type": entity.type, "value": entity.value},
    }


def _ids(*names: str) -> Any:
    return lambda made: {name: made[name] for name in names}


async def _comment(world: World) -> dict[str, Any]:
    made = await kept_incidents(world)
    author = world.ours.people[next(role for role in world.ours.people if role == "analyst")]
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        comment = await tx.incidents.add_comment(made["incident_id"], f"user:{author.user_id}", "canary")
    return {**made, "comment_id": comment.comment_id}


async def _evidence(world: World) -> dict[str, Any]:
    made = await kept_incidents(world)
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        evidence = await tx.incidents.add_evidence(
            made["incident_id"], "user:1", NewEvidence(kind="text", text="canary")
        )
    return {**made, "evidence_id": evidence.evidence_id}


async def _decision(world: World) -> dict[str, Any]:
    made = await kept_incidents(world)
    payload = {"one": made["incident_id"], "two": made["other"]}
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        decision = await tx.incidents.decide("merge", payload, "canary", "user:1")
    return {**made, "decision_id": decision.decision_id}


async def _own_rule(world: World) -> None:
    row = OwnRuleText(rule_id=_OWN_ID, title="canary rule", level="low", text=_OWN_RULE, enabled=True, samples=[])
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        await tx.rules.write_own(row, "user:1", world.clock.now())


def _fresh_rule() -> str:
    return _OWN_RULE.replace(_OWN_ID, str(uuid4())).replace("canary", "new")


async def _filter(world: World) -> UUID:
    new = FilterText(
        name="canary", rule_ids=[KEY_CREATED], text="selection: {a: canary}", reason="canary", expires_at=None
    )
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        return (await tx.rules.add_filter(new, None)).id


async def receipt_of(world: World) -> str:
    now, ours = world.clock.now(), str(world.ours.organization_id)
    account = Account(received=2, events=1, malformed=1)
    receipt = BatchReceipt(
        ours, f"canary-{uuid4()}", "hec", "canary", now, now, account, {"canary": 1}, {}, [], None, now, now
    )
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        await tx.intake.add_receipts([receipt])
    return receipt.batch_id


async def dead_letter(world: World) -> UUID:
    raws = [f"canary {uuid4()}".encode()]
    batch = LogBatch(str(world.ours.organization_id), "hec", "canary", world.clock.now(), raws)
    letter = DeadLetter(
        batch_id=batch.batch_id,
        door="hec",
        origin="canary",
        reason="canary",
        attempts=5,
        payload=encode(batch),
        records=1,
    )
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        await tx.intake.add_dead_letter(letter)
        row = (await tx.receipts.dead_letters("open", None, 10))[0]
    return row.id


async def _asset(world: World) -> UUID:
    asset_id, now = uuid4(), world.clock.now()
    row = {
        "organization_id": world.ours.organization_id, "id": asset_id, "provider": "aws", "account": "1", "region": "x", "type": "t",
        "uid": f"canary {asset_id}", "name": "canary", "first_seen_at": now, "last_seen_at": now,
    }  # fmt: skip
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        await tx.execute(insert(cloud_assets).values(row))  # type: ignore[attr-defined]
    return asset_id


async def _change(world: World) -> None:
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        await tx.changes.add("incident.changed", {"incident_id": "canary"})


_INCIDENT, _FINDING = _ids("incident_id"), _ids("finding_id")
ENTRIES = [
    Entry("listIncidents", kept_incidents, own=True),
    Entry("exportIncidents", kept_incidents, own=True),
    Entry("getIncidentFacets", kept_incidents, own=True),
    *(
        Entry(name, kept_incidents, path=_INCIDENT)
        for name in (
            "getIncident", "listSimilarIncidents", "getIncidentTimeline", "exportIncident", "listIncidentHistory",
            "listIncidentProcesses",
        )
    ),
    Entry("changeIncident", kept_incidents, path=_INCIDENT, body=lambda _: {"state": "triage", "verdict": "benign"}, headers=lambda _: _ANY),
    Entry("listIncidentComments", _comment, path=_INCIDENT),
    Entry("createIncidentComment", kept_incidents, path=_INCIDENT, body=lambda _: {"text": "new"}),
    Entry("changeIncidentComment", _comment, path=_ids("incident_id", "comment_id"), body=lambda _: {"text": "new"}),
    Entry("listIncidentEvidence", _evidence, path=_INCIDENT),
    Entry("createIncidentEvidence", kept_incidents, path=_INCIDENT, body=lambda _: {"kind": "text", "text": "new"}),
    Entry("removeIncidentEvidence", _evidence, path=_ids("incident_id", "evidence_id")),
    Entry("mergeIncidents", kept_incidents, path=_INCIDENT, body=lambda made: {"other": made["other"], "reason": "same"}),
    Entry("splitIncident", kept_incidents, path=_INCIDENT, body=lambda made: {"finding_ids": [made["finding_id"]], "reason": "not the same"}),
    Entry("listIncidentDecisions", _decision, path=_INCIDENT),
    Entry("getDecision", _decision, path=_ids("decision_id")),
    Entry("undoDecision", _decision, path=_ids("decision_id")),
    Entry("listFindings", kept_incidents, own=True),
    Entry("getFindingFacets", kept_incidents, own=True),
    Entry("getFinding", kept_incidents, path=_FINDING),
    Entry("explainFinding", kept_incidents, path=_FINDING),
    Entry("judgeFinding", kept_incidents, path=_FINDING, body=lambda _: {"verdict": "benign", "note": "ours"}),
    Entry("listEntities", kept_incidents, own=True),
    Entry("getEntity", kept_incidents, path=_ids("entity_id")),
    Entry("getEntityRisk", kept_incidents, path=_ids("entity_id")),
    Entry("listEntityPeers", kept_incidents, path=_ids("entity_id")),
    Entry("getEntityByValue", kept_incidents, query=lambda made: made["entity"]),
    Entry("listCloudAssets", _asset, own=True),
    Entry("getCloudAsset", _asset, path=lambda made: {"asset_id": made}),
    Entry("listRules", _own_rule, own=True),
    Entry("getRule", _own_rule, path=_by_rule),
    Entry("setRule", _own_rule, path=_by_rule, body=lambda _: {"enabled": False, "level": None}, headers=lambda _: _ANY),
    Entry("listRuleReadiness", _own_rule, own=True),
    Entry("getRuleReadinessSummary", _own_rule, own=True),
    Entry("getRuleReadiness", _own_rule, path=_by_rule),
    Entry("getRuleCoverage", _own_rule, own=True),
    Entry("getNavigatorLayer", _own_rule, own=True),
    Entry("listRuleProblems", own=True),
    Entry("listOwnRules", _own_rule, own=True),
    Entry("createOwnRule", own=True, body=lambda _: {"text": _fresh_rule()}),
    Entry("checkOwnRule", _own_rule, own=True, body=lambda _: {"text": _fresh_rule()}),
    Entry("getOwnRule", _own_rule, path=_by_rule),
    Entry("changeOwnRule", _own_rule, path=_by_rule, body=lambda _: {"text": _NEW_TEXT}, headers=lambda _: _ANY),
    Entry("removeOwnRule", _own_rule, path=_by_rule, headers=lambda _: _ANY),
    Entry("listRuleFilters", _filter, own=True),
    Entry("createRuleFilter", own=True, body=lambda _: _FILTER),
    Entry(
        "previewRuleFilter", _own_rule, body=lambda _: {"rule_ids": [_OWN_ID], "text": "selection: {a: b}"}
    ),
    Entry("proposeRuleFilters", kept_incidents, body=lambda made: {"finding_id": made["finding_id"]}),
    Entry("getRuleFilter", _filter, path=lambda made: {"filter_id": made}),
    Entry("changeRuleFilter", _filter, path=lambda made: {"filter_id": made}, body=lambda _: _FILTER, headers=lambda _: _ANY),
    Entry("revokeRuleFilter", _filter, path=lambda made: {"filter_id": made}, headers=lambda _: _ANY),
    Entry("listSources", receipt_of, own=True),
    Entry("listReceipts", receipt_of, own=True),
    Entry("getReceipt", receipt_of, path=lambda made: {"batch_id": made}),
    Entry("getCompleteness", receipt_of, own=True),
    Entry("listDeadLetters", dead_letter, own=True),
    Entry("getDeadLetter", dead_letter, path=lambda made: {"dead_letter_id": made}),
    Entry("replayDeadLetter", dead_letter, path=lambda made: {"dead_letter_id": made}),
    Entry("discardDeadLetter", dead_letter, path=lambda made: {"dead_letter_id": made}),
    Entry("streamChanges", _change, own=True, streams=True),
    Entry("getOverview", kept_incidents, own=True),
]  # fmt: skip


async def _input(world: World) -> UUID:
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        made = await tx.collector.add_input(NewInput(bucket="canary", prefix=str(uuid4()), role_arn="arn:canary"))
        await tx.collector.begin(made.id, ObjectKey("canary", "canary", "1"), 5)
    return made.id


def _by_input(made: UUID) -> dict[str, UUID]:
    return {"input_id": made}


ENTRIES += [
    Entry("listCollectorInputs", _input, own=True),
    Entry("createCollectorInput", own=True, body=lambda _: {"bucket": f"new-{uuid4()}"}),
    Entry("getCollectorInput", _input, path=_by_input),
    Entry("changeCollectorInput", _input, path=_by_input, body=lambda _: {"enabled": False}, headers=lambda _: _ANY),
    Entry("removeCollectorInput", _input, path=_by_input),
    Entry("listCollectedObjects", _input, path=_by_input),
    Entry("retryCollectedObjects", _input, path=_by_input, body=lambda _: {}),
]
