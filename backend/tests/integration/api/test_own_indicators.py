"""Own indicators over HTTP and a real database."""

import json
from datetime import timedelta

from minixdr.app import own_indicators
from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run


def test_one_is_added_changed_and_removed(postgres: TestDatabase) -> None:
    """One writing of each value; type and level by its looks; ETags; each change raises the version that workers watch."""

    async def test(api: Api) -> None:
        async def version() -> int:
            async with api.world.platform.database.transaction(api.world.ours.scope()) as tx:
                return await tx.indicators.version()

        made = await api.ask("POST", "/indicators", {"value": "hxxps://Evil[.]example:443/a/"}, 201)
        assert (made["type"], made["value"], made["level"]) == ("url", "evil.example/a", "high")
        for value, kind, level in (
            ("198.51.100.7", "ipv4", "medium"),
            ("2001:DB8::1", "ipv6", "medium"),
            ("198.51.100.0/25", "cidr", "medium"),
            ("198.51.100.1-198.51.100.5", "ip_range", "medium"),
            ("EVIL.example", "domain", "high"),
            ("D41D8CD98F00B204E9800998ECF8427E", "md5", "high"),
            ("a" * 64, "sha256", "high"),
            ("a" * 40, "sha1", "high"),
            ("Mallory@evil.example", "email", "medium"),
        ):
            one = await api.ask("POST", "/indicators", {"value": value}, 201)
            assert (one["type"], one["level"]) == (kind, level), value
        assert await version() == 10
        await api.ask("POST", "/indicators", {"value": "http://evil.example/a"}, 409)
        problem = await api.ask("POST", "/indicators", {"value": "nothing at all"}, 422)
        assert problem["errors"][0]["pointer"] == "#/value"
        problem = await api.ask("POST", "/indicators", {"value": "1.2.3.4", "type": "domain"}, 422)
        assert problem["errors"][0]["pointer"] == "#/type"
        past = (api.world.clock.now() - timedelta(hours=1)).isoformat()
        await api.ask("POST", "/indicators", {"value": "9.9.9.1", "expires_at": past}, 422)

        place = f"/indicators/{made['indicator_id']}"
        await api.ask("GET", place)
        tag = api.tag
        await api.ask("PATCH", place, {"enabled": False}, 428)
        later = (api.world.clock.now() + timedelta(hours=1)).isoformat()
        changed = await api.ask(
            "PATCH", place, {"enabled": False, "title": "C2", "expires_at": later}, headers={"If-Match": tag}
        )
        assert (changed["enabled"], changed["title"], changed["version"]) == (False, "C2", 2)
        await api.ask("PATCH", place, {"note": "x"}, 412, headers={"If-Match": tag})
        endless = await api.ask("PATCH", place, {"expires_at": None}, headers={"If-Match": "*"})
        assert (endless["expires_at"], endless["title"]) == (None, "C2")
        assert [each["title"] for each in (await api.ask("GET", "/indicators?enabled=false"))["items"]] == ["C2"]
        assert len((await api.ask("GET", "/indicators?text=EVIL"))["items"]) == 3
        first = await api.ask("GET", "/indicators?limit=4")
        second = await api.ask("GET", f"/indicators?limit=20&cursor={first['next_cursor']}")
        ids = [each["indicator_id"] for each in [*first["items"], *second["items"]]]
        assert len(set(ids)) == len(ids) == 10
        kinds = [rule["rule_id"] for rule in (await api.ask("GET", "/rules?kind=indicator"))["items"]]
        assert set(kinds) == {
            f"own-indicator:{kind}" for kind in ("address", "network", "domain", "url", "file_hash", "email")
        }
        await api.ask("DELETE", place, status=204)
        await api.ask("GET", place, status=404)
        gone = await api.ask("POST", "/indicator-removals", {"ids": [*ids, "0" * 32]})
        assert gone["removed"] == 9
        await api.ask("POST", "/indicator-removals", {}, 422)
        assert (await api.ask("GET", "/rules?kind=indicator"))["items"] == []
        api.who = api.world.ours.people[Role.OWNER]
        log = (await api.ask("GET", "/audit?limit=50"))["items"]
        assert {"indicator.added", "indicator.changed", "indicator.removed", "indicators.removed"} <= {
            entry["action"] for entry in log
        }

    run(postgres, test)


def test_a_list_is_taken_in_with_an_account(postgres: TestDatabase) -> None:
    """What is refused is named by its line; known ones stay as they are unless they are to be replaced; its own end holds."""

    async def test(api: Api) -> None:
        content = "# a list\nevil.example\n203.0.113.7\nnothing here\nevil.example\n127.0.0.1\n"
        given = {"content": content, "source": "feed", "title": "from the feed"}
        found = await api.ask("POST", "/indicator-imports", given)
        assert {name: found[name] for name in ("read", "added", "known", "repeats", "refused")} == {
            "read": 3, "added": 2, "known": 0, "repeats": 1, "refused": 2,
        }  # fmt: skip
        assert [each["line"] for each in found["refusals"]] == [4, 6]
        again = await api.ask("POST", "/indicator-imports", {"content": content, "title": "other", "replace": False})
        assert (again["added"], again["known"]) == (0, 2)
        assert {each["title"] for each in (await api.ask("GET", "/indicators"))["items"]} == {"from the feed"}
        await api.ask(
            "POST", "/indicator-imports", {"content": content, "title": "other", "level": "low", "replace": True}
        )
        assert {(each["title"], each["level"]) for each in (await api.ask("GET", "/indicators"))["items"]} == {
            ("other", "low")
        }

        stix = {
            "type": "bundle",
            "objects": [
                {"type": "indicator", "spec_version": "2.1", "id": "indicator--1", "pattern_type": "stix", "name": "bad host",
                 "pattern": "[domain-name:value = 'bad.example']", "valid_until": "2099-01-01T00:00:00Z"},
                {"type": "indicator", "spec_version": "2.1", "id": "indicator--2", "pattern_type": "stix",
                 "pattern": "[domain-name:value = 'old.example']", "valid_until": "2020-01-01T00:00:00Z"},
                {"type": "indicator", "spec_version": "2.1", "id": "indicator--3", "pattern_type": "stix",
                 "pattern": "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' AND domain-name:value = 'x.example']"},
            ],
        }  # fmt: skip
        found = await api.ask("POST", "/indicator-imports", {"content": json.dumps(stix), "source": "stix"})
        assert (found["added"], found["refused"]) == (1, 2)
        assert any("expired" in each["reason"] for each in found["refusals"])
        assert any("together" in each["reason"] for each in found["refusals"])
        (kept,) = (await api.ask("GET", "/indicators?source=stix"))["items"]
        assert (kept["value"], kept["title"], kept["expires_at"]) == ("bad.example", "bad host", "2099-01-01T00:00:00Z")
        problem = await api.ask("POST", "/indicator-imports", {"content": "# nothing\n"}, 422)
        assert problem["errors"][0]["pointer"] == "#/content"
        problem = await api.ask("POST", "/indicator-imports", {"content": "x\n" * 300_000}, 422)
        assert "250,000 lines" in problem["detail"]
        found = await api.ask("POST", "/indicator-imports", {"content": "no indicator\n" * 2_000})
        assert (found["read"], found["refused"], len(found["refusals"])) == (0, 2_000, 1_000)
        assert (await api.ask("POST", "/indicator-removals", {"source": "stix"}))["removed"] == 1

    run(postgres, test)


def test_there_are_no_more_than_workers_hold(postgres: TestDatabase) -> None:
    """A list that is too long is refused as a whole, and what would exceed the bound; one that fits is taken in quickly."""

    async def test(api: Api) -> None:
        most = own_indicators.MOST_INDICATORS
        names = [f"h{number}.example" for number in range(most + 1)]
        await api.ask("POST", "/indicator-imports", {"content": "\n".join(names)}, 409)
        assert (await api.ask("GET", "/indicator-summary"))["total"] == 0
        found = await api.ask("POST", "/indicator-imports", {"content": "\n".join(names[:most])})
        assert found["added"] == most
        assert await api.ask("GET", "/indicator-summary") == {
            "total": most,
            "limit": most,
            "types": [{"type": "domain", "active": most, "disabled": 0, "expired": 0}],
        }
        problem = await api.ask("POST", "/indicators", {"value": "one.more.example"}, 409)
        assert "100,000" in problem["detail"]
        assert (await api.ask("POST", "/indicator-imports", {"content": names[0]}))["known"] == 1

    run(postgres, test)
