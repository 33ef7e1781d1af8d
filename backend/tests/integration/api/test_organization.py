"""Members, invitations, tokens, the organization itself and its audit log, over a real database."""

import json
from datetime import timedelta
from uuid import UUID

import httpx
import psycopg
import pytest

from minixdr.schema.role import Role
from tests.api import PASSWORD, World
from tests.engines import TestDatabase

pytestmark = pytest.mark.anyio


async def invited(made: World, email: str, role: str = "analyst") -> dict[str, str]:
    body = {"email": email, "role": role}
    answer = await made.ask(made.ours.people[Role.OWNER], "POST", "/api/v1/invitations", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


async def accept(made: World, token: str, password: str = PASSWORD) -> httpx.Response:
    body = {"token": token, "name": "New", "password": password}
    return await made.ask(None, "POST", "/api/v1/invitation-acceptances", json=body)


async def test_an_invited_person_joins(made: World) -> None:
    """With the role and address of the invitation, once."""
    invitation = await invited(made, "New@New.example")
    assert invitation["link"] == f"http://minixdr.test/invitation#{invitation['token']}"
    assert (await accept(made, invitation["token"], "short")).status_code == 422
    joined = await accept(made, invitation["token"])
    assert joined.status_code == 201, joined.text
    session = await made.ask(joined.cookies["minixdr_session"], "GET", "/api/v1/session")
    assert (session.json()["email"], session.json()["role"]) == ("new@new.example", "analyst")
    assert (await accept(made, invitation["token"])).status_code == 404
    listed = await made.ask(made.ours.people[Role.ADMIN], "GET", "/api/v1/invitations")
    assert listed.json() == {"items": []}


async def test_a_person_with_an_account_joins_by_signing_in(made: World) -> None:
    """Only with the invited address; nobody can set a password of an account that exists."""
    their = made.theirs.people[Role.VIEWER]
    invitation = await invited(made, their.email)
    taken = await accept(made, invitation["token"])
    assert taken.status_code == 409
    path, body = "/api/v1/me/memberships", {"token": invitation["token"]}
    assert (await made.ask(made.theirs.people[Role.OWNER], "POST", path, json=body)).status_code == 403
    assert (await made.ask(their, "POST", path, json=body)).status_code == 204
    session = (await made.ask(their, "GET", "/api/v1/session")).json()
    assert (session["organization_id"], session["role"]) == (str(made.ours.organization_id), "analyst")
    assert len(session["memberships"]) == 2


async def test_an_invitation_ends(made: World) -> None:
    """When it is revoked, expires, or another for the address is made."""
    first = await invited(made, "a@new.example")
    second = await invited(made, "a@new.example")
    assert (await accept(made, first["token"])).status_code == 404
    revoked = await made.ask(made.ours.people[Role.ADMIN], "DELETE", f"/api/v1/invitations/{second['id']}")
    assert revoked.status_code == 204
    assert (await accept(made, second["token"])).status_code == 404
    third = await invited(made, "a@new.example")
    made.clock.turn(days=7)
    assert (await accept(made, third["token"])).status_code == 404
    assert (await accept(made, "guess")).status_code == 404


async def test_nobody_gives_or_takes_more_than_they_have(made: World) -> None:
    """An admin makes no owner, by no way, and takes none out."""
    admin, owner = made.ours.people[Role.ADMIN], made.ours.people[Role.OWNER]
    as_owner = {"email": "x@new.example", "role": "owner"}
    assert (await made.ask(admin, "POST", "/api/v1/invitations", json=as_owner)).status_code == 403
    for target in (owner, made.ours.people[Role.VIEWER], admin):
        raised = await made.ask(admin, "PATCH", f"/api/v1/members/{target.user_id}", json={"role": "owner"})
        assert raised.status_code == 403
    lowered = await made.ask(admin, "PATCH", f"/api/v1/members/{owner.user_id}", json={"role": "viewer"})
    assert lowered.status_code == 403
    assert (await made.ask(admin, "DELETE", f"/api/v1/members/{owner.user_id}")).status_code == 403
    token = {"name": "x", "kind": "api", "role": "owner"}
    assert (await made.ask(admin, "POST", "/api/v1/tokens", json=token)).status_code == 403
    owners = made.ours.token_ids[Role.OWNER]
    assert (await made.ask(admin, "POST", f"/api/v1/tokens/{owners}/rotate")).status_code == 403
    assert (await made.ask(admin, "DELETE", f"/api/v1/tokens/{owners}")).status_code == 403
    machine = made.ours.tokens[Role.ADMIN]
    assert (await made.ask(None, "POST", "/api/v1/tokens", token=machine, json=token)).status_code == 403


async def test_an_organization_keeps_an_owner(made: World) -> None:
    """The last one can neither leave nor step down."""
    owner = made.ours.people[Role.OWNER]
    path = f"/api/v1/members/{owner.user_id}"
    assert (await made.ask(owner, "PATCH", path, json={"role": "admin"})).status_code == 409
    assert (await made.ask(owner, "DELETE", path)).status_code == 409
    second = made.ours.people[Role.ADMIN]
    raised = await made.ask(owner, "PATCH", f"/api/v1/members/{second.user_id}", json={"role": "owner"})
    assert (raised.status_code, raised.json()["role"]) == (200, "owner")
    assert (await made.ask(owner, "PATCH", path, json={"role": "viewer"})).status_code == 200
    assert (await made.ask(owner, "GET", "/api/v1/tokens")).status_code == 403  # at once


async def test_a_member_who_is_removed_is_out_at_once(made: World) -> None:
    """The account stays; the organization is closed to it."""
    person = made.ours.people[Role.ANALYST]
    assert (await made.ask(person, "GET", "/api/v1/members")).status_code == 200
    removed = await made.ask(made.ours.people[Role.ADMIN], "DELETE", f"/api/v1/members/{person.user_id}")
    assert removed.status_code == 204
    answer = await made.ask(person, "GET", "/api/v1/members")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:minixdr:problem:no-organization")
    assert (await made.ask(person, "GET", "/api/v1/session")).json()["memberships"] == []


async def test_invitations_do_not_outlive_what_their_inviter_may(made: World) -> None:
    """Whoever loses a role gets it back by no link made before; what the new role may give stays, and the log tells."""
    owner, second = made.ours.people[Role.OWNER], made.ours.people[Role.ADMIN]
    path = f"/api/v1/members/{second.user_id}"
    assert (await made.ask(owner, "PATCH", path, json={"role": "owner"})).status_code == 200
    links = {}
    for role in ("owner", "admin"):
        body = {"email": f"{role}@new.example", "role": role}
        links[role] = (await made.ask(second, "POST", "/api/v1/invitations", json=body)).json()
    others = await invited(made, "others@new.example", "owner")
    assert (await made.ask(owner, "PATCH", path, json={"role": "admin"})).status_code == 200
    assert (await accept(made, links["owner"]["token"])).status_code == 404
    listed = (await made.ask(owner, "GET", "/api/v1/invitations")).json()["items"]
    assert {item["id"] for item in listed} == {links["admin"]["id"], others["id"]}
    assert (await made.ask(owner, "DELETE", path)).status_code == 204
    assert (await accept(made, links["admin"]["token"])).status_code == 404
    assert (await accept(made, others["token"])).status_code == 201
    audit = await made.ask(owner, "GET", "/api/v1/audit", params={"action": "invitation.revoked"})
    assert {entry["target"] for entry in audit.json()["items"]} == {
        f"invitation:{link['id']}" for link in links.values()
    }


async def test_who_may_invite_no_more_has_no_open_invitation(made: World) -> None:
    """Also not one with a role that they keep."""
    owner, admin = made.ours.people[Role.OWNER], made.ours.people[Role.ADMIN]
    body = {"email": "low@new.example", "role": "viewer"}
    link = (await made.ask(admin, "POST", "/api/v1/invitations", json=body)).json()
    lowered = await made.ask(owner, "PATCH", f"/api/v1/members/{admin.user_id}", json={"role": "analyst"})
    assert lowered.status_code == 200
    assert (await accept(made, link["token"])).status_code == 404


async def test_a_token_works_until_it_is_revoked(made: World, postgres: TestDatabase) -> None:
    """Its text is shown once and not kept; its use is noted."""
    admin = made.ours.people[Role.ADMIN]
    body = {"name": "reports", "kind": "api", "role": "viewer"}
    created = (await made.ask(admin, "POST", "/api/v1/tokens", json=body)).json()
    text, path = created["token"], f"/api/v1/tokens/{created['id']}"
    assert text.startswith(created["prefix"] + "_")
    assert (await made.ask(None, "GET", "/api/v1/members", token=text)).status_code == 200
    assert (await made.ask(None, "GET", "/api/v1/tokens", token=text)).status_code == 403
    shown = (await made.ask(admin, "GET", path)).json()
    assert "token" not in shown
    assert (shown["last_used_address"], shown["created_by"]) == ("127.0.0.1", str(admin.user_id))
    with psycopg.connect(postgres.superuser_url) as connection:
        rows = connection.execute("SELECT to_jsonb(t)::text FROM api_tokens t").fetchall()
    assert not any(text.rpartition("_")[2] in row[0] for row in rows)
    rotated = (await made.ask(admin, "POST", f"{path}/rotate")).json()["token"]
    assert (await made.ask(None, "GET", "/api/v1/members", token=text)).status_code == 401
    assert (await made.ask(None, "GET", "/api/v1/members", token=rotated)).status_code == 200
    assert (await made.ask(admin, "DELETE", path)).status_code == 204
    assert (await made.ask(None, "GET", "/api/v1/members", token=rotated)).status_code == 401
    assert (await made.ask(admin, "DELETE", path)).status_code == 404
    assert (await made.ask(admin, "POST", f"{path}/rotate")).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x", "kind": "api"}, "#/role"),
        ({"name": "x", "kind": "ingest", "role": "viewer"}, "#/role"),
        ({"name": "x", "kind": "api", "role": "viewer", "scopes": ["hec"]}, "#/kind"),
        ({"name": "x", "kind": "ingest", "source": "no_such"}, "#/source"),
        ({"name": "x", "kind": "ingest", "scopes": ["ftp"]}, "#/scopes/0"),
        ({"name": "x", "kind": "ingest", "expires_at": "2020-01-01T00:00:00Z"}, "#/expires_at"),
        ({"name": "x", "kind": "ingest", "expires_at": "2030-01-01T00:00:00"}, "#/expires_at"),
        ({"name": "x", "kind": "ingest", "expires_at": "9999-12-31T23:59:59-14:00"}, "#/expires_at"),
        ({"name": "x", "kind": "ingest", "expires_at": "0001-01-01T00:00:00+14:00"}, "#/expires_at"),
        ({"name": " ", "kind": "ingest"}, "#/name"),
        ({"name": "a\u0000b", "kind": "ingest"}, "#/name"),
        ({"name": "a\u202eb", "kind": "ingest"}, "#/name"),
        ({"name": "x", "kind": "other"}, "#/kind"),
    ],
)
async def test_a_token_that_makes_no_sense_is_refused(made: World, body: dict[str, object], pointer: str) -> None:
    """The answer names the value."""
    answer = await made.ask(made.ours.people[Role.OWNER], "POST", "/api/v1/tokens", json=body)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_an_ingest_token_opens_no_api(made: World) -> None:
    """Nor does an API token a door: each kind is for one thing."""
    admin = made.ours.people[Role.ADMIN]
    body = {"name": "web", "kind": "ingest", "source": "aws_cloudtrail", "scopes": ["hec", "hec"], "hec_ack": True}
    created = (await made.ask(admin, "POST", "/api/v1/tokens", json=body)).json()
    assert (created["scopes"], created["source"], created["hec_ack"]) == (["hec"], "aws_cloudtrail", True)
    assert (await made.ask(None, "GET", "/api/v1/members", token=created["token"])).status_code == 401
    listed = (await made.ask(admin, "GET", "/api/v1/tokens?kind=ingest")).json()["items"]
    assert [item["id"] for item in listed] == [created["id"]]


async def test_an_organization_is_changed_by_who_has_seen_it(made: World) -> None:
    """An ETag of before the last change is refused."""
    owner = made.ours.people[Role.OWNER]
    seen = await made.ask(owner, "GET", "/api/v1/organization")
    tag = seen.headers["etag"]
    change = {
        "name": "Renamed",
        "onboarding_status": "in_progress",
        "onboarding_step": "connect_aws",
        "onboarding_flow_version": 2,
        "auto_discovery_enabled": True,
        "integration_settings": {"aws": {"regions": ["eu-central-1"]}},
        "retention_days": 30,
    }
    path = "/api/v1/organization"
    assert (await made.ask(owner, "PATCH", path, json=change)).status_code == 428
    changed = await made.ask(owner, "PATCH", path, json=change, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in change} == change
    stale = await made.ask(owner, "PATCH", path, json={"name": "Again"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.headers["etag"]) == (412, changed.headers["etag"])
    cleared = {"onboarding_step": None}
    again = await made.ask(owner, "PATCH", path, json=cleared, headers={"If-Match": changed.headers["etag"]})
    assert again.json()["onboarding_step"] is None
    for wrong in ({"name": None}, {"retention_days": 0}, {"slug": "A B"}, {"integration_settings": {"a": "\u0000"}}):
        assert (await made.ask(owner, "PATCH", path, json=wrong, headers={"If-Match": "*"})).status_code == 422
    slug = {"slug": made.theirs.slug}
    assert (await made.ask(owner, "PATCH", path, json=slug, headers={"If-Match": "*"})).status_code == 409
    assert (await made.ask(owner, "GET", path)).json()["slug"] == made.ours.slug


async def test_a_person_makes_an_organization(made: World) -> None:
    """And is its owner, and looks at it; the slug must be free."""
    person = made.ours.people[Role.VIEWER]
    slug = f"new-{made.ours.slug}"
    created = await made.ask(person, "POST", "/api/v1/organizations", json={"slug": slug, "name": "New"})
    assert created.status_code == 201, created.text
    session = (await made.ask(person, "GET", "/api/v1/session")).json()
    assert (session["organization_id"], session["role"]) == (created.json()["id"], "owner")
    listed = (await made.ask(person, "GET", "/api/v1/organizations")).json()["items"]
    assert {(item["slug"], item["role"]) for item in listed} == {(slug, "owner"), (made.ours.slug, "viewer")}
    again = await made.ask(person, "POST", "/api/v1/organizations", json={"slug": slug, "name": "New"})
    assert again.status_code == 409
    for number in range(18):
        more = {"slug": f"{slug}-{number}", "name": "More"}
        assert (await made.ask(person, "POST", "/api/v1/organizations", json=more)).status_code == 201
    assert (await made.ask(person, "POST", "/api/v1/organizations", json={"slug": "z", "name": "z"})).status_code == 409


async def test_what_was_done_is_in_the_audit_log(made: World) -> None:
    """By whom, from where; in pages, filtered, exported, verified."""
    owner = made.ours.people[Role.OWNER]
    for number in range(5):
        body = {"name": f"t{number}", "kind": "ingest"}
        await made.ask(owner, "POST", "/api/v1/tokens", json=body)
        made.clock.turn(seconds=1)
    seen, cursor = [], ""
    for _ in range(3):
        page = (await made.ask(owner, "GET", f"/api/v1/audit?action=token.&limit=2{cursor}")).json()
        seen += page["items"]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert [entry["details"]["name"] for entry in seen] == ["t4", "t3", "t2", "t1", "t0"]
    assert {entry["actor"] for entry in seen} == {f"user:{owner.user_id}"}
    assert {entry["address"] for entry in seen} == {"127.0.0.1"}
    since = (made.clock.at - timedelta(seconds=2)).isoformat().replace("+00:00", "Z")
    late = (await made.ask(owner, "GET", f"/api/v1/audit?first_at={since}")).json()["items"]
    assert [entry["details"]["name"] for entry in late] == ["t4", "t3"]
    verdict = (await made.ask(owner, "GET", "/api/v1/audit/verdict")).json()
    exported = await made.ask(owner, "GET", "/api/v1/audit/export")
    assert exported.headers["content-disposition"].startswith("attachment")
    lines = [json.loads(line) for line in exported.text.splitlines()]
    assert (verdict["whole"], verdict["entries"], verdict["head"]) == (True, len(lines), lines[-1]["hash"])
    assert [line["previous_hash"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]


async def test_a_changed_audit_log_is_found_out(made: World, postgres: TestDatabase) -> None:
    """Even by who can write past every rule of the database."""
    owner = made.ours.people[Role.OWNER]
    await made.ask(owner, "POST", "/api/v1/tokens", json={"name": "x", "kind": "ingest"})
    with psycopg.connect(postgres.superuser_url) as connection:
        connection.execute(
            "UPDATE audit_log SET actor = 'system' WHERE organization_id = %s AND action = 'token.created'",
            (made.ours.organization_id,),
        )
    verdict = (await made.ask(owner, "GET", "/api/v1/audit/verdict")).json()
    assert not verdict["whole"]
    assert verdict["problems"]


async def test_a_cursor_is_good_for_its_list_only(made: World) -> None:
    """Not for other filters, nor for another organization."""
    owner, their = made.ours.people[Role.OWNER], made.theirs.people[Role.OWNER]
    for person in (owner, their):
        for number in range(3):
            await made.ask(person, "POST", "/api/v1/tokens", json={"name": f"t{number}", "kind": "ingest"})
    cursor = (await made.ask(owner, "GET", "/api/v1/audit?limit=1")).json()["next_cursor"]
    assert (await made.ask(owner, "GET", f"/api/v1/audit?limit=2&cursor={cursor}")).status_code == 200
    for person, query in ((their, ""), (owner, "&action=token.")):
        answer = await made.ask(person, "GET", f"/api/v1/audit?limit=1{query}&cursor={cursor}")
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:minixdr:problem:bad-cursor")
    for query in ("limit=0", "limit=201", "limit=x"):
        assert (await made.ask(owner, "GET", f"/api/v1/audit?{query}")).status_code == 422


async def test_ids_that_are_none_are_refused(made: World) -> None:
    """Never a failure of the server."""
    owner = made.ours.people[Role.OWNER]
    for path in ("members", "tokens"):
        assert (await made.ask(owner, "GET", f"/api/v1/{path}/{UUID(int=1)}")).status_code == 404
        for bad in ("x", "%00", "..%2f..", "1" * 5_000):
            assert (await made.ask(owner, "GET", f"/api/v1/{path}/{bad}")).status_code in {404, 422}
