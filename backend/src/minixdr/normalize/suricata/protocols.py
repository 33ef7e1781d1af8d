"""EVE's protocol objects -> OCSF classes. Each reader takes the draft, sets attributes and returns (class, activity)."""

from collections.abc import Callable, Mapping

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.dns import rcode_caption
from minixdr.normalize.draft import Draft
from minixdr.normalize.suricata.shapes import answer_data, query_names, query_types
from minixdr.normalize.values import mapping, put_mail, text, texts, whole
from minixdr.normalize.web.request import activity, put_method, put_status, put_url

Conclusion = tuple[int, int]
_TRAFFIC, _CLOSE, _REFUSE, _UNKNOWN, _OTHER = 6, 2, 5, 0, 99
_QUERY, _RESPONSE = 1, 2
_SUCCESS, _FAILURE = 1, 2
_MD5, _SHA1, _SHA256 = 1, 2, 3
_RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8,
    "NOTAUTH": 9, "NOTZONE": 10,
}  # fmt: skip
_FTP = {"STOR": 1, "APPE": 1, "STOU": 1, "RETR": 2, "DELE": 4, "RNFR": 5, "RNTO": 5, "LIST": 6, "NLST": 6, "MLSD": 6}
_DHCP = {"discover": 1, "offer": 2, "request": 3, "decline": 4, "ack": 5, "nak": 6, "release": 7, "inform": 8}
_TICKETS = {"KRB_AS_REQ": 3, "KRB_AS_REP": 3, "KRB_TGS_REQ": 4, "KRB_TGS_REP": 4}
_EMPTY = frozenset({"<empty>", "<none>"})
_KERBEROS = 2
_DENIED = 2


def http(draft: Draft) -> Conclusion:
    """Read a request and its response."""
    method = text(draft.take("http.http_method"))
    put_method(draft, method)
    put_url(draft, "http_request.url", text(draft.take("http.url")), text(draft.take("http.hostname")), "http")
    draft.put("http_request.user_agent", text(draft.take("http.http_user_agent")))
    draft.put("http_request.referrer", text(draft.take("http.http_refer")))
    draft.put("http_request.version", text(draft.take("http.protocol")))
    put_status(draft, whole(draft.take("http.status")))
    draft.put("http_response.body_length", whole(draft.take("http.length")))
    draft.put("http_response.content_type", text(draft.take("http.http_content_type")))
    return 4002, activity(method)


def dns(draft: Draft) -> Conclusion:
    """Read a query or a response."""
    body = mapping(draft.fields.get("dns"))
    for path in ("dns.rrname", "dns.rrtype", "dns.queries", "dns.rdata", "dns.answers"):
        draft.take(path)
    names, kinds = query_names(body), query_types(body)
    draft.put("query.hostname", names[0] if names else None)
    draft.put("query.type", kinds[0] if kinds else None)
    draft.put("answers.rdata", answer_data(body))
    draft.put("transaction_id", whole(draft.take("dns.id")))
    code = text(draft.take("dns.rcode"))
    if code is not None:
        number = _RCODES.get(code.upper(), _OTHER)
        draft.put("rcode", rcode_caption(number, code))
        draft.put("rcode_id", number)
        draft.put("status_id", _SUCCESS if code.upper() == "NOERROR" else _FAILURE)
    return 4003, _RESPONSE if text(draft.take("dns.type")) in ("answer", "response") else _QUERY


def tls(draft: Draft) -> Conclusion:
    """Read a handshake."""
    draft.put("app_protocol_name", "tls")
    draft.put("tls.version", text(draft.take("tls.version")))
    draft.put("tls.sni", text(draft.take("tls.sni")))
    draft.put("tls.certificate.subject", text(draft.take("tls.subject")))
    draft.put("tls.certificate.issuer", text(draft.take("tls.issuerdn")))
    serial = text(draft.take("tls.serial"))
    draft.put("tls.certificate.serial_number", serial.replace(":", "") if serial else None)
    for path, attribute in (("tls.notbefore", "created_time"), ("tls.notafter", "expiration_time")):
        time = parse_time(draft.take(path))
        draft.put(f"tls.certificate.{attribute}", None if time is None else round(time.timestamp() * 1000))
    for path, attribute in (("tls.ja3.hash", "tls.ja3_hash"), ("tls.ja3s.hash", "tls.ja3s_hash")):
        value = text(draft.take(path))
        if value is not None:
            draft.put(f"{attribute}.value", value)
            draft.put(f"{attribute}.algorithm_id", _MD5)
    return 4001, _TRAFFIC


def flow(draft: Draft) -> Conclusion:
    """Read a flow's account (`flow`, and one direction of it: `netflow`)."""
    name = "flow" if "flow" in draft.fields else "netflow"
    draft.put("traffic.bytes_out", whole(draft.take(f"{name}.bytes_toserver")))
    draft.put("traffic.bytes_in", whole(draft.take(f"{name}.bytes_toclient")))
    draft.put("traffic.packets_out", whole(draft.take(f"{name}.pkts_toserver")))
    draft.put("traffic.packets_in", whole(draft.take(f"{name}.pkts_toclient")))
    draft.put("traffic.bytes", whole(draft.take(f"{name}.bytes")))
    draft.put("traffic.packets", whole(draft.take(f"{name}.pkts")))
    for path, attribute in ((f"{name}.start", "start_time"), (f"{name}.end", "end_time")):
        time = parse_time(draft.take(path))
        draft.put(attribute, None if time is None else round(time.timestamp() * 1000))
    protocol = text(draft.take("app_proto"))
    draft.put("app_protocol_name", None if protocol == "failed" else protocol)
    state = text(draft.take(f"{name}.state"))
    draft.put("status_detail", text(draft.take(f"{name}.reason")))
    return 4001, _CLOSE if state == "closed" else _TRAFFIC


def drop(draft: Draft) -> Conclusion:
    """Read a packet that Suricata dropped."""
    draft.put("action_id", _DENIED)
    draft.put("disposition_id", _DENIED)
    draft.put("status_detail", text(draft.take("drop.reason")))
    return 4001, _REFUSE


def anomaly(draft: Draft) -> Conclusion:
    """Read traffic that breaks its protocol."""
    draft.put("message", text(draft.take("anomaly.event")))
    draft.put("app_protocol_name", text(draft.take("anomaly.app_proto")))
    if not any(name.startswith(("src_endpoint.", "dst_endpoint.")) for name in draft.attributes):
        draft.attributes.pop("app_protocol_name", None)
        return 0, _OTHER
    return 4001, _UNKNOWN


def fileinfo(draft: Draft) -> Conclusion:
    """Read a file that passed."""
    name = text(draft.take("fileinfo.filename"))
    draft.put("file.name", name.rpartition("/")[2] or name if name else "unknown")
    draft.put("file.path", name)
    draft.put("file.type_id", 1)
    draft.put("file.size", whole(draft.take("fileinfo.size")))
    draft.put("file.mime_type", text(draft.take("fileinfo.magic")))
    values, algorithms = [], []
    for path, algorithm in (("fileinfo.md5", _MD5), ("fileinfo.sha1", _SHA1), ("fileinfo.sha256", _SHA256)):
        value = text(draft.take(path))
        if value is not None:
            values.append(value.lower())
            algorithms.append(algorithm)
    draft.put("file.hashes.value", list(values))
    draft.put("file.hashes.algorithm_id", list(algorithms))
    draft.put("app_protocol_name", text(draft.take("app_proto")))
    return 4010, _UNKNOWN


def ssh(draft: Draft) -> Conclusion:
    """Read the greeting of an SSH session."""
    draft.put("protocol_ver", text(draft.take("ssh.client.proto_version")))
    for path, attribute in (("ssh.client.hassh.hash", "client_hassh"), ("ssh.server.hassh.hash", "server_hassh")):
        value = text(draft.take(path))
        if value is not None:
            draft.put(f"{attribute}.fingerprint.value", value)
            draft.put(f"{attribute}.fingerprint.algorithm_id", _MD5)
    return 4007, _TRAFFIC


def smb(draft: Draft) -> Conclusion:
    """Read an SMB command."""
    draft.put("command", text(draft.take("smb.command")))
    draft.put("dialect", text(draft.take("smb.dialect")))
    draft.put("client_dialects", texts(draft.take("smb.client_dialects")))
    draft.put("share", text(draft.take("smb.share")))
    name = text(draft.take("smb.filename"))
    if name is not None:
        draft.put("file.path", name)
        draft.put("file.name", name.replace("/", "\\").rpartition("\\")[2] or name)
        draft.put("file.type_id", 1)
    status = text(draft.take("smb.status"))
    draft.put("status_detail", status)
    draft.put("status_code", text(draft.take("smb.status_code")))
    if status is not None:
        draft.put("status_id", _SUCCESS if status == "STATUS_SUCCESS" else _UNKNOWN)
    return 4006, _UNKNOWN


def rdp(draft: Draft) -> Conclusion:
    """Read a step of an RDP connection. The cookie is the client's claim."""
    draft.put("identifier_cookie", text(draft.take("rdp.cookie")))
    draft.put("protocol_ver", text(draft.take("rdp.protocol")))
    draft.put("src_endpoint.hostname", text(draft.take("rdp.client.client_name")))
    step = text(draft.take("rdp.event_type"))
    draft.put("status_detail", step)
    return 4005, {
        "initial_request": 1,
        "initial_response": 2,
        "connect_request": 3,
        "connect_response": 4,
        "tls_handshake": 5,
    }.get(step or "", _TRAFFIC)


def ftp(draft: Draft) -> Conclusion:
    """Read an FTP command."""
    command = text(draft.take("ftp.command"))
    draft.put("command", command)
    codes = [code for code in (whole(item) for item in texts(draft.take("ftp.completion_code"))) if code is not None]
    draft.put("codes", list(codes))
    draft.put("command_responses", list(texts(draft.take("ftp.reply"))))
    data = text(draft.take("ftp.command_data"))
    activity_id = _FTP.get((command or "").upper(), _UNKNOWN)
    if data is not None and command == "USER":
        draft.put("actor.user.name", data)
        draft.doubt_kept("actor.user.name", "the name that the client gave")
    elif data is not None and activity_id and command != "PASS":
        draft.put("file.path", data)
        draft.put("file.name", data.rpartition("/")[2] or data)
        draft.put("file.type_id", 1)
    return 4008, activity_id


def smtp(draft: Draft) -> Conclusion:
    """Read a mail transfer."""
    draft.put("smtp_hello", text(draft.take("smtp.helo")))
    put_mail(draft, "email.smtp_from", draft.take("smtp.mail_from"))
    put_mail(draft, "email.smtp_to", draft.take("smtp.rcpt_to"), several=True)
    put_mail(draft, "email.from", draft.take("email.from"))
    put_mail(draft, "email.to", draft.take("email.to"), several=True)
    draft.put("email.subject", text(draft.take("email.subject")))
    draft.put("email.message_uid", text(draft.take("email.message_id")))
    return 4009, 1


def dhcp(draft: Draft) -> Conclusion:
    """Read a DHCP message."""
    draft.put("src_endpoint.mac", text(draft.take("dhcp.client_mac")))
    draft.put("src_endpoint.hostname", text(draft.take("dhcp.hostname")))
    draft.put("lease_dur", whole(draft.take("dhcp.lease_time")))
    draft.put("transaction_uid", text(draft.take("dhcp.id")))
    return 4004, _DHCP.get((text(draft.take("dhcp.dhcp_type")) or "").lower(), _UNKNOWN)


def krb5(draft: Draft) -> Conclusion:
    """Read a ticket request's outcome."""
    name, realm = text(draft.take("krb5.cname")), text(draft.take("krb5.realm"))
    draft.put("user.name", None if name in _EMPTY else name)
    draft.put("user.domain", None if realm in _EMPTY else realm)
    draft.put("service.name", text(draft.take("krb5.sname")))
    draft.put("auth_protocol_id", _KERBEROS)
    error = text(draft.take("krb5.error_code"))
    draft.put("status_detail", error)
    kind = text(draft.take("krb5.msg_type"))
    draft.put("status_id", _FAILURE if error is not None or kind == "KRB_ERROR" else _SUCCESS)
    request = text(draft.take("krb5.failed_request")) or kind
    return 3002, _TICKETS.get(request or "", _UNKNOWN)


PROTOCOLS: Mapping[str, Callable[[Draft], Conclusion]] = {
    "anomaly": anomaly, "dhcp": dhcp, "dns": dns, "drop": drop, "fileinfo": fileinfo, "flow": flow, "ftp": ftp, "http": http,
    "krb5": krb5, "netflow": flow, "rdp": rdp, "smb": smb, "smtp": smtp, "ssh": ssh, "tls": tls,
}  # fmt: skip
"""event_type -> its reader; others are plain network activities."""
