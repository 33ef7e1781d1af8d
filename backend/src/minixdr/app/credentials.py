"""Secrets that we hand out: of sessions, API tokens, invitations, recovery codes. Only their hashes are kept.

A secret has 256 random bits (a recovery code 80), so a plain SHA-256 is enough: there is nothing to guess. An API token is
`mxa_<prefix>_<secret>`, an ingest token `mxi_<prefix>_<secret>`; the prefix is not secret, people know a token by it.
"""

import base64
import re
import secrets
from hashlib import sha256
from typing import Literal

_SECRET_BYTES = 32
_PREFIX_BYTES = 5
_RECOVERY_BYTES = 10
_RECOVERY_CODES = 10
_SHAPE = re.compile(r"mx[ai]_[0-9a-z]{8}_[A-Za-z0-9_-]{43}\Z")
LETTERS = {"api": "mxa", "ingest": "mxi"}


def new_secret() -> str:
    """Return a new secret of a session or invitation."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_token(kind: Literal["api", "ingest"]) -> tuple[str, str]:
    """Return a new token and the prefix that it is known by."""
    prefix = f"{LETTERS[kind]}_{base64.b32encode(secrets.token_bytes(_PREFIX_BYTES)).decode().lower()}"
    return f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}", prefix


def is_token(text: str, kind: Literal["api", "ingest"]) -> bool:
    """Return whether the text looks like a token of this kind: what does not is not looked for."""
    return text.startswith(f"{LETTERS[kind]}_") and _SHAPE.match(text) is not None


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_recovery_codes() -> list[str]:
    """Return ten codes such as `k3wq-m5zt-22ga-7xjf`."""
    return [
        _grouped(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower())
        for _ in range(_RECOVERY_CODES)
    ]


def hash_of_recovery_code(typed: str) -> bytes:
    """Return what is kept of a recovery code, however it was typed."""
    return hash_of(re.sub(r"[\s-]", "", typed).lower())


def _grouped(code: str) -> str:
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))
