"""Own indicators."""

from uuid import uuid4

from minixdr.app.own_indicators import new_indicator
from minixdr.ports.stores.indicators import IndicatorText
from tests.api import World
from tests.security.isolation import Entry

_ANY = {"If-Match": "*"}


def _name(word: str = "new") -> str:
    return f"{uuid4().hex}.{word}.example"


async def _indicator(world: World) -> str:
    new = new_indicator(_name("canary"), None, IndicatorText(title="canary", level="high", source="canary"))
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        await tx.indicators.add([new], "user:1", replace=False)
    return new.indicator_id


def _by_id(made: str) -> dict[str, str]:
    return {"indicator_id": made}


ENTRIES = [
    Entry("listIndicators", _indicator, own=True),
    Entry("getIndicatorSummary", _indicator, own=True),
    Entry("createIndicator", own=True, body=lambda _: {"value": _name()}),
    Entry("importIndicators", own=True, body=lambda _: {"content": f"{_name()}\n{_name()}\n"}),
    Entry("removeIndicators", _indicator, own=True, body=lambda made: {"ids": [made]}),
    Entry("getIndicator", _indicator, path=_by_id),
    Entry("changeIndicator", _indicator, path=_by_id, body=lambda _: {"title": "new"}, headers=lambda _: _ANY),
    Entry("removeIndicator", _indicator, path=_by_id),
]
