"""Suricata EVE record -> OCSF event.

Source: Suricata user guide 8. Alerts are Detection Findings of Suricata's, their connection in `evidences`; the rest are network activities.
Addresses are those of the packet or flow; names, URLs and user agents are what crossed the wire.
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.suricata.protocols import PROTOCOLS
from minixdr.normalize.suricata.shapes import unwrapped
from minixdr.normalize.values import mapping, put_endpoint, text, texts, whole
from minixdr.schema.event import Event, Value
from minixdr.schema.record import Record

_NAME = "suricata_eve"
_SEVERITIES = {1: 4, 2: 3, 3: 2, 4: 1}
"""alert.severity, where 1 is the worst -> OCSF."""
_CONFIDENCES = {"low": 1, "medium": 2, "high": 3}
_ACTIONS = {"allowed": (1, 1), "blocked": (2, 2)}
"""alert.action -> action_id, disposition_id."""
_FINDING, _NETWORK, _BASE = 2004, 4001, 0
_CREATE, _TRAFFIC, _OTHER = 1, 6, 99
_RULE = 1
_ELSEWHERE = (
    "src_endpoint.",
    "dst_endpoint.",
    "connection_info.",
    "http_request.",
    "http_response.",
    "query.",
    "tls.",
    "file.",
    "url.",
)


def normalize(record: Record) -> Event:
    """Return the event."""
    draft = Draft(record, _NAME, unwrapped(record.body))
    firewall = text(record.body.get("firewall_name"))
    if firewall is not None:
        draft.put("metadata.product.feature.name", "AWS Network Firewall")
        draft.put("metadata.product.feature.uid", firewall)
        draft.put("cloud.provider", "AWS")
        draft.put("cloud.zone", text(record.body.get("availability_zone")))
    kind = text(draft.take("event_type")) or "alert"
    draft.put("metadata.product.name", "Suricata")
    draft.put("metadata.product.vendor_name", "Open Information Security Foundation")
    draft.put("metadata.log_name", kind)
    draft.put("metadata.sequence", whole(draft.take("pcap_cnt")))
    draft.put("metadata.correlation_uid", text(draft.take("flow_id")))
    sensor = text(draft.take("host"))
    draft.put("metadata.loggers.name", None if sensor is None else [sensor])
    time = parse_time(draft.take("timestamp"))
    connected = _put_connection(draft)
    if kind == "alert":
        return draft.event(_FINDING, _CREATE, time, severity_id=_put_alert(draft))
    reader = PROTOCOLS.get(kind)
    if reader is not None and isinstance(draft.fields.get(kind), dict):
        class_uid, activity_id = reader(draft)
    elif connected:
        draft.put("app_protocol_name", text(draft.take("app_proto")) or kind)
        class_uid, activity_id = _NETWORK, _TRAFFIC
    else:
        class_uid, activity_id = _BASE, _OTHER
        draft.put("activity_name", kind)
    if class_uid in _WITHOUT_CONNECTION:
        for name in [name for name in draft.attributes if name.startswith("connection_info.")]:
            del draft.attributes[name]
    return draft.event(class_uid, activity_id, time)


_WITHOUT_CONNECTION = frozenset({0, 3002, 4009})


def _put_connection(draft: Draft) -> bool:
    source, target = draft.take("src_ip"), draft.take("dest_ip")
    if source is None and target is None:
        return False
    put_endpoint(draft, "src_endpoint", source, draft.take("src_port"))
    put_endpoint(draft, "dst_endpoint", target, draft.take("dest_port"))
    protocol = text(draft.take("proto"))
    draft.put("connection_info.protocol_name", protocol.lower() if protocol else None)
    draft.put("connection_info.uid", text(draft.fields.get("flow_id")))
    draft.put("connection_info.community_uid", text(draft.take("community_id")))
    return True


def _put_alert(draft: Draft) -> int:
    """Set the finding and return its severity."""
    title = text(draft.take("alert.signature")) or "Suricata alert"
    uid = text(draft.take("alert.signature_id")) or "unknown"
    draft.put("finding_info.title", title)
    draft.put("finding_info.uid", uid)
    draft.put("finding_info.analytic.name", title)
    draft.put("finding_info.analytic.uid", uid)
    draft.put("finding_info.analytic.version", text(draft.take("alert.rev")))
    draft.put("finding_info.analytic.category", text(draft.take("alert.category")))
    draft.put("finding_info.analytic.type_id", _RULE)
    draft.put("message", title)
    draft.put("is_alert", value=True)
    metadata = mapping(mapping(draft.fields.get("alert")).get("metadata"))
    _put_attack(draft, texts(metadata.get("mitre_tactic_id")), texts(metadata.get("mitre_technique_id")))
    confidence = [_CONFIDENCES.get(word.lower()) for word in texts(metadata.get("confidence"))]
    draft.put("confidence_id", confidence[0] if confidence else None)
    action = _ACTIONS.get((text(draft.take("alert.action")) or "").lower())
    if action is not None:
        draft.put("action_id", action[0])
        draft.put("disposition_id", action[1])
    _put_protocol_evidence(draft)
    return _SEVERITIES.get(whole(draft.take("alert.severity")) or 0, 2)


def _put_attack(draft: Draft, tactics: list[str], techniques: list[str]) -> None:
    if len(tactics) == len(techniques):
        draft.put("finding_info.attacks.tactic.uid", list(tactics))
        draft.put("finding_info.attacks.technique.uid", list(techniques))


def _put_protocol_evidence(draft: Draft) -> None:
    """Read what the alert carries of its protocol, and set it with the connection as the finding's evidence."""
    for kind in ("http", "dns", "tls"):
        if isinstance(draft.fields.get(kind), dict):
            PROTOCOLS[kind](draft)
    kept: dict[str, Value] = {}
    for name in [name for name in draft.attributes if name.startswith(_ELSEWHERE)]:
        value = draft.attributes.pop(name)
        if not isinstance(value, list):
            kept[name] = value
    for name in [
        name for name in draft.attributes if name in _OF_ACTIVITIES or name.startswith(("answers.", "traffic."))
    ]:
        del draft.attributes[name]
    for name, value in kept.items():
        draft.put(f"evidences.{name}", [value])


_OF_ACTIVITIES = frozenset(
    {
        "rcode",
        "rcode_id",
        "status_id",
        "status_code",
        "status_detail",
        "app_protocol_name",
        "duration",
        "transaction_id",
    }
)
"""What readers of protocols set and a finding means otherwise or has not."""
