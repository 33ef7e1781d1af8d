"""Security's logons, Kerberos and NTLM -> OCSF Authentication.

Source: Microsoft's descriptions of events 4624-4649, 4768-4779, 4800-4803, 4964. In a failed logon the account name is what the other side sent; the
workstation's name is always the client's own claim: both are doubted. The address is the server's.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address
from minixdr.normalize.windows.attributes import (
    put_account,
    put_client,
    put_file,
    put_session,
    put_subject,
    put_user,
    small,
    text,
    whole,
    words,
)
from minixdr.normalize.windows.reading import Reading, Table

_SUCCESS, _FAILURE = 1, 2
_LOGON_TYPES = frozenset({0, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13})
_REMOTE_TYPES = frozenset({3, 8, 10, 12})
_PROTOCOLS = (
    ("ntlm", 1, "NTLM"),
    ("microsoft_authentication_package", 1, "NTLM"),
    ("kerberos", 2, "Kerberos"),
    ("digest", 3, "Digest"),
)
_NETWORK_CLEARTEXT = 8


def _status(draft: Draft, *, failed: bool) -> None:
    draft.put("status_id", _FAILURE if failed else _SUCCESS)
    code = text(draft.take("Status"))
    detail = text(draft.take("SubStatus"))
    draft.put("status_code", detail if detail not in (None, "0x0") else code)
    draft.put("status_detail", text(draft.take("FailureReason")))
    if failed and "user.name" in draft.attributes:
        draft.doubt_kept("user.name", "the name that whoever failed to log on gave")


def _put_protocol(draft: Draft, value: str | None) -> None:
    low = (value or "").lower()
    known = next(((number, caption) for part, number, caption in _PROTOCOLS if part in low), None)
    number, caption = known or (99 if value else None, value)
    draft.put("auth_protocol_id", number)
    draft.put("auth_protocol", caption)


def _put_workstation(draft: Draft, value: object) -> None:
    name = text(value)
    if name is not None:
        draft.put("src_endpoint.hostname", name.lstrip("\\"))
        draft.doubt_kept("src_endpoint.hostname", "the client's own claim")


def _logon(draft: Draft) -> None:
    put_subject(draft)
    put_user(draft, "user", "TargetUserName", "TargetDomainName", "TargetUserSid")
    put_session(draft, "session", "TargetLogonId")
    put_client(draft, "IpAddress", "IpPort")
    _put_workstation(draft, draft.take("WorkstationName"))
    kind = whole(draft.take("LogonType"))
    draft.put("logon_type_id", kind if kind in _LOGON_TYPES else None)
    if kind in _LOGON_TYPES:
        draft.put("is_remote", kind in _REMOTE_TYPES)
        draft.put("is_cleartext", kind == _NETWORK_CLEARTEXT)
    draft.put("logon_process.name", (text(draft.take("LogonProcessName")) or "").strip() or None)
    _put_protocol(draft, text(draft.take("AuthenticationPackageName")))
    path = text(draft.take("ProcessName"))
    draft.put("actor.process.name", None if path is None else path.rsplit("\\", 1)[-1])
    put_file(draft, "actor.process.file", path)
    draft.put("actor.process.pid", small(draft.take("ProcessId")))
    draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname"))


def _succeeded(draft: Draft) -> None:
    _logon(draft)
    _status(draft, failed=False)


def _failed(draft: Draft) -> None:
    _logon(draft)
    _status(draft, failed=True)


def _explicit(draft: Draft) -> None:
    _logon(draft)
    target = text(draft.take("TargetServerName"))
    draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname") if target == "localhost" else target)


def _groups(draft: Draft) -> None:
    put_subject(draft)
    put_user(draft, "user", "TargetUserName", "TargetDomainName", "TargetUserSid")
    put_session(draft, "session", "TargetLogonId")
    groups = [word.strip("%{}") for word in words(draft.take("GroupMembership")) + words(draft.take("SidList"))]
    draft.put("groups.uid", groups)


def _kerberos(draft: Draft) -> Reading | None:
    put_user(draft, "user", "TargetUserName", "TargetDomainName", "TargetSid")
    draft.put("service.name", text(draft.take("ServiceName")))
    service_sid = text(draft.take("ServiceSid"))
    draft.put("service.uid", None if service_sid == "S-1-0-0" else service_sid)
    put_client(draft, "IpAddress", "IpPort")
    _put_protocol(draft, "Kerberos")
    failed = whole(draft.fields.get("Status")) not in (None, 0)
    _status(draft, failed=failed)
    return None


def _ntlm(draft: Draft) -> None:
    put_user(draft, "user", "TargetUserName", "TargetDomainName", "TargetUserSid")
    _put_workstation(draft, draft.take("Workstation"))
    _put_protocol(draft, text(draft.take("PackageName")))
    draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname"))
    _status(draft, failed=whole(draft.fields.get("Status")) not in (None, 0))


def _window(draft: Draft) -> None:
    """A remote desktop session was taken up again, or left."""
    put_user(draft, "user", "AccountName", "AccountDomain", "AccountSid")
    put_session(draft, "session", "LogonID")
    put_client(draft, "ClientAddress")
    _put_workstation(draft, draft.take("ClientName"))
    draft.put("session.terminal", text(draft.take("SessionName")))
    draft.put("logon_type_id", 10)


def _lock(draft: Draft) -> None:
    put_user(draft, "user", "TargetUserName", "TargetDomainName", "TargetUserSid")
    put_session(draft, "session", "TargetLogonId")


def put_terminal_session(draft: Draft) -> None:
    """Set user, session and client of TerminalServices-LocalSessionManager's events."""
    put_account(draft, "user", draft.take("User"))
    put_client(draft, "Address")
    session = text(draft.take("SessionID")) or text(draft.take("Session"))
    draft.put("session.terminal", None if session is None else f"session {session}")
    draft.put("logon_type_id", 10 if "src_endpoint.ip" in draft.attributes else None)


def _radius(draft: Draft) -> None:
    """Network Policy Server let in, or refused, a client of a RADIUS client."""
    put_user(draft, "user", "SubjectUserName", "SubjectDomainName", "SubjectUserSid")
    station = text(draft.take("CallingStationID"))
    if address(station) is None:
        draft.put("src_endpoint.name", station)  # a telephone number, or a card's address
    else:
        put_client(draft, "CallingStationID")
    draft.put("dst_endpoint.ip", address(draft.take("NASIPv4Address")) or address(draft.take("ClientIPAddress")))
    draft.put("auth_protocol", "RADIUS")
    draft.put("auth_protocol_id", 10)
    draft.put("status_detail", text(draft.take("Reason")))


def _radius_granted(draft: Draft) -> None:
    _radius(draft)
    draft.put("status_id", _SUCCESS)


def _radius_refused(draft: Draft) -> None:
    _radius(draft)
    draft.put("status_id", _FAILURE)
    if "user.name" in draft.attributes:
        draft.doubt_kept("user.name", "the name that whoever failed to log on gave")


LOGONS: Table = {
    4624: (3002, 1, _succeeded),
    4625: (3002, 1, _failed),
    4627: (3003, 2, _groups),
    4634: (3002, 2, _logon),
    4647: (3002, 2, _logon),
    4648: (3002, 1, _explicit),
    4649: (3002, 99, _logon),
    4768: (3002, 3, _kerberos),
    4769: (3002, 4, _kerberos),
    4770: (3002, 5, _kerberos),
    4771: (3002, 6, _kerberos),
    4772: (3002, 3, _kerberos),
    4773: (3002, 4, _kerberos),
    4774: (3002, 99, _ntlm),
    4776: (3002, 1, _ntlm),
    4777: (3002, 1, _ntlm),
    4778: (3002, 1, _window),
    4779: (3002, 2, _window),
    4800: (3002, 99, _lock),
    4801: (3002, 99, _lock),
    4964: (3003, 2, _groups),
    6272: (3002, 1, _radius_granted),
    6273: (3002, 1, _radius_refused),
    6274: (3002, 1, _radius_refused),
}
"""Event id -> OCSF class, activity, mapper."""
