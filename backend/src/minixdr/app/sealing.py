"""Secrets that must be read back (TOTP seeds, client secrets of identity providers), encrypted before they reach the database.

AES-256-GCM under a key derived from the platform's secret key (HKDF, RFC 5869), bound to what they are for: a row's ciphertext copied into another
row does not open. Whoever holds the secret key can open all of them; it is not kept in the database.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_KEY_BYTES = 32


class UnreadableError(Exception):
    """What was kept cannot be opened: the secret key is not the one it was sealed with, or it was altered."""


def seal(secret_key: bytes, purpose: str, content: bytes) -> bytes:
    """Return the content, sealed for this purpose (`totp:<user id>`)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret_key)).encrypt(nonce, content, purpose.encode())


def unseal(secret_key: bytes, purpose: str, sealed: bytes) -> bytes:
    """Return what was sealed for this purpose. Raises UnreadableError."""
    try:
        return AESGCM(_key(secret_key)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise UnreadableError(f"{purpose.partition(':')[0]}: sealed with another secret key, or altered") from error


def _key(secret_key: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"minixdr sealing v1").derive(secret_key)
