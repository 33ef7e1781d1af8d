"""Signing in by an identity provider that whoever runs the platform has set up.

A provider vouches for addresses in every organization, so an organization's owner cannot add one: the machine's administrator does, by environment
or command line. The first time, a person is found by the address that the provider has verified, and from then on by the provider's own subject,
whatever becomes of the address. Nobody gets an account this way: they are invited first.
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from minixdr.app.access.identity_providers import opened
from minixdr.app.access.noting import note_everywhere
from minixdr.app.access.sign_in import Gatekeeper, begin_session
from minixdr.app.platform import Platform
from minixdr.app.refusal import ForbiddenError, NotFoundError, RefusedError
from minixdr.app.sealing import UnreadableError, seal, unseal
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.oidc import Claims, Flow, Oidc, Provider
from minixdr.ports.stores.access import Session
from minixdr.ports.stores.people import User

FLOW_LIFETIME = timedelta(minutes=10)
_PURPOSE = "oidc flow"


class BrokenFlowError(RefusedError):
    """What came back is not what was begun in this browser, or came too late."""


class _Begun(msgspec.Struct, frozen=True):
    """What the browser keeps, sealed, while the person is at the provider."""

    provider: str
    flow: Flow
    ends_at: datetime


class Returned(msgspec.Struct, frozen=True):
    """What the provider sent the person back with."""

    provider: str
    code: str
    state: str
    issuer: str | None
    """RFC 9207."""
    kept: str | None
    """What the browser kept of the beginning, hexadecimal."""
    address: str
    user_agent: str | None


async def providers(platform: Platform) -> Sequence[Provider]:
    """Return the providers that people may sign in with, by name."""
    if platform.oidc is None:
        return []
    async with platform.database.transaction(Scope()) as tx:
        kept = [each for each in await tx.identity_providers.all() if each.enabled]
    found = {each.name: opened(platform.secret_key, each) for each in kept}
    found |= {each.name: each for each in platform.identity_providers}
    return [found[name] for name in sorted(found)]


async def begin(platform: Platform, keeper: Gatekeeper, name: str, address: str) -> tuple[str, str]:
    """Return where to send the person, and what the browser must keep meanwhile. Raises NotFoundError, TooManyError, OidcError."""
    keeper.attempts.take(address, platform.now())
    oidc, provider = await _provider(platform, name)
    flow = Flow(
        redirect_uri=f"{platform.public_url.rstrip('/')}/api/v1/session/oidc/{name}/callback",
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
    )
    begun = _Begun(name, flow, platform.now() + FLOW_LIFETIME)
    sealed = seal(platform.secret_key, _PURPOSE, msgspec.json.encode(begun))
    return await oidc.address(provider, flow), sealed.hex()


async def finish(platform: Platform, returned: Returned) -> tuple[str, Session]:
    """Return a new session and its secret. Raises NotFoundError, BrokenFlowError, ForbiddenError, OidcError."""
    oidc, provider = await _provider(platform, returned.provider)
    begun = _begun(platform, returned)
    if returned.issuer is not None and returned.issuer != provider.issuer:
        raise BrokenFlowError("Another provider answered than was asked: sign in again.")
    claims = await oidc.claims(provider, begun.flow, returned.code)

    async def enter(tx: Transaction) -> tuple[str, Session]:
        return await _enter(platform, tx, provider, claims, returned)

    made = await platform.database.run(Scope(system=True, address=returned.address), enter)
    platform.metrics.sign_ins.labels("accepted").inc()
    return made


async def _enter(
    platform: Platform, tx: Transaction, provider: Provider, claims: Claims, returned: Returned
) -> tuple[str, Session]:
    user, now = await _user(tx, claims), platform.now()
    linked = user.oidc_subject is None
    if linked:
        await tx.users.link_oidc(user.id, claims.issuer, claims.subject)
    await tx.enter(Scope(None, user.id, f"user:{user.id}", returned.address))
    if linked:
        details = {"provider": provider.name}
        await note_everywhere(tx, user.id, "user.linked", target=f"user:{user.id}", details=details, now=now)
    return await begin_session(tx, user, returned.user_agent, now, second_factor=False)


async def _user(tx: Transaction, claims: Claims) -> User:
    """Return whom the claims are about. The transaction sees all people."""
    user = await tx.users.by_oidc(claims.issuer, claims.subject)
    if user is None:
        if claims.email is None or not claims.email_verified:
            raise ForbiddenError("The provider does not vouch for an email address of yours.")
        user = await tx.users.by_email(claims.email.lower(), lock=True)
        if user is None:
            raise ForbiddenError("You have no account here: ask for an invitation.")
        if user.oidc_subject is not None:
            raise ForbiddenError("Your account belongs to somebody else at the provider: ask the administrator.")
    if user.disabled_at is not None:
        raise ForbiddenError("Your account is disabled.")
    return user


def _begun(platform: Platform, returned: Returned) -> _Begun:
    broken = BrokenFlowError("This sign-in was not begun in this browser, or took too long: sign in again.")
    try:
        content = unseal(platform.secret_key, _PURPOSE, bytes.fromhex(returned.kept or ""))
        begun = msgspec.json.decode(content, type=_Begun)
    except (UnreadableError, ValueError):
        raise broken from None
    same = hmac.compare_digest(begun.flow.state.encode(), returned.state.encode("utf-8", "surrogatepass"))
    if not same or begun.provider != returned.provider or begun.ends_at <= platform.now():
        raise broken
    return begun


async def _provider(platform: Platform, name: str) -> tuple[Oidc, Provider]:
    found = next((each for each in await providers(platform) if each.name == name), None)
    if found is None or platform.oidc is None:
        raise NotFoundError("There is no identity provider of this name.")
    return platform.oidc, found
