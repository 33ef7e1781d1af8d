"""How EVE records are told and named. Source: Suricata user guide 8, `EVE JSON format`; SigmaHQ's proxy, webserver, dns and firewall rules.

DNS comes in three versions: `rrname` (1 and 2), `queries` and `answers` (3). All give the rules' `query`, `record_type` and `answer`.
"""

from typing import Any

from minixdr.normalize.source import Shape
from minixdr.normalize.values import mapping, objects, text
from minixdr.normalize.web.request import target_fields
from minixdr.schema.event import LogSource
from minixdr.schema.record import JsonObject

KEYS = ("event_type",)
_TYPES = frozenset({
    "alert", "anomaly", "arp", "bittorrent_dht", "dcerpc", "dhcp", "dnp3", "dns", "drop", "enip", "fileinfo", "flow", "ftp", "ftp_data",
    "http", "http2", "ike", "krb5", "ldap", "mdns", "metadata", "modbus", "mqtt", "netflow", "nfs", "pgsql", "pop3", "quic", "rdp", "rfb",
    "sip", "smb", "smtp", "snmp", "ssh", "stats", "tftp", "tls", "websocket",
})  # fmt: skip
_ENDPOINTS = {"dst_ip": "dest_ip", "dst_port": "dest_port", "destination.port": "dest_port", "source.port": "src_port"}
_REQUEST = {**_ENDPOINTS, "c-ip": "src_ip", "s-ip": "dest_ip", "s-port": "dest_port"}
_FLOW = {**_ENDPOINTS, "protocol": "proto"}


def _is_eve(body: JsonObject) -> bool:
    if "timestamp" not in body or "firewall_name" in body:
        return False
    kind = body.get("event_type")
    if "flow_id" in body:
        return isinstance(kind, str) or ("src_ip" in body and "dest_ip" in body)
    if not isinstance(kind, str) or kind not in _TYPES:
        return False
    return isinstance(body.get(kind), dict) or "pcap_cnt" in body or (kind == "stats" and "uptime" in body)


def _fields(body: JsonObject) -> JsonObject:
    """Return the record with the names that rules of the categories webserver, proxy and dns use."""
    match body.get("event_type"):
        case "http" | "http2":
            return {**body, **_request_fields(mapping(body.get("http")))}
        case "dns":
            return {**body, **_query_fields(mapping(body.get("dns")))}
    return body


def _request_fields(http: JsonObject) -> JsonObject:
    host = text(http.get("hostname"))
    fields: dict[str, Any] = dict(target_fields(text(http.get("url")), host))
    fields["cs-host"] = fields["r-dns"] = host
    fields["cs-method"] = http.get("http_method")
    fields["sc-status"] = http.get("status")
    fields["c-useragent"] = fields["cs-user-agent"] = http.get("http_user_agent")
    fields["cs-referer"] = fields["cs-referrer"] = http.get("http_refer")
    fields["sc-bytes"] = http.get("length")
    return fields


def query_names(dns: JsonObject) -> list[str]:
    """Return the names asked for."""
    found = (
        [text(dns.get("rrname"))]
        if "rrname" in dns
        else [text(item.get("rrname")) for item in objects(dns.get("queries"))]
    )
    return [name for name in found if name is not None]


def query_types(dns: JsonObject) -> list[str]:
    """Return the record types asked for."""
    found = (
        [text(dns.get("rrtype"))]
        if "rrtype" in dns
        else [text(item.get("rrtype")) for item in objects(dns.get("queries"))]
    )
    return [kind for kind in found if kind is not None]


def answer_data(dns: JsonObject) -> list[str]:
    """Return what was answered: the data of each record."""
    found = [text(dns.get("rdata")), *(text(item.get("rdata")) for item in objects(dns.get("answers")))]
    return [data for data in found if data is not None]


def _query_fields(dns: JsonObject) -> JsonObject:
    names, kinds, answers = query_names(dns), query_types(dns), answer_data(dns)
    return {
        "query": names[0] if len(names) == 1 else names or None,
        "QNAME": names[0] if len(names) == 1 else names or None,
        "record_type": kinds[0] if len(kinds) == 1 else kinds or None,
        "answer": answers or None,
        "rcode": dns.get("rcode"),
    }


def log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    """Return the Sigma log sources of a record of this type."""
    kind = key[0] if isinstance(key[0], str) else "alert"
    match kind:
        case "http" | "http2":
            return tuple(LogSource(category, "suricata", kind, _REQUEST) for category in ("proxy", "webserver"))
        case "dns":
            return (LogSource("dns", "suricata", kind, _ENDPOINTS),)
        case "flow" | "netflow" | "drop":
            return (LogSource("firewall", "suricata", kind, _FLOW), LogSource(None, "suricata", "netflow", _FLOW))
    return (LogSource(None, "suricata", kind, _ENDPOINTS),)


def _is_network_firewall(body: JsonObject) -> bool:
    return "firewall_name" in body and isinstance(body.get("event"), dict) and _is_eve(body["event"])


def unwrapped(body: JsonObject) -> JsonObject:
    """Return the EVE record itself: AWS Network Firewall, which runs Suricata, puts it into `event`."""
    return mapping(body["event"]) if _is_network_firewall(body) else body


SHAPES = (
    Shape("eve", _is_eve, _fields),
    Shape("aws_network_firewall", _is_network_firewall, lambda body: _fields(unwrapped(body))),
)
