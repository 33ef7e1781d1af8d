"""One-time passwords: the RFC's own vectors, a clock that is off, a code that is used twice."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from minixdr.app.totp import accepted_step, address, new_seed

RFC_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", RFC 6238 appendix B
NOW = datetime(2026, 3, 2, 10, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_standards_codes_are_accepted(seconds: int, code: str) -> None:
    """RFC 6238's test vectors, their last six digits."""
    assert accepted_step(RFC_SEED, code, datetime.fromtimestamp(seconds, UTC), None) == seconds // 30


def test_a_code_is_good_once() -> None:
    """The step that was used, and those before it, are refused."""
    seed = new_seed()
    code = pyotp.TOTP(seed).at(NOW)
    step = accepted_step(seed, code, NOW, None)
    assert step is not None
    assert accepted_step(seed, code, NOW, step) is None
    assert accepted_step(seed, pyotp.TOTP(seed).at(NOW - timedelta(seconds=30)), NOW, step) is None
    assert accepted_step(seed, pyotp.TOTP(seed).at(NOW + timedelta(seconds=30)), NOW, step) == step + 1


@pytest.mark.parametrize("seconds_off", [-90, -61, 61, 90])
def test_an_old_or_early_code_is_refused(seconds_off: int) -> None:
    """Half a minute is tolerated, a minute is not."""
    seed = new_seed()
    assert accepted_step(seed, pyotp.TOTP(seed).at(NOW + timedelta(seconds=seconds_off)), NOW, None) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "12 34 5", "\ud80012345"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    """Six ASCII digits, or nothing."""
    assert accepted_step(RFC_SEED, typed, NOW, None) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    """Apps show `123 456`."""
    assert accepted_step(RFC_SEED, "287 082", datetime.fromtimestamp(59, UTC), None) == 1


def test_apps_get_an_address() -> None:
    """The otpauth address names the platform and the person."""
    assert address(RFC_SEED, "ann@example.com").startswith(
        f"otpauth://totp/Mini-XDR:ann%40example.com?secret={RFC_SEED}"
    )
