r"""Access and connection logs of Elastic Load Balancing -> their fields.

Sources: Elastic Load Balancing user guides, `Access logs for your Application Load Balancer`, `Connection logs`, `Access
logs for your Network Load Balancer` (TLS listeners), `... Classic Load Balancer`. Columns that come after those known are
kept. The load balancer writes quotes in what the client sent as `\x22`, so columns cannot be forged; what stands in the
request, user agent, host and trace id is still the client's.
"""

import re
from collections.abc import Mapping
from typing import Any

from minixdr.normalize.aws.text_line import columns
from minixdr.schema.record import JsonObject

_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?"
_APPLICATION = re.compile(rf"(?:https?|h2|grpcs|wss?) {_STAMP} \S+ ")
_NETWORK = re.compile(rf"tls \d\.\d {_STAMP} ")
_CLASSIC = re.compile(rf"{_STAMP} \S+ \S+:\d{{1,5}} (?:\S+:\d{{1,5}}|-) -?[\d.]+ -?[\d.]+ -?[\d.]+ ")
_CONNECTION = re.compile(rf"{_STAMP} [0-9A-Fa-f.:]{{3,45}} \d{{1,5}} \d{{1,5}} (?:TLSv\S+|-) \S+ ")
_COLUMNS = {
    "application": (
        "type", "time", "elb", "client:port", "target:port", "request_processing_time", "target_processing_time",
        "response_processing_time", "elb_status_code", "target_status_code", "received_bytes", "sent_bytes", "request", "user_agent",
        "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name", "chosen_cert_arn", "matched_rule_priority",
        "request_creation_time", "actions_executed", "redirect_url", "error_reason", "target:port_list", "target_status_code_list",
        "classification", "classification_reason", "conn_trace_id", "transformed_host", "transformed_uri", "request_transform_status",
    ),
    "network": (
        "type", "version", "time", "elb", "listener", "client:port", "destination:port", "connection_time", "tls_handshake_time",
        "received_bytes", "sent_bytes", "incoming_tls_alert", "chosen_cert_arn", "chosen_cert_serial", "ssl_cipher", "ssl_protocol",
        "tls_named_group", "domain_name", "alpn_fe_protocol", "alpn_be_protocol", "alpn_client_preference_list",
        "tls_connection_creation_time",
    ),
    "classic": (
        "time", "elb", "client:port", "target:port", "request_processing_time", "target_processing_time", "response_processing_time",
        "elb_status_code", "target_status_code", "received_bytes", "sent_bytes", "request", "user_agent", "ssl_cipher", "ssl_protocol",
    ),
    "connection": (
        "time", "client_ip", "client_port", "listener_port", "ssl_protocol", "ssl_cipher", "tls_handshake_latency",
        "leaf_client_cert_subject", "leaf_client_cert_validity", "leaf_client_cert_serial_number", "tls_verify_status", "conn_trace_id",
    ),
}  # fmt: skip
_TESTS = (("application", _APPLICATION), ("network", _NETWORK), ("classic", _CLASSIC), ("connection", _CONNECTION))
_ENDS = {"client:port": "client", "target:port": "target", "destination:port": "target"}
_REQUEST = re.compile(r"(\S{1,32}) (.*?)(?: (HTTP/\d{1,2}(?:\.\d{1,2})?|-))?\Z", re.DOTALL)
_ATHENA = {"request_verb": "method", "request_url": "url", "request_proto": "protocol", "target_ip": "target_ip"}
_MORE = "more"


def kind_of(line: str) -> str | None:
    """Return `application`, `network`, `classic` or `connection`; None where the line is no load balancer's."""
    return next((kind for kind, test in _TESTS if test.match(line) is not None), None)


def is_columns(body: JsonObject) -> bool:
    """Return whether the body has the columns of an Athena table of these logs."""
    return "elb" in body and "client_ip" in body and ("request_url" in body or "elb_status_code" in body)


def parse_line(line: str) -> dict[str, Any]:
    """Return the line's columns by name, client and target parted into address and port, the request into its parts."""
    kind = kind_of(line)
    if kind is None:
        return {}
    names, values = _COLUMNS[kind], columns(line)
    fields: dict[str, Any] = {"log": kind}
    for name, value in zip(names, values, strict=False):
        if name in _ENDS:
            host, _, port = value.rpartition(":")
            fields[f"{_ENDS[name]}_ip"] = host.strip("[]") or value
            fields[f"{_ENDS[name]}_port"] = port
        elif value != "-":
            fields[name] = value
    if len(values) > len(names):
        fields[_MORE] = values[len(names) :]
    _read_request(fields)
    return fields


def _read_request(fields: dict[str, Any]) -> None:
    request = fields.pop("request", None)
    found = _REQUEST.match(request) if isinstance(request, str) else None
    if found is None:
        if request is not None:
            fields["doubt-request"] = request
        return
    if found[1] != "-":
        fields["method"] = found[1]
    url = found[2] if found[1] != "-" else found[2].removesuffix("-")  # `-` stands for a path that could not be read
    if url.rstrip(" -"):
        fields["url"] = url
    if found[3] not in (None, "-"):
        fields["protocol"] = found[3]


def parse_columns(body: JsonObject) -> dict[str, Any]:
    """Return an Athena table's row under the same names."""
    fields = {_ATHENA.get(name, name): value for name, value in body.items() if value not in ("-", "")}
    return {"log": "application", **fields}


def line_of(body: Mapping[str, Any]) -> str:
    """Return the body's only text, "" where it has none or more."""
    message = body.get("message")
    return message if isinstance(message, str) and len(body) == 1 else ""
