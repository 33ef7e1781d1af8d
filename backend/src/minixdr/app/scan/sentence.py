"""What happened, in one line built from the event: who did what to whom, from where.

In: a finding. Out: a text for a table or a list; the values in it are the record's, and may be an attacker's.
"""

from collections.abc import Callable, Mapping
from typing import Any

from minixdr.schema.finding import Finding

_LONGEST = 240
Attributes = Mapping[str, Any]


def sentence_of(finding: Finding) -> str:
    """Return the sentence; the matched values where the event's class has no sentence of its own."""
    attributes: Attributes = {} if finding.event is None else finding.event.attributes
    build = _BUILDERS.get(attributes.get("class_uid", -1), _api if "api.operation" in attributes else None)
    text = build(attributes) if build is not None else None
    if not text:
        text = ", ".join(f"{name}: {_first(value)}" for name, value in finding.matched.items())
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _first(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return _first(value[0]) + (f" (+{len(value) - 1})" if len(value) > 1 else "") if value else ""
    return str(value)


def _get(attributes: Attributes, *paths: str) -> str:
    for path in paths:
        value = attributes.get(path)
        if value not in (None, "", []):
            return _first(value)
    return ""


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _labeled(label: str, value: str) -> str:
    return f"{label} {value}" if value else ""


def _who(attributes: Attributes) -> str:
    return _get(attributes, "actor.user.name", "actor.user.uid", "actor.user.email_addr", "actor.session.issuer")


def _from(attributes: Attributes) -> str:
    return _labeled("from", _get(attributes, "src_endpoint.ip", "src_endpoint.hostname"))


def _host(attributes: Attributes) -> str:
    return _labeled("on", _get(attributes, "device.hostname", "device.ip"))


def _api(attributes: Attributes) -> str:
    service, operation = _get(attributes, "api.service.name"), _get(attributes, "api.operation")
    called = f"{service.removesuffix('.amazonaws.com')}:{operation}" if service else operation
    error = _get(attributes, "api.response.error")
    target = _get(attributes, "resources.uid", "resources.name", "resource.uid", "resource.name")
    return _join(
        _who(attributes) or "someone",
        "called",
        called,
        _labeled("on", target),
        _from(attributes),
        _labeled("and got", error),
    )


def _process(attributes: Attributes) -> str:
    command = _get(attributes, "process.cmd_line", "process.file.path", "process.name")
    parent = _get(
        attributes, "process.parent_process.cmd_line", "process.parent_process.file.path", "actor.process.file.path"
    )
    return _join(
        command,
        _labeled("started by", parent),
        _labeled("as", _get(attributes, "actor.user.name", "user.name")),
        _host(attributes),
    )


def _authentication(attributes: Attributes) -> str:
    failed = attributes.get("status_id") == 2  # noqa: PLR2004 - OCSF: Failure
    user = _get(attributes, "user.name", "user.email_addr", "actor.user.name")
    target = _get(attributes, "dst_endpoint.hostname", "device.hostname", "service.name", "api.service.name")
    return _join(
        user or "someone", "failed to sign in" if failed else "signed in", _labeled("to", target), _from(attributes)
    )


def _network(attributes: Attributes) -> str:
    def end(side: str) -> str:
        address = _get(attributes, f"{side}.ip", f"{side}.hostname")
        port = _get(attributes, f"{side}.port")
        return f"{address}:{port}" if address and port else address

    source, target = end("src_endpoint"), end("dst_endpoint")
    if not source and not target:
        return ""
    return _join(
        source or "?", "→", target or "?", _get(attributes, "app_protocol_name", "connection_info.protocol_name")
    )


def _dns(attributes: Attributes) -> str:
    return _join(
        _get(attributes, "src_endpoint.ip", "device.hostname") or "someone",
        "asked for",
        _get(attributes, "query.hostname"),
        _get(attributes, "query.type"),
    )


def _http(attributes: Attributes) -> str:
    url = _get(attributes, "http_request.url.url_string", "http_request.url.path")
    status = _get(attributes, "http_response.code")
    return _join(
        _get(attributes, "src_endpoint.ip") or "someone",
        _get(attributes, "http_request.http_method"),
        url,
        _labeled("→", status),
    )


def _file(attributes: Attributes) -> str:
    name = _get(attributes, "file.path", "file.name")
    return _join(
        _get(attributes, "actor.process.file.path", "actor.process.name", "actor.user.name"),
        "touched" if name else "",
        name,
        _host(attributes),
    )


def _finding(attributes: Attributes) -> str:
    return _get(attributes, "finding_info.title", "message")


_BUILDERS: dict[int, Callable[[Attributes], str]] = {
    1001: _file,
    1007: _process,
    2004: _finding,
    3002: _authentication,
    4001: _network,
    4002: _http,
    4003: _dns,
    6003: _api,
}
"""OCSF class -> sentence."""
