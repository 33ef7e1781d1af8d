"""Matches -> findings."""

from collections.abc import Iterator
from hashlib import blake2b

from minixdr.detect.kinds.indicator.index import OWN, Indicators, Match, Origin
from minixdr.schema.event import Event
from minixdr.schema.finding import Analytic, Finding

_LEVELS = {"address": "medium", "network": "medium", "email": "medium"}
"""Addresses change hands and senders are forged; a URL, domain or digest stays what it was."""
_LEVEL = "high"
_TITLES = {
    "address": "Address", "network": "Address in a network", "domain": "Domain", "url": "URL", "file_hash": "File hash", "email": "Email address",
}  # fmt: skip


def findings(indicators: Indicators, event: Event) -> Iterator[Finding]:
    """Yield a finding for each indicator the event holds, whatever number of its fields hold it."""
    told: dict[str, Match] = {}
    fields: dict[str, dict[str, str]] = {}
    for match in indicators.match(event):
        told.setdefault(match.indicator, match)
        fields.setdefault(match.indicator, {})[match.observable.name] = match.observable.value
    for indicator, match in told.items():
        yield _finding(event, match, fields[indicator])


def analytics(indicators: Indicators) -> tuple[Analytic, ...]:
    """Return what may produce findings: one analytic for each list and kind of indicator."""
    return tuple(dict.fromkeys(_analytic(origin) for origin in indicators.origins))


def own_analytics() -> tuple[Analytic, ...]:
    """Return what an organization's own indicators may give findings of: one analytic for each kind."""
    return tuple(_analytic(Origin(OWN, kind)) for kind in _TITLES)


def indicator_id(kind: str, text: str) -> str:
    """Return 32 hex digits of an own indicator: of its kind, and its value in its one writing."""
    digest = blake2b(kind.encode() + b"\0", digest_size=16)
    digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _analytic(origin: Origin) -> Analytic:
    if origin.list_name == OWN:
        return Analytic(
            rule_id=f"own-indicator:{origin.kind}",
            title=f"{_TITLES.get(origin.kind, origin.kind)} among own indicators",
            kind="indicator",
            level=origin.level or _LEVELS.get(origin.kind, _LEVEL),
            description="A value of the event is an indicator that the organization entered.",
        )
    return Analytic(
        rule_id=f"indicator:{origin.list_name}:{origin.kind}",
        title=f"{_TITLES.get(origin.kind, origin.kind)} on the list {origin.list_name}",
        kind="indicator",
        level=_LEVELS.get(origin.kind, _LEVEL),
        description=f"A value of the event is an indicator of the list {origin.list_name}.",
        path=origin.list_name,
    )


def _finding(event: Event, match: Match, fields: dict[str, str]) -> Finding:
    analytic = _analytic(match.origins[0])
    matched = dict(fields)
    matched["indicator"] = match.indicator
    if match.origins[0].list_name == OWN:
        matched["indicator_id"] = indicator_id(match.origins[0].kind, match.indicator)
    else:
        matched["list"] = ", ".join(dict.fromkeys(each.list_name for each in match.origins))
    described = next((each.description for each in match.origins if each.description), "")
    if described:
        matched["description"] = described
    digest = blake2b(digest_size=16)
    for part in (analytic.rule_id, match.indicator, event.event_id):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return Finding(
        finding_id=digest.hexdigest(),
        analytic=analytic,
        time=event.time,
        event_ids=(event.event_id,),
        file=event.record.file,
        record=event.record.number,
        source=event.source,
        matched=matched,
        entities=event.entities,
        event=event,
    )
