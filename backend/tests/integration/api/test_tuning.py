"""Rules, filters and own rules over HTTP and a real database."""

import json
from datetime import timedelta

from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run
from tests.integration.postgres.kept import KEY_CREATED
from tests.integration.test_scan import RULE, cloudtrail

_FILTER = {
    "name": "scanner",
    "rule_ids": [KEY_CREATED],
    "text": "selection: {userIdentity.userName: scanner}",
    "reason": "ours",
}


def test_a_rule_is_tuned(postgres: TestDatabase) -> None:
    """Switch, level, and a filter that is tried before it is kept; each raises the version that workers watch."""

    async def test(api: Api) -> None:
        async def version() -> int:
            async with api.world.platform.database.transaction(api.world.ours.scope()) as tx:
                return await tx.rules.version()

        (rule,) = (await api.ask("GET", "/rules?text=access"))["items"]
        assert (rule["enabled"], rule["level"], rule["status"]) == (True, "medium", "test")
        assert "selection" in (await api.ask("GET", f"/rules/{KEY_CREATED}"))["text"]
        tag = api.tag
        place = f"/rules/{KEY_CREATED}/setting"
        await api.ask("PUT", place, {"enabled": True, "level": "high"}, 428)
        changed = await api.ask("PUT", place, {"enabled": True, "level": "high"}, headers={"If-Match": tag})
        assert (changed["level"], changed["own_level"]) == ("high", "medium")
        await api.ask("PUT", place, {"enabled": False, "level": None}, 412, headers={"If-Match": tag})
        assert await version() == 1
        coverage = await api.ask("GET", "/rule-coverage")
        assert [technique["technique_id"] for technique in coverage["techniques"]] == ["T1098"]
        await api.ask("PUT", place, {"enabled": False, "level": None}, headers={"If-Match": "*"})
        assert (await api.ask("GET", "/rule-coverage"))["techniques"] == []
        await api.ask(
            "PUT", "/rules/unknown/setting", {"enabled": False, "level": None}, 404, headers={"If-Match": "*"}
        )

        tried = await api.ask(
            "POST", "/rule-filter-previews", {"rule_ids": [KEY_CREATED], "text": _FILTER["text"], "days": 30}
        )
        assert (tried["tried"], tried["withheld"], len(tried["examples"])) == (3, 2, 2)
        problem = await api.ask("POST", "/rule-filters", {**_FILTER, "text": "a: {b: 1}\na: {b: 2}"}, 422)
        assert problem["errors"][0]["pointer"] == "#/text"
        assert "line 2" in problem["errors"][0]["detail"], problem
        await api.ask("POST", "/rule-filters", {**_FILTER, "rule_ids": ["unknown"]}, 422)
        past = api.world.clock.now() - timedelta(days=1)
        await api.ask("POST", "/rule-filters", {**_FILTER, "expires_at": past.isoformat()}, 422)
        kept = await api.ask("POST", "/rule-filters", _FILTER, 201)
        tag = api.tag
        assert kept["owner_id"] == str(api.who.user_id)
        place = f"/rule-filters/{kept['id']}"
        assert (await api.ask("GET", "/rules"))["items"][0]["filters"] == 1
        changed = await api.ask("PUT", place, {**_FILTER, "reason": "still"}, headers={"If-Match": tag})
        assert changed["version"] == 2
        assert (await api.ask("DELETE", place, headers={"If-Match": "*"}))["revoked_at"]
        await api.ask("PUT", place, _FILTER, 409, headers={"If-Match": "*"})
        assert (await api.ask("GET", "/rule-filters?active=true"))["items"] == []
        assert len((await api.ask("GET", "/rule-filters?active=false"))["items"]) == 1
        assert await version() == 5
        audit = await Api(api.world, Role.ADMIN).ask("GET", "/audit")
        done = {item["action"] for item in audit["items"]}
        assert done >= {"rule.set", "filter.added", "filter.changed", "filter.revoked"}

    run(postgres, test, "scanner", "scanner", "deploy")


_OWN_ID = "0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0077"
_OWN = RULE.strip().replace(KEY_CREATED, _OWN_ID).replace("access_key_created", "ours")
_OVER = f"""title: Many
id: 0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0078
correlation:
    type: event_count
    rules: [{_OWN_ID}]
    group-by: [userIdentity.arn]
    timespan: 10m
    condition: {{gte: 2}}
level: high
"""


def test_an_organization_writes_rules(postgres: TestDatabase) -> None:
    """Errors name their line, samples must pass, a rule that another needs stays."""

    async def test(api: Api) -> None:
        for text, said, line in (
            ("title: x\n\tid: y", "not YAML", 2),
            ("title: x\nid: " + _OWN_ID, "no `detection`", 1),
            (_OWN.replace("condition: selection", "condition: nothing"), "nothing", 1),
            (_OWN.replace(f"id: {_OWN_ID}\n", ""), "no `id`", 1),
            (f"{_OWN}\n---\n{_OWN.replace('0077', '0076').replace('name: ours', '')}", "several rules", None),
            (_OVER, "unknown rules", 1),
        ):
            checked = await api.ask("POST", "/own-rule-checks", {"text": text})
            assert not checked["runs"], text
            assert said in checked["problems"][0]["reason"]
            assert checked["problems"][0]["line"] == line, checked
        finds = {"kind": "positive", "record": json.dumps(cloudtrail(1, "CreateAccessKey", "iam"))}
        misses = {"kind": "negative", "record": json.dumps(cloudtrail(1))}
        wrong = {"kind": "positive", "record": json.dumps(cloudtrail(1))}
        checked = await api.ask("POST", "/own-rule-checks", {"text": _OWN, "samples": [finds, misses, wrong]})
        assert checked["samples"] == [None, None, "the rule does not find this positive sample"]
        problem = await api.ask("POST", "/own-rules", {"text": _OWN, "samples": [wrong]}, 422)
        assert problem["errors"][0]["pointer"] == "#/samples/0"
        await api.ask("POST", "/own-rules", {"text": RULE}, 409)
        kept = await api.ask("POST", "/own-rules", {"text": _OWN, "samples": [finds, misses]}, 201)
        assert (kept["rule_id"], kept["title"], kept["level"]) == (_OWN_ID, "Access Key Created", "medium")
        over = await api.ask("POST", "/own-rules", {"text": _OVER}, 201)
        await api.ask("DELETE", f"/own-rules/{_OWN_ID}", status=409, headers={"If-Match": "*"})
        names = {rule["rule_id"]: rule for rule in (await api.ask("GET", "/rules?origin=own"))["items"]}
        assert set(names) == {_OWN_ID, over["rule_id"]}
        assert not names[_OWN_ID]["reported"]
        again = await api.ask("POST", "/own-rule-checks", {"text": _OWN})
        assert "taken" in again["problems"][0]["reason"]
        again = await api.ask("POST", "/own-rule-checks", {"text": _OWN, "rule_id": _OWN_ID})
        assert again["runs"], "the text that it replaces is not beside it"
        other = {"text": _OWN.replace("0077", "0099"), "rule_id": _OWN_ID}
        reasons = [each["reason"] for each in (await api.ask("POST", "/own-rule-checks", other))["problems"]]
        assert any("break another rule" in reason for reason in reasons)
        assert any(f"keep {_OWN_ID}" in reason for reason in reasons)
        await api.ask(
            "PUT", f"/own-rules/{_OWN_ID}", {"text": _OWN.replace("0077", "0099")}, 422, headers={"If-Match": "*"}
        )
        changed = await api.ask(
            "PUT", f"/own-rules/{_OWN_ID}", {"text": _OWN, "enabled": True}, headers={"If-Match": "*"}
        )
        assert changed["version"] == 2
        await api.ask("DELETE", f"/own-rules/{over['rule_id']}", status=204, headers={"If-Match": "*"})
        await api.ask("DELETE", f"/own-rules/{_OWN_ID}", status=204, headers={"If-Match": "*"})
        await api.ask("GET", f"/own-rules/{_OWN_ID}", status=404)

    run(postgres, test)
