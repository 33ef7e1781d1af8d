"""Zeek logs of application protocols: dce_rpc, dns, ftp, http, rdp, smb, smtp, ssh, ssl, x509.

Source: docs.zeek.org; OCSF network classes. Names and URIs in them are the client's or the server's claims: the cookie of RDP and the user of a
request are kept apart from users that somebody authenticated.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.dns import rcode_caption
from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address, flag, milliseconds, put_address, put_mail, text, texts, whole
from minixdr.normalize.web.request import activity, put_claimed_user, put_method, put_status, put_url
from minixdr.normalize.zeek.reading import Reading

_TRAFFIC, _OTHER = 6, 99
_QUERY, _ANSWERED = 1, 6
_SUCCESS, _FAILURE = 1, 2
_RCODES = frozenset({*range(12), *range(16, 26)})
_SMB = {
    "SMB::FILE_OPEN": 2, "SMB::PIPE_OPEN": 2, "SMB::PRINT_OPEN": 2,
}  # fmt: skip
_SHARES = {"DISK": 1, "PIPE": 2, "PRINT": 3}
_FTP = {"STOR": 1, "APPE": 1, "STOU": 1, "RETR": 2, "DELE": 4, "RNFR": 5, "RNTO": 5, "LIST": 6, "NLST": 6, "MLSD": 6}
_DIRECTIONS = {"INBOUND": 1, "OUTBOUND": 2}
_SHA256, _MD5, _SHA1 = 3, 1, 2
_FINGERPRINTS = {64: _SHA256, 40: _SHA1, 32: _MD5}


def dns(draft: Draft) -> Reading:
    """Read a query and, where Zeek saw it, its answer."""
    draft.put("query.hostname", text(draft.take("query")))
    draft.put("query.type", text(draft.take("qtype_name")))
    draft.put("query.class", text(draft.take("qclass_name")))
    draft.put("transaction_id", whole(draft.take("trans_id")))
    code = whole(draft.take("rcode"))
    if code is not None:
        draft.put("rcode_id", code if code in _RCODES else _OTHER)
        draft.put("status_id", _FAILURE if code else _SUCCESS)
    draft.put("rcode", rcode_caption(code, text(draft.take("rcode_name"))))
    answers = texts(draft.take("answers"), ",")
    draft.put("answers.rdata", answers)
    draft.put("duration", milliseconds(draft.take("rtt")))
    return Reading(4003, _ANSWERED if code is not None or answers else _QUERY)


def http(draft: Draft) -> Reading:
    """Read a request and its response."""
    method = text(draft.take("method"))
    put_method(draft, method)
    put_url(draft, "http_request.url", text(draft.take("uri")), text(draft.take("host")), "http")
    draft.put("http_request.user_agent", text(draft.take("user_agent")))
    draft.put("http_request.referrer", text(draft.take("referrer")))
    draft.put("http_request.version", text(draft.take("version")))
    draft.put("http_request.body_length", whole(draft.take("request_body_len")))
    draft.put("http_response.body_length", whole(draft.take("response_body_len")))
    status = whole(draft.take("status_code"))
    put_status(draft, status)
    draft.put("http_response.message", text(draft.take("status_msg")))
    put_claimed_user(draft, text(draft.take("username")), status)
    kinds = texts(draft.take("resp_mime_types"), ",")
    draft.put("http_response.content_type", kinds[0] if kinds else None)
    return Reading(4002, activity(method))


def ssl(draft: Draft) -> Reading:
    """Read a TLS handshake."""
    draft.put("app_protocol_name", "tls")
    draft.put("tls.version", text(draft.take("version")))
    draft.put("tls.cipher", text(draft.take("cipher")))
    draft.put("tls.sni", text(draft.take("server_name")))
    draft.put("tls.certificate.subject", text(draft.take("subject")))
    draft.put("tls.certificate.issuer", text(draft.take("issuer")))
    _put_fingerprint(draft, "tls.ja3_hash", draft.take("ja3"))
    _put_fingerprint(draft, "tls.ja3s_hash", draft.take("ja3s"))
    chain = texts(draft.take("cert_chain_fps"), ",")
    _put_fingerprints(draft, chain[:1])
    established = flag(draft.take("established"))
    if established is not None:
        draft.put("status_id", _SUCCESS if established else _FAILURE)
    draft.put("status_detail", text(draft.take("validation_status")))
    return Reading(4001, _TRAFFIC)


def _put_fingerprint(draft: Draft, attribute: str, value: Any) -> None:
    plain = text(value)
    if plain is not None:
        draft.put(f"{attribute}.value", plain.lower())
        draft.put(f"{attribute}.algorithm_id", _MD5)


def _put_fingerprints(draft: Draft, values: list[str]) -> None:
    known = [value.lower() for value in values if len(value) in _FINGERPRINTS]
    draft.put("tls.certificate.fingerprints.value", list(known))
    draft.put("tls.certificate.fingerprints.algorithm_id", [_FINGERPRINTS[len(value)] for value in known])


def x509(draft: Draft) -> Reading:
    """Read a certificate. Its texts are whatever its maker wrote."""
    for name, attribute in (
        ("serial", "serial_number"),
        ("subject", "subject"),
        ("issuer", "issuer"),
        ("version", "version"),
    ):
        draft.put(f"tls.certificate.{attribute}", text(draft.take(f"certificate.{name}")))
    for name, attribute in (("not_valid_before", "created_time"), ("not_valid_after", "expiration_time")):
        time = parse_time(draft.take(f"certificate.{name}"))
        if time is not None:
            draft.put(f"tls.certificate.{attribute}", round(time.timestamp() * 1000))
    fingerprint = text(draft.take("fingerprint"))
    _put_fingerprints(draft, [] if fingerprint is None else [fingerprint])
    names = texts(draft.take("san.dns"), ",")
    draft.put("tls.certificate.sans.name", list(names))
    draft.put("tls.certificate.sans.type", ["DNS"] * len(names))
    put_address(draft, "src_endpoint", draft.take("rx"))
    put_address(draft, "dst_endpoint", draft.take("tx"))
    draft.put("activity_name", "Certificate")
    return Reading(4001, _OTHER)


def ssh(draft: Draft) -> Reading:
    """Read an SSH session. Zeek infers whether its authentication succeeded from sizes and times."""
    draft.put("protocol_ver", text(draft.take("version")))
    success = flag(draft.take("auth_success"))
    if success is not None:
        draft.put("status_id", _SUCCESS if success else _FAILURE)
    draft.put("count", whole(draft.take("auth_attempts")))
    draft.put("connection_info.direction_id", _DIRECTIONS.get(text(draft.take("direction")) or ""))
    for name, attribute in (("hassh", "client_hassh"), ("hasshServer", "server_hassh")):
        value = text(draft.take(name))
        if value is not None:
            draft.put(f"{attribute}.fingerprint.value", value.lower())
            draft.put(f"{attribute}.fingerprint.algorithm_id", _MD5)
    return Reading(4007, _TRAFFIC)


def rdp(draft: Draft) -> Reading:
    """Read an RDP connection. The cookie is the user or host name that the client claims."""
    draft.put("identifier_cookie", text(draft.take("cookie")))
    draft.put("protocol_ver", text(draft.take("security_protocol")))
    result = text(draft.take("result"))
    draft.put("status_detail", result)
    success = flag(draft.take("auth_success"))
    if success is not None:
        draft.put("status_id", _SUCCESS if success else _FAILURE)
    draft.put("src_endpoint.hostname", text(draft.take("client_name")))
    return Reading(4005, _TRAFFIC)


def smb_files(draft: Draft) -> Reading:
    """Read an action on a file or pipe of a share."""
    action = text(draft.take("action"))
    draft.put("command", action.removeprefix("SMB::") if action else None)
    draft.put("share", text(draft.take("path")))
    name = text(draft.take("name"))
    if name is not None:
        draft.put("file.path", name)
        draft.put("file.name", name.rpartition("\\")[2] or name)
        draft.put("file.type_id", 1)
        draft.put("file.size", whole(draft.take("size")))
    return Reading(4006, _SMB.get(action or "", _OTHER))


def smb_mapping(draft: Draft) -> Reading:
    """Read the mapping of a share."""
    draft.put("share", text(draft.take("path")))
    kind = text(draft.take("share_type"))
    draft.put("share_type_id", _SHARES.get(kind or "", 0))
    draft.put("command", "TREE_CONNECT")
    return Reading(4006, _OTHER)


def dce_rpc(draft: Draft) -> Reading:
    """Read a remote procedure call."""
    draft.put("app_protocol_name", "dce_rpc")
    draft.put("api.service.name", text(draft.take("endpoint")))
    draft.put("api.operation", text(draft.take("operation")))
    draft.put("duration", milliseconds(draft.take("rtt")))
    return Reading(4001, _TRAFFIC)


def ftp(draft: Draft) -> Reading:
    """Read an FTP command and its reply. The password, where Zeek kept it, stays out of the attributes."""
    command = text(draft.take("command"))
    draft.put("command", command)
    code = whole(draft.take("reply_code"))
    draft.put("codes", None if code is None else [code])
    reply = text(draft.take("reply_msg"))
    draft.put("command_responses", None if reply is None else [reply])
    activity_id = _FTP.get((command or "").upper(), _OTHER)
    if activity_id != _OTHER:
        path = text(draft.take("arg"))
        if path is not None:
            draft.put("file.path", path)
            draft.put("file.name", path.rpartition("/")[2] or path)
            draft.put("file.type_id", 1)
    draft.put("port", whole(draft.take("data_channel.resp_p")))
    user = text(draft.take("user"))
    if user not in (None, "<unknown>"):
        draft.put("actor.user.name", user)
        draft.doubt_kept("actor.user.name", "the name that the client gave")
    return Reading(4008, activity_id)


def smtp(draft: Draft) -> Reading:
    """Read a mail transfer. Everything but the addresses of the connection is the sender's word."""
    draft.put("smtp_hello", text(draft.take("helo")))
    put_mail(draft, "email.smtp_from", draft.take("mailfrom"))
    put_mail(draft, "email.smtp_to", draft.take("rcptto"), several=True)
    put_mail(draft, "email.from", draft.take("from"))
    put_mail(draft, "email.to", draft.take("to"), several=True)
    draft.put("email.subject", text(draft.take("subject")))
    draft.put("email.message_uid", text(draft.take("msg_id")))
    draft.put("status_detail", text(draft.take("last_reply")))
    origin = address(draft.take("x_originating_ip"))
    draft.put("email.x_originating_ip", None if origin is None else [origin])
    return Reading(4009, 1)
