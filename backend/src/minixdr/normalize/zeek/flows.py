"""Zeek logs of connections and what they carry: conn, dhcp, files, ntp, tunnel, weird.

Source: docs.zeek.org; OCSF Network Activity, DHCP, Network File, NTP and Tunnel Activity.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address, flag, milliseconds, put_address, real, text, texts, whole
from minixdr.normalize.zeek.reading import Reading

_OPEN, _CLOSE, _RESET, _FAIL, _REFUSE, _TRAFFIC, _OTHER = 1, 2, 3, 4, 5, 6, 99
_STATES = {
    "S0": _FAIL, "S1": _OPEN, "SF": _CLOSE, "REJ": _REFUSE, "S2": _TRAFFIC, "S3": _TRAFFIC, "RSTO": _RESET, "RSTR": _RESET,
    "RSTOS0": _RESET, "RSTRH": _RESET, "SH": _FAIL, "SHR": _FAIL, "OTH": _TRAFFIC,
}  # fmt: skip
"""conn_state -> Network Activity. S0 is an attempt nobody answered, REJ one that was refused."""
_DHCP = {
    "DISCOVER": 1, "OFFER": 2, "REQUEST": 3, "DECLINE": 4, "ACK": 5, "NAK": 6, "RELEASE": 7, "INFORM": 8,
}  # fmt: skip
_NTP_MODES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7}
_NTP_STRATA = {0: 0, 1: 1, 16: 16}
_LAST_SECONDARY, _FIRST_RESERVED = 15, 17
_TUNNEL = {"Tunnel::DISCOVER": 1, "Tunnel::CLOSE": 2, "Tunnel::EXPIRE": 2}
_UPLOAD, _DOWNLOAD, _SOME_FILE = 1, 2, 0
_HASHES = (("md5", 1), ("sha1", 2), ("sha256", 3))


def conn(draft: Draft) -> Reading:
    """Read a connection."""
    state = text(draft.take("conn_state"))
    draft.put("status_code", state)
    draft.put("app_protocol_name", text(draft.take("service")))
    draft.put("duration", milliseconds(draft.take("duration")))
    sent, received = whole(draft.take("orig_bytes")), whole(draft.take("resp_bytes"))
    draft.put("traffic.bytes_out", sent)
    draft.put("traffic.bytes_in", received)
    if sent is not None and received is not None:
        draft.put("traffic.bytes", sent + received)
    draft.put("traffic.packets_out", whole(draft.take("orig_pkts")))
    draft.put("traffic.packets_in", whole(draft.take("resp_pkts")))
    draft.put("traffic.bytes_missed", whole(draft.take("missed_bytes")))
    draft.put("connection_info.flag_history", text(draft.take("history")))
    draft.put("src_endpoint.mac", text(draft.take("orig_l2_addr")))
    draft.put("dst_endpoint.mac", text(draft.take("resp_l2_addr")))
    return Reading(4001, _STATES.get(state or "", _TRAFFIC))


def dhcp(draft: Draft) -> Reading:
    """Read a DHCP exchange. The client chose the names it gives."""
    uids = texts(draft.take("uids"), ",")
    draft.put("connection_info.uid", uids[0] if uids else None)
    draft.put("src_endpoint.mac", text(draft.take("mac")))
    draft.put("src_endpoint.hostname", text(draft.take("host_name")))
    put_address(draft, "src_endpoint", draft.take("client_addr") or draft.take("assigned_addr"))
    put_address(draft, "dst_endpoint", draft.take("server_addr"))
    draft.put("src_endpoint.domain", text(draft.take("domain")))
    lease = real(draft.take("lease_time"))
    draft.put("lease_dur", None if lease is None else round(lease))
    draft.put("duration", milliseconds(draft.take("duration")))
    kinds = texts(draft.fields.get("msg_types"), ",")
    return Reading(4004, _DHCP.get(kinds[0], _OTHER) if kinds else 0)


def files(draft: Draft) -> Reading:
    """Read a file that Zeek saw pass."""
    draft.put("file.uid", text(draft.take("fuid")))
    name = text(draft.take("filename"))
    draft.put("file.name", name or text(draft.fields.get("fuid")))
    draft.put("file.type_id", 1)
    draft.put("file.mime_type", text(draft.take("mime_type")))
    size = whole(draft.take("total_bytes"))
    seen = whole(draft.take("seen_bytes"))
    draft.put("file.size", seen if size is None else size)
    draft.put("app_protocol_name", text(draft.take("source")))
    draft.put("duration", milliseconds(draft.take("duration")))
    put_hashes(draft)
    if "src_endpoint.ip" not in draft.attributes:  # before Zeek 5.1 a file had lists of hosts instead of a connection
        senders, receivers = texts(draft.take("tx_hosts"), ","), texts(draft.take("rx_hosts"), ",")
        originated = flag(draft.take("is_orig"))
        clients, servers = (senders, receivers) if originated else (receivers, senders)
        put_address(draft, "src_endpoint", clients[0] if clients else None)
        put_address(draft, "dst_endpoint", servers[0] if servers else None)
        uids = texts(draft.take("conn_uids"), ",")
        draft.put("connection_info.uid", uids[0] if uids else None)
    else:
        originated = flag(draft.take("is_orig"))
    return Reading(4010, _SOME_FILE if originated is None else _UPLOAD if originated else _DOWNLOAD)


def put_hashes(draft: Draft) -> None:
    """Set the file's hashes."""
    values, algorithms = [], []
    for name, algorithm in _HASHES:
        value = text(draft.take(name))
        if value is not None:
            values.append(value.lower())
            algorithms.append(algorithm)
    draft.put("file.hashes.value", values)
    draft.put("file.hashes.algorithm_id", algorithms)


def ntp(draft: Draft) -> Reading:
    """Read an NTP packet."""
    draft.put("version", text(draft.take("version")))
    stratum = whole(draft.take("stratum"))
    if stratum is not None:
        draft.put("stratum_id", _NTP_STRATA.get(stratum, 2 if stratum <= _LAST_SECONDARY else _FIRST_RESERVED))
    delay = milliseconds(draft.take("root_delay"))
    draft.put("delay", delay)
    draft.put("dispersion", milliseconds(draft.take("root_disp")))
    return Reading(4013, _NTP_MODES.get(whole(draft.take("mode")) or 0, 0))


def tunnel(draft: Draft) -> Reading:
    """Read a tunnel's start or end."""
    kind = text(draft.take("tunnel_type"))
    draft.put("protocol_name", kind.rpartition("::")[2] if kind else None)
    return Reading(4014, _TUNNEL.get(text(draft.take("action")) or "", _OTHER))


def weird(draft: Draft) -> Reading:
    """Read an oddity: traffic that breaks its protocol. No finding of Zeek's; most networks are full of them."""
    name = text(draft.take("name"))
    draft.put("message", name)
    draft.put("status_detail", text(draft.take("addl")))
    draft.put("activity_name", "weird")
    if address(draft.fields.get("id.orig_h")) is None:
        return Reading(0, _OTHER)
    draft.put("app_protocol_name", text(draft.take("source")))
    return Reading(4001, _OTHER)
