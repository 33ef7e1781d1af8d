"""Sessions, accounts, members, invitations, tokens, organizations, audit."""

from uuid import UUID, uuid4

from minixdr.app.access import invitations, tokens
from minixdr.schema.role import Role
from tests.api import World
from tests.security.isolation import Entry


async def _member(world: World) -> UUID:
    person = await world.person(f"{uuid4().hex}@canary.example", [(world.ours.organization_id, Role.VIEWER)])
    return person.user_id


async def _token(world: World) -> UUID:
    wanted = tokens.Wanted(
        name="canary token", kind="ingest", role=None, scopes=(), source=None, hec_ack=False, expires_at=None
    )
    made, _ = await tokens.create_token(world.platform, world.ours.scope(), Role.OWNER, wanted)
    return made.id


async def _invitation(world: World) -> UUID:
    email = f"{uuid4().hex}@canary.example"
    made, _ = await invitations.invite(world.platform, world.ours.scope(), Role.OWNER, email, Role.VIEWER)
    return made.id


ENTRIES = [
    Entry("listMembers", own=True),
    Entry("getMember", _member, path=lambda made: {"user_id": made}),
    Entry("changeMember", _member, path=lambda made: {"user_id": made}, body=lambda _: {"role": "analyst"}),
    Entry("removeMember", _member, path=lambda made: {"user_id": made}),
    Entry("listInvitations", _invitation, own=True),
    Entry("createInvitation", own=True, body=lambda _: {"email": f"{uuid4().hex}@new.example", "role": "viewer"}),
    Entry("revokeInvitation", _invitation, path=lambda made: {"invitation_id": made}),
    Entry("listTokens", _token, own=True),
    Entry("createToken", own=True, body=lambda _: {"name": "new", "kind": "ingest"}),
    Entry("getToken", _token, path=lambda made: {"token_id": made}),
    Entry("revokeToken", _token, path=lambda made: {"token_id": made}),
    Entry("rotateToken", _token, path=lambda made: {"token_id": made}),
    Entry("getOrganization", own=True),
    Entry("changeOrganization", own=True, body=lambda _: {"onboarding_step": "x"}, headers=lambda _: {"If-Match": "*"}),
    Entry("listAudit", own=True),
    Entry("verifyAudit", own=True),
    Entry("exportAudit", own=True),
]
