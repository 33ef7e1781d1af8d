"""From a finding: proposed filters, the lines that matched, its entities over time and who is named with them."""

from typing import Any

from minixdr.ports.stores.entities import entity_id
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run
from tests.integration.postgres.kept import KEY_CREATED


async def _findings(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.ask("GET", "/findings"))["items"]
    return found


def test_each_proposed_filter_withholds_the_finding(postgres: TestDatabase) -> None:
    """The narrowest first, in the form that filters are kept in; replayed before it is kept, and revoked after."""

    async def test(api: Api) -> None:
        wanted = next(each for each in await _findings(api) if any(e["value"] == "scanner" for e in each["entities"]))
        found = await api.ask("POST", "/rule-filter-proposals", {"finding_id": wanted["finding_id"]})
        assert (found["rule_id"], found["reason"]) == (KEY_CREATED, None)
        proposals = found["items"]
        assert len(proposals) > 3
        assert len({proposal["text"] for proposal in proposals}) == len(proposals)
        assert {"eventName", "userIdentity.userName", "sourceIPAddress"} <= set(proposals[0]["fields"])
        assert not proposals[0]["why"].startswith("Wide")
        assert proposals[-1]["why"].startswith("Wide")
        for proposal in proposals:
            body = {"rule_ids": [KEY_CREATED], "text": proposal["text"], "days": 365}
            tried = await api.ask("POST", "/rule-filter-previews", body)
            assert wanted["finding_id"] in tried["examples"], proposal
            assert tried["kept"] + tried["withheld"] == tried["tried"] == 3
        narrow = next(p for p in proposals if p["fields"] == ["userIdentity.userName"])
        tried = await api.ask(
            "POST", "/rule-filter-previews", {"rule_ids": [KEY_CREATED], "text": narrow["text"], "days": 365}
        )
        assert (tried["withheld"], tried["kept"]) == (2, 1)
        kept = await api.ask(
            "POST",
            "/rule-filters",
            {
                "name": narrow["name"],
                "rule_ids": [found["rule_id"]],
                "text": narrow["text"],
                "reason": narrow["sentence"],
            },
            201,
        )
        await api.ask("DELETE", f"/rule-filters/{kept['id']}", headers={"If-Match": "*"})
        await api.ask("POST", "/rule-filter-proposals", {"finding_id": "none"}, 404)

    run(postgres, test, "scanner", "deploy", "scanner")


def test_values_that_sigma_reads_otherwise_are_taken_literally(postgres: TestDatabase) -> None:
    """Wildcards and backslashes in a value are themselves, or the proposal is left out: it would withhold others too."""

    async def test(api: Api) -> None:
        findings = await _findings(api)
        assert len(findings) == 4
        for finding in findings:
            found = await api.ask("POST", "/rule-filter-proposals", {"finding_id": finding["finding_id"]})
            (alone,) = [
                p for p in found["items"] if len(p["fields"]) == 1 and p["fields"][0].startswith("userIdentity.")
            ]
            body = {"rule_ids": [KEY_CREATED], "text": alone["text"], "days": 365}
            tried = await api.ask("POST", "/rule-filter-previews", body)
            assert tried["examples"] == [finding["finding_id"]], alone["text"]

    run(postgres, test, "a*", "abc", "corp\\a*c", "corp\\abc")


def test_the_lines_that_matched_are_named(postgres: TestDatabase) -> None:
    """Within the text that the rule's page shows; with the sentence of what happened."""

    async def test(api: Api) -> None:
        (finding,) = await _findings(api)
        found = await api.ask("GET", f"/findings/{finding['finding_id']}/explanation")
        assert "deploy called iam:CreateAccessKey" in found["sentence"]
        lines = found["rule_text"].splitlines()
        (selection,) = found["selections"]
        assert (selection["name"], selection["matched"]) == ("selection", True)
        assert lines[selection["first_line"] - 1].strip() == "selection:"
        shown = {each["field"]: (lines[each["first_line"] - 1].strip(), each["value"]) for each in found["fields"]}
        assert shown == {
            "eventSource": ("eventSource: iam.amazonaws.com", "iam.amazonaws.com"),
            "eventName": ("eventName: CreateAccessKey", "CreateAccessKey"),
        }
        whole = await api.ask("GET", f"/rules/{finding['rule_id']}")
        assert whole["text"] == found["rule_text"]
        await api.ask("GET", "/findings/none/explanation", status=404)

    run(postgres, test, "deploy")


def test_an_entity_over_time_and_its_peers(postgres: TestDatabase) -> None:
    """Days without findings are there too; who is named in the same findings is counted; other ranges have their own."""

    async def test(api: Api) -> None:
        name = entity_id("user", "deploy")
        found = await api.ask("GET", f"/entities/{name}/risk")
        assert len(found["days"]) == 30
        last = found["days"][-1]
        assert (last["findings"], last["levels"]["medium"]) == (2, 2)
        assert 0 < last["risk"] < 100
        assert "Access Key Created" in last["reasons"][0]
        assert all(day["findings"] == 0 and day["risk"] == 0 for day in found["days"][:-1])
        peers = await api.ask("GET", f"/entities/{name}/peers")
        assert peers["findings"] == 2
        counted = {(each["type"], each["value"]): each["findings"] for each in peers["items"]}
        assert counted
        assert set(counted.values()) == {2}
        assert ("user", "deploy") not in counted
        assert ("user", "other") not in counted
        assert all(each["incidents"] == 1 for each in peers["items"])
        early = "first_at=2020-01-01T00:00:00Z&before=2020-01-03T00:00:00Z"
        assert [day["findings"] for day in (await api.ask("GET", f"/entities/{name}/risk?{early}"))["days"]] == [0, 0]
        assert (await api.ask("GET", f"/entities/{name}/peers?{early}"))["items"] == []
        await api.ask(
            "GET", f"/entities/{name}/risk?first_at=2020-01-01T00:00:00Z&before=2026-01-03T00:00:00Z", status=422
        )
        await api.ask(
            "GET", f"/entities/{name}/risk?first_at=2020-01-02T00:00:00Z&before=2020-01-01T00:00:00Z", status=422
        )
        await api.ask("GET", f"/entities/{'0' * 32}/risk", status=404)
        await api.ask("GET", f"/entities/{'0' * 32}/peers", status=404)

    run(postgres, test, "deploy", "other", "deploy")
