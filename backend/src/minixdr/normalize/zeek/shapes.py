"""How Zeek's records are written, and which log a record belongs to.

Shapes: `tagged`, the log's name in `_path` (TSV's #path, json-streaming-logs, Corelight, Zui); `plain`, default JSON logs, which do not say their
log's name: it is read off the fields that only that log has; `underscored`, connection ids as `id_orig_h` (Security Onion, Splunk, `@stream`).
Source: the log references of docs.zeek.org, version 7. A log from a script of the site's own is Zeek's if it has a connection id.
"""

from typing import Any

from minixdr.normalize.source import Shape
from minixdr.normalize.values import text
from minixdr.normalize.web.request import target_fields
from minixdr.schema.record import JsonObject

_SIGNATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("conn", ("conn_state",)),
    ("dns", ("trans_id", "rejected")),
    ("dns", ("trans_id", "proto")),
    ("smtp", ("trans_depth", "helo")),
    ("smtp", ("trans_depth", "last_reply")),
    ("sip", ("request_path",)),
    ("http", ("trans_depth",)),
    ("ssl", ("established",)),
    ("intel", ("seen.indicator",)),
    ("files", ("fuid", "depth")),
    ("notice", ("note", "actions")),
    ("kerberos", ("request_type",)),
    ("dce_rpc", ("endpoint", "operation")),
    ("smb_mapping", ("share_type",)),
    ("smb_files", ("action", "name")),
    ("rdp", ("cert_count",)),
    ("rdp", ("security_protocol",)),
    ("ssh", ("auth_attempts",)),
    ("ssh", ("kex_alg",)),
    ("ntlm", ("domainname",)),
    ("ntlm", ("server_nb_computer_name",)),
    ("rfb", ("client_major_version",)),
    ("tunnel", ("tunnel_type",)),
    ("dhcp", ("msg_types",)),
    ("ftp", ("command", "user")),
    ("modbus", ("func",)),
    ("dnp3", ("fc_request",)),
    ("dnp3", ("fc_reply",)),
    ("mysql", ("cmd", "arg")),
    ("ntp", ("stratum",)),
    ("snmp", ("community",)),
    ("snmp", ("get_requests",)),
    ("socks", ("bound_p",)),
    ("socks", ("request_p",)),
    ("mqtt_connect", ("connect_status",)),
    ("mqtt_subscribe", ("qos_levels",)),
    ("mqtt_publish", ("topic", "payload_len")),
    ("syslog", ("facility", "severity")),
    ("ldap", ("message_id", "opcode")),
    ("ldap_search", ("message_id", "scope")),
    ("radius", ("result", "username")),
    ("ocsp", ("certStatus",)),
    ("x509", ("certificate.serial",)),
    ("pe", ("machine", "compile_ts")),
    ("software", ("software_type",)),
    ("analyzer", ("analyzer_kind",)),
    ("dpd", ("analyzer", "failure_reason")),
    ("weird", ("name", "notice")),
    ("arp", ("orig_hw", "resp_hw")),
    ("known_services", ("host", "port_num")),
    ("known_certs", ("host", "issuer_subject")),
    ("known_hosts", ("host",)),
    ("capture_loss", ("percent_lost",)),
    ("stats", ("pkts_proc",)),
    ("packet_filter", ("filter", "init")),
    ("reporter", ("level", "location")),
)
"""Log, and the fields that tell it; the first that fits."""
_ALONE = frozenset({
    "intel", "files", "notice", "dhcp", "ocsp", "x509", "pe", "software", "arp", "capture_loss", "stats", "packet_filter", "weird",
})  # fmt: skip
"""Logs whose fields are so much Zeek's own that they are told without a connection id."""
_STREAM = "@stream"


def log_of(body: JsonObject) -> str | None:
    """Return the name of the log that has these fields."""
    for log, names in _SIGNATURES:
        if names[0] in body and (len(names) == 1 or names[1] in body):
            return log
    return None


def _is_tagged(body: JsonObject) -> bool:
    return isinstance(body.get("_path"), str) and _STREAM not in body


def _is_plain(body: JsonObject) -> bool:
    if "ts" not in body or "_path" in body or _STREAM in body:
        return "name" in body and len(body) == 1 and _is_script(body["name"])
    if "id.orig_h" in body:
        return True
    if "id_orig_h" in body and "id_resp_h" in body:
        return False
    identity = body.get("id")
    return (isinstance(identity, dict) and "orig_h" in identity) or log_of(body) in _ALONE


def _is_script(name: Any) -> bool:
    return isinstance(name, str) and name.endswith((".zeek", ".bro"))


def _is_underscored(body: JsonObject) -> bool:
    return "ts" in body and "_path" not in body and (_STREAM in body or ("id_orig_h" in body and "id_resp_h" in body))


def plain(body: JsonObject) -> JsonObject:
    """Return the record under Zeek's own field names, its log's name in `_path`."""
    if "_path" in body:
        return body
    if "id_orig_h" in body or _STREAM in body:
        named = {f"id.{name[3:]}" if name in _IDENTITY else name: value for name, value in body.items()}
        named["_path"] = body.get(_STREAM) or log_of(named)
        return named
    return {**body, "_path": log_of(body) or ("loaded_scripts" if _is_script(body.get("name")) else None)}


_IDENTITY = frozenset({"id_orig_h", "id_orig_p", "id_resp_h", "id_resp_p"})


def fields(body: JsonObject) -> JsonObject:
    """Return the record as rules name it: Zeek's names, and for requests those of Sigma's webserver and proxy rules."""
    named = plain(body)
    if named["_path"] == "http" and isinstance(named.get("uri"), str):
        return {**named, **target_fields(named["uri"], text(named.get("host")))}
    return named


SHAPES = (
    Shape("tagged", _is_tagged, fields),
    Shape("plain", _is_plain, fields),
    Shape("underscored", _is_underscored, fields),
)
