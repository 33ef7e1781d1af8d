"""Amazon VPC flow logs: who spoke to whom, how much, and whether security groups and network ACLs let it.

Source: VPC user guide, `Flow log records`, versions 2 to 10. Attributes: OCSF Network Activity. Addresses are those of the
packets where the log has them (`pkt-srcaddr`), else those at the interface. A record with NODATA or SKIPDATA tells of no
traffic and is no event. The interface, instance and subnet are the source's in an egress flow and the destination's in an
ingress flow; without a direction nothing says whose. A packet's source address can be forged where no connection was made: a
rejected flow, or one without a TCP handshake, does not prove who sent it.
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.cloud import put_cloud
from minixdr.normalize.aws.flow_fields import SHAPES, fields_of
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import address, put_endpoint, text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "aws_vpcflow"
_NETWORK = 4001
_TRAFFIC, _REFUSE = 6, 5
_ACTIONS = {"ACCEPT": (1, 1), "REJECT": (2, 2)}
"""action -> action_id, disposition_id."""
_DIRECTIONS = {"ingress": 1, "egress": 2}
_PROTOCOLS = {
    1: "icmp",
    2: "igmp",
    6: "tcp",
    17: "udp",
    41: "ipv6",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "ipv6-icmp",
    132: "sctp",
}
"""IANA protocol number -> name."""
_TCP = 6
_SYN = 2
"""The only flag of a flow: AWS reports ACK beside SYN alone, so the side that opened a connection shows SYN, then FIN or RST."""
_FIRST_BOUNDARY = 3
"""OCSF's boundaries 4 to 11 are AWS's traffic paths 1 to 8, in order."""
_LAST_PATH = 8
_VERSIONS = {"IPv4": 4, "IPv6": 6}
_RULE_NAMES = {
    "src_ip": "srcaddr", "dst_ip": "dstaddr", "src_port": "srcport", "dst_port": "dstport", "SourceIp": "srcaddr",
    "DestinationIp": "dstaddr", "SourcePort": "srcport", "DestinationPort": "dstport",
    "account_id": "account-id", "interface_id": "interface-id", "log_status": "log-status", "flow_direction": "flow-direction",
    "instance_id": "instance-id", "vpc_id": "vpc-id", "subnet_id": "subnet-id", "tcp_flags": "tcp-flags",
    "pkt_srcaddr": "pkt-srcaddr", "pkt_dstaddr": "pkt-dstaddr", "traffic_path": "traffic-path",
}  # fmt: skip


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME, fields_of(record.body))
    status = text(draft.take("log-status"))
    if status in ("NODATA", "SKIPDATA"):
        raise NotAnEvent(f"{status}: the record tells of no traffic")
    put_cloud(draft, "Amazon VPC", draft.take("account-id"), draft.take("region"))
    draft.put("metadata.product.feature.name", "Flow Logs")
    draft.put("metadata.product.version", text(draft.take("version")))
    draft.put("cloud.zone", text(draft.take("az-id")))
    draft.put("status_code", status)
    _put_ends(draft)
    _put_place(draft)
    _put_connection(draft)
    action = text(draft.take("action"))
    if action in _ACTIONS:
        draft.put("action_id", _ACTIONS[action][0])
        draft.put("disposition_id", _ACTIONS[action][1])
    draft.put("traffic.bytes", whole(draft.take("bytes")))
    draft.put("traffic.packets", whole(draft.take("packets")))
    start, end = parse_time(draft.take("start")), parse_time(draft.take("end"))
    draft.put("start_time", None if start is None else round(start.timestamp() * 1000))
    draft.put("end_time", None if end is None else round(end.timestamp() * 1000))
    if start is not None and end is not None and end >= start:
        draft.put("duration", round((end - start).total_seconds() * 1000))
    time = start or end or parse_time(draft.take("timestamp"))
    return draft.event(_NETWORK, _REFUSE if action == "REJECT" else _TRAFFIC, time)


def _put_ends(draft: Draft) -> None:
    """Set both ends: the packet's addresses, and the interface's where they differ (NAT gateways, load balancers)."""
    for end, prefix in (("src_endpoint", "src"), ("dst_endpoint", "dst")):
        packet, interface = draft.take(f"pkt-{prefix}addr"), draft.take(f"{prefix}addr")
        true = address(packet)
        put_endpoint(draft, end, interface if true is None else packet, draft.take(f"{prefix}port"))
        if true is not None and address(interface) not in (true, None):
            draft.put(f"{end}.intermediate_ips", [str(address(interface))])
        draft.put(f"{end}.svc_name", text(draft.take(f"pkt-{prefix}-aws-service")))


def _put_place(draft: Draft) -> None:
    direction = text(draft.take("flow-direction"))
    draft.put("connection_info.direction_id", _DIRECTIONS.get(direction or "", 0))
    if direction not in _DIRECTIONS:
        return
    end = "src_endpoint" if direction == "egress" else "dst_endpoint"
    names = {
        "interface-id": "interface_uid",
        "instance-id": "instance_uid",
        "subnet-id": "subnet_uid",
        "vpc-id": "vpc_uid",
    }
    for name, attribute in names.items():
        draft.put(f"{end}.{attribute}", text(draft.take(name)))


def _put_connection(draft: Draft) -> None:
    protocol = whole(draft.take("protocol"))
    draft.put("connection_info.protocol_num", protocol)
    draft.put("connection_info.protocol_name", _PROTOCOLS.get(protocol) if protocol is not None else None)
    draft.put("connection_info.protocol_ver_id", _VERSIONS.get(text(draft.take("type")) or "") or _version(draft))
    flags = whole(draft.take("tcp-flags"))
    if protocol == _TCP:
        draft.put("connection_info.tcp_flags", flags)
    path = whole(draft.take("traffic-path"))
    if path is not None and 1 <= path <= _LAST_PATH:
        draft.put("connection_info.boundary_id", path + _FIRST_BOUNDARY)
    draft.put("status_detail", text(draft.take("reject-reason")))
    if draft.fields.get("action") == "REJECT" or (protocol == _TCP and flags == _SYN):
        draft.doubt_kept(
            "src_endpoint.ip", "nothing shows that a connection was made: the source address may be forged"
        )


def _version(draft: Draft) -> int | None:
    """Return the IP version of the source's address: older flows have no type."""
    source = draft.attributes.get("src_endpoint.ip")
    return (6 if ":" in source else 4) if isinstance(source, str) else None


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource("firewall", "aws", "vpcflow", _RULE_NAMES),)


SOURCE = Source(
    name=_NAME,
    title="Amazon VPC flow logs",
    formats=frozenset({"vpcflow", "json", "csv", "text"}),
    shapes=SHAPES,
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
