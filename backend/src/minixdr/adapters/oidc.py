"""OpenID Connect over HTTP (Core 1.0, Discovery 1.0; RFC 6749, RFC 7636): requests by authlib's parts and httpx, tokens by joserfc.

What a provider sends is bounded, and no redirect is followed. An ID token counts when an asymmetric key of the provider signed it, for us, now, for
this flow. Not supported: encrypted ID tokens, HMAC-signed ones, the userinfo endpoint (what we need is in the ID token by `email` and `profile`).
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from minixdr.ports.oidc import Claims, Flow, OidcError, Provider, ProviderAwayError

_SCOPE = "openid email profile"
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 1 << 20
_FRESH_SECONDS = 3_600.0
_LEAST_REFRESH_SECONDS = 60.0
"""A token of an unknown key makes us ask for keys anew, not more often than this."""
_LEEWAY_SECONDS = 60
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Configuration(msgspec.Struct):
    """What we need of a provider's configuration."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Known(msgspec.Struct):
    """A provider's configuration and keys, as last asked for."""

    configuration: _Configuration
    keys: KeySet
    asked_at: float


class HttpOidc:
    """Implements ports.oidc.Oidc. One for a process: it remembers configurations and keys for an hour."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, _Known] = {}

    async def address(self, provider: Provider, flow: Flow) -> str:
        """Return where to send the person."""
        configuration = (await self._ask(provider)).configuration
        address: str = prepare_grant_uri(
            configuration.authorization_endpoint,
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=flow.redirect_uri,
            scope=_SCOPE,
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
        )
        return address

    async def claims(self, provider: Provider, flow: Flow, code: str) -> Claims:
        """Return who it was."""
        known = await self._ask(provider)
        token = await self._exchange(provider, known.configuration, flow, code)
        try:
            decoded = jwt.decode(token, known.keys, algorithms=_ALGORITHMS)
        except InvalidKeyIdError:
            known = await self._ask(provider, older_seconds=_LEAST_REFRESH_SECONDS)  # it may have new keys
            decoded = self._decode(token, known.keys)
        except (JoseError, ValueError) as error:
            raise _bad_token(error) from error
        return self._checked(provider, flow, decoded.claims)

    @staticmethod
    def _decode(token: str, keys: KeySet) -> jwt.Token:
        try:
            return jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise _bad_token(error) from error

    def _checked(self, provider: Provider, flow: Flow, claims: Mapping[str, Any]) -> Claims:
        registry = jwt.JWTClaimsRegistry(
            now=int(self._now().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": flow.nonce},
        )
        try:
            registry.validate(dict(claims))
        except JoseError as error:
            raise _bad_token(error) from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
            raise OidcError("the provider's ID token was made for another client")
        email, name = claims.get("email"), claims.get("name")
        return Claims(
            issuer=provider.issuer,
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            email_verified=claims.get("email_verified") is True,
            name=name if isinstance(name, str) else None,
        )

    async def _ask(self, provider: Provider, older_seconds: float = _FRESH_SECONDS) -> _Known:
        now = asyncio.get_running_loop().time()
        known = self._known.get(provider.issuer)
        if known is not None and now - known.asked_at < older_seconds:
            return known
        _check_address(provider.issuer)
        content = await _get(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            configuration = msgspec.json.decode(content, type=_Configuration)
        except msgspec.MsgspecError as error:
            raise OidcError("the provider's configuration is not one (OpenID Connect Discovery)") from error
        if configuration.issuer != provider.issuer:
            raise OidcError("the provider's configuration names another issuer than the one that is set")
        for address in (configuration.authorization_endpoint, configuration.token_endpoint, configuration.jwks_uri):
            _check_address(address)
        try:
            keys = KeySet.import_key_set(msgspec.json.decode(await _get(configuration.jwks_uri)))
        except (JoseError, msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
            raise OidcError("the provider's keys cannot be read") from error
        known = self._known[provider.issuer] = _Known(configuration, keys, now)
        return known

    @staticmethod
    async def _exchange(provider: Provider, configuration: _Configuration, flow: Flow, code: str) -> str:
        method = "none"
        if provider.client_secret is not None:
            offered = configuration.token_endpoint_auth_methods_supported
            method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        body = prepare_token_request(
            "authorization_code", redirect_uri=flow.redirect_uri, code=code, code_verifier=flow.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        address, headers, body = ClientAuth(provider.client_id, provider.client_secret, method).prepare(
            "POST", configuration.token_endpoint, headers, body
        )
        content = await _send("POST", address, headers, body)
        try:
            answer = msgspec.json.decode(content)
            token = answer["id_token"]
        except (msgspec.MsgspecError, KeyError, TypeError) as error:
            raise OidcError("the provider gave no ID token for the code") from error
        if not isinstance(token, str):
            raise OidcError("the provider gave no ID token for the code")
        return token


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise OidcError("a provider's addresses must be https://")


async def _get(address: str) -> bytes:
    return await _send("GET", address, {"Accept": "application/json"}, None)


async def _send(method: str, address: str, headers: Mapping[str, str], body: str | None) -> bytes:
    content = bytearray()
    try:
        async with (
            asyncio.timeout(_TIMEOUT_SECONDS),
            httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream(method, address, headers=headers, content=body) as answer,
        ):
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > _MOST_BYTES:
                    raise OidcError("the provider's answer is too large")
    except (httpx.HTTPError, TimeoutError) as error:
        raise ProviderAwayError("the provider does not answer") from error
    if answer.is_server_error:
        raise ProviderAwayError(f"the provider answered with {answer.status_code}")
    if not answer.is_success:
        raise OidcError(f"the provider answered with {answer.status_code}")
    return bytes(content)


def _bad_token(error: Exception) -> OidcError:
    return OidcError(f"the provider's ID token does not hold ({type(error).__name__})")
