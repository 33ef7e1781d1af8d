"""OpenID Connect providers: they say who somebody is."""

from typing import Protocol

import msgspec


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider and what it knows us by. Holds a secret: never logged."""

    name: str
    """For addresses and people: lower-case letters, digits, dashes."""
    issuer: str
    """`https://...`: what its ID tokens name, and where its configuration is found."""
    client_id: str
    client_secret: str | None
    """None: a public client; PKCE alone protects the code."""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What begins at the provider and must come back from it."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    """PKCE (RFC 7636)."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified ID token says."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str | None


class OidcError(Exception):
    """The provider, or what came from it, cannot be used; the message says why, without what it sent."""


class ProviderAwayError(OidcError):
    """The provider does not answer now."""


class Oidc(Protocol):
    """The authorization code flow with PKCE."""

    async def address(self, provider: Provider, flow: Flow) -> str:
        """Return where to send the person. Raises OidcError."""

    async def claims(self, provider: Provider, flow: Flow, code: str) -> Claims:
        """Return who it was, by the code that the provider sent the person back with. Raises OidcError."""
