"""The HTTP doors: where records come in. Each module is one protocol; `gate.py` is what they share."""

from starlette.routing import BaseRoute

from minixdr.api.doors import bulk, hec, native, otlp
from minixdr.api.doors.gate import Gate
from minixdr.api.doors.health import LogHealth


def doors(gate: Gate) -> list[BaseRoute]:
    """Return the routes of all doors. They are no operations of the API: no `/api/v1`, no OpenAPI, tokens of their own (`mxi_...`)."""
    health = LogHealth(gate)
    return [*native.routes(gate), *hec.routes(gate, health), *otlp.routes(gate), *bulk.routes(gate, health)]
