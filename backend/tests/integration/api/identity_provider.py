"""A small OpenID Connect provider on a loopback port: it signs ID tokens, checks the client and PKCE, and can be told to misbehave."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "minixdr-client", "client secret"


@dataclass
class IdentityProvider:
    """What it says of who comes."""

    issuer: str
    seconds: Callable[[], int]
    subject: str = "subject-1"
    email: str | None = None
    email_verified: bool = True
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    """Changes the claims of ID tokens."""
    sign: Callable[["IdentityProvider", dict[str, Any]], str] | None = None
    """Signs in another way than it should."""
    configuration: dict[str, Any] = field(default_factory=dict)
    """Replaces parts of the configuration."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}, private=True))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    token_requests: int = 0

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.discover),
            Route("/keys", self.keys),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
        ]

    async def discover(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                **self.configuration,
            }
        )

    async def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "email", "profile"}
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 302)

    async def token(self, request: Request) -> Response:
        self.token_requests += 1
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self.codes.pop(str(form.get("code")), None)
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked is None or request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = self.seconds()
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.subject,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email_verified": self.email_verified,
        }
        if self.email is not None:
            claims["email"] = self.email
        claims = self.change(claims)
        token = self.sign(self, claims) if self.sign else self.signed(claims)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def forged(self, claims: dict[str, Any], algorithm: str) -> str:
        """Confuse algorithms: signed with nothing (`none`), or with what everybody knows (`HS256`); no library makes such a token."""
        parts = [json.dumps(part).encode() for part in ({"alg": algorithm, "kid": self.key.kid}, claims)]
        signed = b".".join(_encoded(part) for part in parts)
        signature = b""
        if algorithm == "HS256":
            signature = hmac.digest(self.key.as_pem(private=False), signed, "sha256")
        return (signed + b"." + _encoded(signature)).decode()


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@asynccontextmanager
async def running(seconds: Callable[[], int]) -> AsyncIterator[IdentityProvider]:
    """Serve one while the context is open."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        provider = IdentityProvider(f"http://127.0.0.1:{listening.getsockname()[1]}", seconds)
        config = uvicorn.Config(Starlette(routes=provider.routes()), log_config=None, ws="none", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve(sockets=[listening]))  # without its signal handlers
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield provider
        finally:
            server.should_exit = True
            await serving
