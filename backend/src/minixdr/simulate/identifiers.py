"""Identifiers in the writing of those who give them: AWS, Kubernetes, Windows. All drawn from the seed; none is anybody's.

Sources: AWS IAM user guide "IAM identifiers" (prefixes AKIA, ASIA, AIDA, AROA), EC2 resource ids of 17 hex digits, RFC 4122.
"""

from random import Random

_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_POD_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes leaves out vowels and what looks alike


def uuid(rng: Random) -> str:
    """Return a random UUID of version 4."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def resource(rng: Random, prefix: str) -> str:
    """Return an EC2 resource id: prefix and 17 hex digits."""
    return f"{prefix}-0{rng.getrandbits(64):016x}"


def key(rng: Random, prefix: str) -> str:
    """Return an IAM unique id or access key id: prefix and 16 letters, EXAMPLE among them, so that it is nobody's."""
    return prefix + "EXAMPLE" + "".join(rng.choices(_KEY_LETTERS, k=9))


def token(rng: Random, length: int) -> str:
    """Return small letters and digits."""
    return "".join(rng.choices(_LETTERS, k=length))


def pod_suffix(rng: Random) -> str:
    """Return the end of a ReplicaSet pod's name."""
    return f"{''.join(rng.choices(_POD_LETTERS, k=9))}-{''.join(rng.choices(_POD_LETTERS, k=5))}"


def sha256(rng: Random) -> str:
    """Return 64 hex digits."""
    return f"{rng.getrandbits(256):064x}"


def guid(rng: Random) -> str:
    """Return a Windows GUID in braces."""
    return "{" + uuid(rng) + "}"
