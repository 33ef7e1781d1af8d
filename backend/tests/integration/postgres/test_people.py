"""People, members, invitations, sessions, tokens as they are kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.ports.database import Scope
from minixdr.ports.stores.access import NewSession, NewToken
from minixdr.ports.stores.organizations import OrganizationChange, SlugTakenError
from minixdr.ports.stores.people import EmailTakenError, LastOwnerError
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on, organization, person

_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
_DAY = timedelta(days=1)


def test_an_organization_is_created_changed_and_has_its_own_slug(postgres: TestDatabase) -> None:
    """Slugs are one organization's, also against one that the caller cannot see; what is not named stays."""

    async def work(database: PostgresDatabase) -> None:
        one, two = uuid4(), uuid4()
        async with database.transaction(Scope(one)) as tx:
            made = await tx.organizations.create(one, "taken", "One")
            assert (made.onboarding_status, made.rules_version, made.settings) == ("not_started", 0, {})
        with pytest.raises(SlugTakenError):
            async with database.transaction(Scope(two)) as tx:
                await tx.organizations.create(two, "taken", "Two")
        async with database.transaction(Scope(two)) as tx:
            await tx.organizations.create(two, "free", "Two")
            with pytest.raises(SlugTakenError):
                await tx.organizations.change(two, OrganizationChange(slug="taken"))
            change = OrganizationChange(onboarding_status="in_progress", onboarding_step="logs", settings={"a": [1]})
            changed = await tx.organizations.change(two, change)
            assert changed is not None
            assert (changed.slug, changed.onboarding_step, changed.settings) == ("free", "logs", {"a": [1]})
            assert await tx.organizations.change(two, OrganizationChange()) == changed
            cleared = await tx.organizations.change(two, OrganizationChange(onboarding_step=None))
            assert cleared is not None
            assert cleared.onboarding_step is None
            assert await tx.organizations.change(one, OrganizationChange(name="x")) is None
            assert [await tx.organizations.rules_changed() for _ in range(2)] == [1, 2]

    on(postgres.app_url, work)


def test_a_person_is_found_by_address_in_any_case(postgres: TestDatabase) -> None:
    """Who signs in is shown one row, and failed attempts are counted and forgotten."""

    async def work(database: PostgresDatabase) -> None:
        me = uuid4()
        async with database.transaction(Scope(user_id=me)) as tx:
            await tx.users.create(me, "Ada@Example.org", "Ada", None)
        with pytest.raises(EmailTakenError):
            async with database.transaction(Scope(user_id=(other := uuid4()))) as tx:
                await tx.users.create(other, "ada@example.ORG", "Ada", None)
        async with database.transaction(Scope(email="ADA@example.org")) as tx:
            found = await tx.users.by_email("ADA@example.org", lock=True)
            assert found is not None
            assert [await tx.users.sign_in_failed(me, None), await tx.users.sign_in_failed(me, _NOW)] == [1, 2]
        async with database.transaction(Scope(email="ada@example.org")) as tx:
            found = await tx.users.by_email("ada@example.org")
            assert found is not None
            assert (found.failed_sign_ins, found.locked_until) == (2, _NOW)
            await tx.users.signed_in(me)
        async with database.transaction(Scope(email="eve@example.org")) as tx:
            assert await tx.users.by_email("ada@example.org") is None
        async with database.transaction(Scope(user_id=me)) as tx:
            found = await tx.users.get(me)
            assert found is not None
            assert (found.email, found.failed_sign_ins, found.locked_until) == ("ada@example.org", 0, None)
            await tx.users.link_oidc(me, "https://issuer", "subject")
        async with database.transaction(Scope(system=True)) as tx:
            found = await tx.users.by_oidc("https://issuer", "subject")
            assert found is not None
            assert found.id == me
            assert await tx.users.by_oidc("https://other", "subject") is None

    on(postgres.app_url, work)


def test_a_code_is_taken_once(postgres: TestDatabase) -> None:
    """Of two requests with the same code one gets in; recovery codes too, and they go with the second factor."""

    async def work(database: PostgresDatabase) -> None:
        me = await person(database)

        async def use(step: int) -> bool:
            async with database.transaction(Scope(user_id=me)) as tx:
                return await tx.users.use_totp_step(me, step)

        assert sorted(await asyncio.gather(*(use(100) for _ in range(6)))) == [False] * 5 + [True]
        assert [await use(99), await use(101)] == [False, True]
        async with database.transaction(Scope(user_id=me)) as tx:
            await tx.users.set_totp(me, b"sealed")
            await tx.users.confirm_totp(me, _NOW)
            await tx.users.set_recovery_codes(me, [b"one", b"two"])
            used = [await tx.users.use_recovery_code(me, code, _NOW) for code in (b"one", b"one", b"three")]
            assert used == [True, False, False]
            assert await tx.users.recovery_codes_left(me) == 1
            await tx.users.set_totp(me, None)
            assert await tx.users.recovery_codes_left(me) == 0
            found = await tx.users.get(me)
            assert found is not None
            assert (found.totp_secret_encrypted, found.totp_confirmed_at, found.totp_last_step) == (None, None, None)

    on(postgres.app_url, work)


def test_an_organization_keeps_an_owner(postgres: TestDatabase) -> None:
    """The last owner who can sign in neither leaves nor steps down, also where two try it at once."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        one, two = await person(database, here, "owner"), await person(database, here, "owner")

        async def leave(somebody: object, how: str) -> bool:
            try:
                async with database.transaction(Scope(here)) as tx:
                    if how == "remove":
                        return await tx.members.remove(somebody)  # type: ignore[arg-type]
                    return await tx.members.change_role(somebody, "viewer") is not None  # type: ignore[arg-type]
            except LastOwnerError:
                return False

        for how in ("change_role", "remove"):
            assert sorted(await asyncio.gather(leave(one, how), leave(two, how))) == [False, True]
            async with database.transaction(Scope(here)) as tx:
                assert [member.role for member in await tx.members.all()].count("owner") == 1
                for somebody in (one, two):
                    await tx.members.add(somebody, "owner", None)
                    await tx.members.change_role(somebody, "owner")
        async with database.transaction(Scope(user_id=two)) as tx:
            await tx.users.disable(two, _NOW)
        assert not await leave(one, "remove")
        async with database.transaction(Scope(here)) as tx:
            assert await tx.members.role(here, one) == "owner"
            assert await tx.members.role(here, two) is None
            assert await tx.members.remove(uuid4()) is False
            assert await tx.members.add(one, "viewer", None) is False

    on(postgres.app_url, work)


def test_an_invitation_opens_once(postgres: TestDatabase) -> None:
    """Its token shows it, one acceptance of several at once counts, a newer invitation replaces it."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        async with database.transaction(Scope(here)) as tx:
            first = await tx.invitations.create("New@example.org", "analyst", b"first", _NOW + _DAY, None)
            second = await tx.invitations.create("new@example.org", "viewer", b"second", _NOW + _DAY, None)
            assert [each.id for each in await tx.invitations.open(_NOW)] == [second.id]
            assert await tx.invitations.open(_NOW + _DAY) == []
            assert await tx.invitations.accepted(first.id, _NOW) is False
            assert await tx.invitations.revoke(first.id, _NOW) is False

        async def accept() -> bool:
            async with database.transaction(Scope(token_hash=b"second")) as tx:
                found = await tx.invitations.by_token(lock=True)
                assert found is not None
                await tx.enter(Scope(found.organization_id, token_hash=b"second"))
                return await tx.invitations.accepted(found.id, _NOW)

        assert sorted(await asyncio.gather(*(accept() for _ in range(4)))) == [False, False, False, True]
        async with database.transaction(Scope(token_hash=b"second")) as tx:
            found = await tx.invitations.by_token()
            assert found is not None
            assert (found.email, found.accepted_at) == ("new@example.org", _NOW)

    on(postgres.app_url, work)


def test_sessions_are_noted_revoked_and_forgotten(postgres: TestDatabase) -> None:
    """A use is written once a minute at most; all but the present one can be ended; what expired is deleted."""

    async def work(database: PostgresDatabase) -> None:
        me = await person(database)

        def new(name: bytes, days: int) -> NewSession:
            return NewSession(
                token_hash=name + me.bytes,
                user_id=me,
                organization_id=None,
                created_at=_NOW,
                expires_at=_NOW + days * _DAY,
                address="192.0.2.1",
                user_agent="a\x00b",
                second_factor=True,
            )

        async with database.transaction(Scope(user_id=me)) as tx:
            one, two, old = [
                await tx.sessions.create(new(name, days)) for name, days in ((b"1", 2), (b"2", 2), (b"3", -9))
            ]
            assert one.user_agent == "a\ufffdb"
            await tx.sessions.touch(one.id, _NOW + timedelta(seconds=59))
            await tx.sessions.touch(two.id, _NOW + timedelta(seconds=61))
            seen = await tx.sessions.of_user(me, _NOW)
            assert [(each.id, each.last_used_at) for each in seen] == [
                (two.id, _NOW + timedelta(seconds=61)),
                (one.id, _NOW),
            ]
            assert await tx.sessions.revoke(me, _NOW, but=one.id) == 2
            assert await tx.sessions.revoke(me, _NOW, session_id=two.id) == 0
            assert [each.id for each in await tx.sessions.of_user(me, _NOW)] == [one.id]
        async with database.transaction(Scope(token_hash=b"2" + me.bytes)) as tx:
            found = await tx.sessions.by_token()
            assert found is not None
            assert found.revoked_at == _NOW
        async with database.transaction(Scope(system=True)) as tx:
            assert await tx.sessions.forget(_NOW) == 1
        async with database.transaction(Scope(token_hash=b"3" + me.bytes)) as tx:
            assert await tx.sessions.by_token() is None
            assert old.id != one.id

    on(postgres.app_url, work)


def test_tokens_are_found_used_rotated_and_revoked(postgres: TestDatabase) -> None:
    """The last use never goes back in time; a rotated token opens nothing under its old text."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        async with database.transaction(Scope(here)) as tx:
            token = await tx.tokens.create(
                NewToken(name="hec", kind="ingest", token_hash=b"old", prefix="mxi_a", hec_ack=True, scopes=("a", "b"))
            )
            api = await tx.tokens.create(
                NewToken(name="api", kind="api", token_hash=b"api", prefix="mxa_a", role="viewer", expires_at=_NOW)
            )
            assert (token.scopes, token.hec_ack, token.refusal(_NOW)) == (("a", "b"), True, None)
            assert api.refusal(_NOW) == "expired"
            assert [each.name for each in await tx.tokens.all()] == ["api", "hec"]
            assert [each.name for each in await tx.tokens.all("ingest")] == ["hec"]
            await tx.tokens.used({token.id: (_NOW, "192.0.2.1"), api.id: (_NOW, None)})
            await tx.tokens.used({token.id: (_NOW - _DAY, "192.0.2.2")})
            await tx.tokens.used({})
            kept = await tx.tokens.get(token.id)
            assert kept is not None
            assert (kept.last_used_at, kept.last_used_address) == (_NOW, "192.0.2.1")
            rotated = await tx.tokens.replace_hash(token.id, b"new", "mxi_b")
            assert rotated is not None
            assert rotated.prefix == "mxi_b"
        async with database.transaction(Scope(token_hash=b"old")) as tx:
            assert await tx.tokens.by_token() is None
        async with database.transaction(Scope(here)) as tx:
            assert [await tx.tokens.revoke(token.id, _NOW), await tx.tokens.revoke(token.id, _NOW)] == [True, False]
            assert await tx.tokens.replace_hash(token.id, b"newer", "mxi_c") is None
        async with database.transaction(Scope(token_hash=b"new")) as tx:
            found = await tx.tokens.by_token()
            assert found is not None
            assert found.refusal(_NOW) == "revoked"

    on(postgres.app_url, work)


def test_identity_providers_are_the_platforms(postgres: TestDatabase) -> None:
    """Saved again, a provider is replaced."""

    async def work(database: PostgresDatabase) -> None:
        async with database.transaction(Scope()) as tx:
            await tx.identity_providers.save("corp", "https://a", "id", b"sealed", {"scopes": ["email"]}, enabled=True)
            saved = await tx.identity_providers.save("corp", "https://b", "id", None, {}, enabled=False)
            assert (saved.issuer, saved.client_secret_encrypted, saved.enabled) == ("https://b", None, False)
            assert await tx.identity_providers.all() == [saved]
            assert await tx.identity_providers.get("corp") == saved
            assert [await tx.identity_providers.remove("corp") for _ in range(2)] == [True, False]

    on(postgres.app_url, work)
