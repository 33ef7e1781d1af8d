"""Service levels: by when an incident of a severity is to be responded to, and to be closed."""

from collections.abc import Mapping
from typing import Any

import msgspec

from minixdr.schema.finding import LEVELS


class ServiceLevel(msgspec.Struct, frozen=True):
    """Minutes from when the incident was opened; None: no deadline."""

    respond_minutes: int | None
    """Until somebody takes it on: it leaves `new`."""
    close_minutes: int | None
    """Until it is resolved or closed."""


_HOUR, _DAY = 60, 24 * 60
DEFAULTS: Mapping[str, ServiceLevel] = {
    "critical": ServiceLevel(15, 4 * _HOUR),
    "high": ServiceLevel(_HOUR, _DAY),
    "medium": ServiceLevel(4 * _HOUR, 3 * _DAY),
    "low": ServiceLevel(_DAY, 7 * _DAY),
    "informational": ServiceLevel(None, None),
}
"""What holds until an organization says otherwise."""
KEY = "service_levels"
"""Where they are in an organization's settings."""


def service_levels_of(settings: Mapping[str, Any]) -> dict[str, ServiceLevel]:
    """Return the levels of an organization with these settings, by severity, the worst first."""
    own = msgspec.convert(settings.get(KEY, {}), dict[str, ServiceLevel])
    return {severity: own.get(severity, DEFAULTS[severity]) for severity in reversed(LEVELS)}
