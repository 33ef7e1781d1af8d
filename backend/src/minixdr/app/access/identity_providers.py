"""The identity providers that are kept in the database. For who runs the machine: a provider vouches for people of every organization."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from minixdr.app.refusal import InvalidError, NotFoundError
from minixdr.app.sealing import seal, unseal
from minixdr.ports.database import Database, Scope
from minixdr.ports.oidc import Provider
from minixdr.ports.stores.access import IdentityProvider

_NAME = re.compile(r"[a-z0-9-]{1,63}\Z")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


async def save_provider(database: Database, secret_key: bytes, provider: Provider) -> IdentityProvider:
    """Keep a provider, its secret sealed; one of the same name is replaced. Raises InvalidError."""
    if not _NAME.match(provider.name):
        raise InvalidError("/name", "a provider's name has lower-case letters, digits and dashes, up to 63")
    parts = urlsplit(provider.issuer)
    if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
        raise InvalidError("/issuer", "an issuer is an address such as https://sso.example.com")
    if not provider.client_id:
        raise InvalidError("/client_id", "the provider knows this platform by a client id")
    sealed = None
    if provider.client_secret is not None:
        sealed = seal(secret_key, _purpose(provider.name), provider.client_secret.encode())
    async with database.transaction(Scope(system=True)) as tx:
        return await tx.identity_providers.save(
            provider.name, provider.issuer, provider.client_id, sealed, {}, enabled=True
        )


async def remove_provider(database: Database, name: str) -> None:
    """Let nobody sign in by it any more; sessions go on. Raises NotFoundError."""
    async with database.transaction(Scope(system=True)) as tx:
        if not await tx.identity_providers.remove(name):
            raise NotFoundError(f"There is no identity provider {name}.")


async def kept_providers(database: Database) -> Sequence[IdentityProvider]:
    """Return all, by name."""
    async with database.transaction(Scope(system=True)) as tx:
        return await tx.identity_providers.all()


def opened(secret_key: bytes, kept: IdentityProvider) -> Provider:
    """Return a kept provider with its secret. Raises UnreadableError."""
    secret = None
    if kept.client_secret_encrypted is not None:
        secret = unseal(secret_key, _purpose(kept.name), kept.client_secret_encrypted).decode()
    return Provider(name=kept.name, issuer=kept.issuer, client_id=kept.client_id, client_secret=secret)


def _purpose(name: str) -> str:
    return f"oidc client:{name}"
