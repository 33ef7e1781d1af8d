"""Zeek logs of what Zeek itself finds: notice, intel, signatures. Source: docs.zeek.org; OCSF Detection Finding.

A notice is what the site's policy asked for: severity by its name, low where the name is not known.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import put_endpoint, text, texts
from minixdr.normalize.zeek.reading import Reading

_INFORMATIONAL, _LOW, _MEDIUM, _HIGH = 1, 2, 3, 4
_RULE, _INDICATOR = 1, 7
_CREATE = 1
_SEVERITIES = {
    "CaptureLoss::Too_Much_Loss": _INFORMATIONAL, "PacketFilter::Dropped_Packets": _INFORMATIONAL,
    "SSL::Invalid_Server_Cert": _LOW, "SSL::Certificate_Expired": _LOW, "Scan::Address_Scan": _MEDIUM, "Scan::Port_Scan": _MEDIUM,
    "SSH::Password_Guessing": _HIGH, "FTP::Bruteforcing": _HIGH, "HTTP::SQL_Injection_Attacker": _HIGH,
    "HTTP::SQL_Injection_Victim": _HIGH, "Heartbleed::SSL_Heartbeat_Attack": _HIGH,
    "Heartbleed::SSL_Heartbeat_Attack_Success": _HIGH, "Intel::Notice": _MEDIUM, "TeamCymruMalwareHashRegistry::Match": _HIGH,
}  # fmt: skip
_ATTACKS = ("ATTACK::", "Exploit", "CVE")


def notice(draft: Draft) -> Reading:
    """Read a notice."""
    kind = text(draft.take("note"))
    draft.put("finding_info.title", kind or "Zeek notice")
    draft.put("finding_info.types", None if kind is None else [kind])
    draft.put("finding_info.desc", text(draft.take("sub")))
    draft.put("message", text(draft.take("msg")))
    _put_finding(draft, _RULE)
    source, target = draft.take("src"), draft.take("dst")
    if "src_endpoint.ip" not in draft.attributes:
        put_endpoint(draft, "src_endpoint", source)
        put_endpoint(draft, "dst_endpoint", target, draft.take("p"))
    _as_evidence(draft)
    severity = _SEVERITIES.get(kind or "", _LOW)
    if kind is not None and any(word in kind for word in _ATTACKS):
        severity = _HIGH
    return Reading(2004, _CREATE, severity)


def intel(draft: Draft) -> Reading:
    """Read a match with the site's intelligence."""
    seen = text(draft.take("seen.indicator"))
    draft.put("finding_info.title", "Intelligence match")
    draft.put("message", seen)
    draft.put("finding_info.types", texts(draft.take("seen.indicator_type")))
    draft.put("finding_info.data_sources", texts(draft.take("sources"), ","))
    _put_finding(draft, _INDICATOR)
    _as_evidence(draft)
    return Reading(2004, _CREATE, _MEDIUM)


def signature(draft: Draft) -> Reading:
    """Read a match of a signature."""
    draft.put("finding_info.title", text(draft.take("sig_id")) or text(draft.take("note")) or "Zeek signature")
    draft.put("message", text(draft.take("event_msg")))
    _put_finding(draft, _RULE)
    put_endpoint(draft, "src_endpoint", draft.take("src_addr"), draft.take("src_port"))
    put_endpoint(draft, "dst_endpoint", draft.take("dst_addr"), draft.take("dst_port"))
    _as_evidence(draft)
    return Reading(2004, _CREATE, _MEDIUM)


def _put_finding(draft: Draft, analytic: int) -> None:
    draft.put("finding_info.uid", text(draft.fields.get("uid")) or "unknown")
    draft.put("finding_info.analytic.type_id", analytic)
    draft.put("finding_info.analytic.name", str(draft.attributes["finding_info.title"]))
    draft.put("is_alert", value=True)


def _as_evidence(draft: Draft) -> None:
    """Move the connection to where a finding has it."""
    moved = [
        name for name in draft.attributes if name.startswith(("src_endpoint.", "dst_endpoint.", "connection_info."))
    ]
    for name in moved:
        draft.put(f"evidences.{name}", [draft.attributes.pop(name)])  # a scalar: nothing sets a list there
