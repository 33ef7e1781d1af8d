"""Checkpoints of the audit log: its head signed now and then, and the whole of it verified.

Ed25519 (RFC 8032) by a key derived from the platform's secret key (HKDF, RFC 5869). Who can write to the database but does not have that key
cannot rewrite what was signed. What this cannot show: entries cut off the end since the last checkpoint. So keep a verdict's `head` elsewhere.
"""

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from minixdr.app.platform import Platform
from minixdr.ports.database import Scope
from minixdr.ports.stores.audit import AuditVerdict

_KEY_BYTES = 32


class AuditKey:
    """Implements ports.stores.audit.Signer."""

    def __init__(self, secret_key: bytes) -> None:
        derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"minixdr audit checkpoints v1").derive(secret_key)
        self._private = Ed25519PrivateKey.from_private_bytes(derived)
        self._public = self._private.public_key()
        self.key_id = sha256(self._public.public_bytes_raw()).hexdigest()[:16]
        """First 16 hex digits of the public key's SHA-256."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        return self._private.sign(message)

    def holds(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Return whether the signature is of this message, by this key."""
        if key_id != self.key_id:
            return False
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


async def verify(platform: Platform, scope: Scope) -> AuditVerdict:
    """Return whether the audit log of the scope's organization is whole."""
    async with platform.database.transaction(scope) as tx:
        return await tx.audit.verify(AuditKey(platform.secret_key))


async def sign_heads(platform: Platform) -> int:
    """Sign the head of each organization's audit log that grew since the last time, and return how many did. A worker calls it every hour."""
    key = AuditKey(platform.secret_key)
    async with platform.database.transaction(Scope(system=True)) as tx:
        organizations = await tx.organizations.all()
    signed = 0
    for organization in organizations:
        async with platform.database.transaction(Scope(organization.id)) as tx:
            signed += await tx.audit.checkpoint(key, platform.now()) is not None
    return signed
