"""A record's identity: the same record read again, from anywhere, has the same id."""

from functools import lru_cache
from hashlib import blake2b


def identify(organization_id: str, source: str, native_id: str | None, raw: bytes, beside: str = "") -> str:
    """Return 32 hex digits: blake2b-128 of organization, source and the native id, else of the raw bytes and what was said beside them.

    The parts are length-prefixed, so no two different triples share a text.
    """
    digest = _begun(organization_id, source, "native" if native_id is not None else "raw").copy()
    digest.update(raw if native_id is None else native_id.encode("utf-8", "surrogatepass"))
    if beside and native_id is None:
        digest.update(b"\x00beside\x00" + beside.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


@lru_cache(maxsize=1_024)
def _begun(*parts: str) -> blake2b:
    """Return the digest of what comes first: the same for all records of a source."""
    digest = blake2b(digest_size=16)
    for part in parts:
        text = part.encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(4, "big") + text)
    return digest
