"""Time-based one-time passwords (RFC 6238): six digits, thirty seconds, SHA-1, as authenticator apps have them."""

import hmac
from datetime import datetime

import pyotp

_STEP_SECONDS = 30
_TOLERATED_STEPS = 1  # a clock that is up to half a minute off
_DIGITS = 6


def new_seed() -> str:
    """Return a new secret, base32, 160 bits."""
    return pyotp.random_base32()


def address(seed: str, email: str) -> str:
    """Return the `otpauth://` address that authenticator apps take (as a QR code)."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name="Mini-XDR")


def accepted_step(seed: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """Return the time step whose code this is; None where it is none, or one not later than `last_step`: a code is good once."""
    digits = code.replace(" ", "")
    if len(digits) != _DIGITS or not (digits.isascii() and digits.isdecimal()):
        return None
    password = pyotp.TOTP(seed, interval=_STEP_SECONDS)
    current = int(now.timestamp()) // _STEP_SECONDS
    found = None
    for step in range(current - _TOLERATED_STEPS, current + _TOLERATED_STEPS + 1):
        if hmac.compare_digest(password.generate_otp(step), digits):
            found = step
    return found if found is not None and (last_step is None or found > last_step) else None
