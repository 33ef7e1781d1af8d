"""Cowrie, the SSH and Telnet honeypot: logons tried, commands typed, files fetched, tunnels asked for.

Source: Cowrie's documentation, `Output event code reference`. Attributes: OCSF Authentication, Process, File System,
SSH and Network Activity. Everybody who speaks to a honeypot is a stranger: names, passwords, commands and URLs are
theirs; the address is Cowrie's word. Nothing here happened on a real host.
"""

from collections.abc import Callable

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import port, put_address, text
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "cowrie"
_AUTHENTICATION, _PROCESS, _FILE, _SSH, _NETWORK, _BASE = 3002, 1007, 1001, 4007, 4001, 0
_SHA256 = 3
_KINDS = {
    "cowrie.login.success": (_AUTHENTICATION, 1),
    "cowrie.login.failed": (_AUTHENTICATION, 1),
    "cowrie.command.input": (_PROCESS, 1),
    "cowrie.command.success": (_PROCESS, 1),
    "cowrie.command.failed": (_PROCESS, 1),
    "cowrie.session.file_download": (_FILE, 1),
    "cowrie.session.file_download.failed": (_FILE, 1),
    "cowrie.session.file_upload": (_FILE, 1),
    "cowrie.session.connect": (_SSH, 1),
    "cowrie.session.closed": (_SSH, 2),
    "cowrie.client.version": (_SSH, 99),
    "cowrie.client.kex": (_SSH, 99),
    "cowrie.client.fingerprint": (_SSH, 99),
    "cowrie.direct-tcpip.request": (_NETWORK, 1),
    "cowrie.direct-tcpip.data": (_NETWORK, 6),
}
_FAILED = frozenset({"cowrie.login.failed", "cowrie.command.failed", "cowrie.session.file_download.failed"})


def _fits(body: JsonObject) -> bool:
    kind = body.get("eventid")
    return isinstance(kind, str) and kind.startswith("cowrie.")


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME)
    kind = text(draft.take("eventid")) or ""
    class_uid, activity_id = _KINDS.get(kind, (_BASE, 99))
    draft.put("device.hostname", text(draft.take("sensor")))
    draft.put("device.type_id", 0)
    draft.put("metadata.product.name", "Cowrie")
    draft.put("metadata.log_name", kind)
    session = text(draft.take("session"))
    draft.put("metadata.correlation_uid", session)
    if class_uid in (_PROCESS, _FILE):
        draft.put("actor.session.uid", session)
    elif class_uid == _AUTHENTICATION:
        draft.put("session.uid", session)
    draft.put("message", _message(draft))
    if kind in _FAILED:
        draft.put("status_id", 2)
    if class_uid != _BASE:
        _put_peer(draft, class_uid)
    mapper = _MAPPERS.get(class_uid)
    if mapper is not None:
        mapper(draft)
    time = parse_time(draft.take("timestamp"))
    return draft.event(class_uid, activity_id, time)


def _message(draft: Draft) -> str | None:
    value = draft.take("message")
    if isinstance(value, list):
        return " ".join(item for item in value if isinstance(item, str)) or None
    return text(value)


def _put_peer(draft: Draft, class_uid: int) -> None:
    if class_uid in (_PROCESS, _FILE):
        return  # these classes have no place for a peer: it stays in `unmapped`, and the session leads to it
    put_address(draft, "src_endpoint", draft.take("src_ip"))
    draft.put("src_endpoint.port", port(draft.take("src_port")))
    if "dst_ip" in draft.fields:
        put_address(draft, "dst_endpoint", draft.take("dst_ip"))
        draft.put("dst_endpoint.port", port(draft.take("dst_port")))


def _put_logon(draft: Draft) -> None:
    draft.put("user.name", text(draft.take("username")))
    draft.doubt_kept("user.name", "the name that a stranger tried on a honeypot")
    draft.put("service.name", "cowrie")
    draft.put("is_remote", value=True)
    if draft.attributes.get("metadata.log_name") == "cowrie.login.success":
        draft.put("status_id", 1)


def _put_command(draft: Draft) -> None:
    command = text(draft.take("input"))
    draft.put("process.cmd_line", command)
    draft.put("process.name", None if command is None else command.split(None, 1)[0] if command.split() else None)


def _put_file(draft: Draft) -> None:
    url = text(draft.take("url"))
    path = text(draft.take("destfile")) or text(draft.take("filename")) or text(draft.take("outfile")) or url
    draft.put("file.name", None if path is None else path.rstrip("/").rpartition("/")[2] or path)
    draft.put("file.path", path if path != url else None)
    draft.put("file.type_id", 1)
    digest = text(draft.take("shasum"))
    if digest is not None:
        draft.put("file.hashes.algorithm_id", [_SHA256])
        draft.put("file.hashes.value", [digest])
    draft.put("file.url.url_string", url)


def _put_client(draft: Draft) -> None:
    version = text(draft.take("version"))
    hassh = text(draft.take("hassh"))
    if hassh is not None:
        draft.put("client_hassh.fingerprint.algorithm_id", 20)
        draft.put("client_hassh.fingerprint.value", hassh)
        draft.put("client_hassh.algorithm", text(draft.take("hasshAlgorithms")))
    draft.put("app_name", None if version is None else version.strip("'\""))
    kind = str(draft.attributes.get("metadata.log_name"))
    draft.put("activity_name", kind if kind.startswith("cowrie.client") else None)


_MAPPERS: dict[int, Callable[[Draft], None]] = {
    _AUTHENTICATION: _put_logon,
    _PROCESS: _put_command,
    _FILE: _put_file,
    _SSH: _put_client,
}


def _log_sources(_: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource(None, "cowrie", "honeypot"),)


SOURCE = Source(
    name=_NAME,
    title="Cowrie honeypot",
    formats=frozenset({"json"}),
    shapes=(Shape("event", _fits),),
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
