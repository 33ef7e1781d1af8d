"""Zeek logs of authentications: kerberos, ntlm, radius. Source: docs.zeek.org; OCSF Authentication.

The names are what the client asked for; with `success` true a domain controller or server vouched for them.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import flag, text
from minixdr.normalize.zeek.reading import Reading

_LOGON, _TICKET, _SERVICE_TICKET = 1, 3, 4
_NTLM, _KERBEROS, _RADIUS = 1, 2, 10
_NETWORK = 3
_SUCCESS, _FAILURE = 1, 2
_REQUESTS = {"AS": _TICKET, "TGS": _SERVICE_TICKET}


def kerberos(draft: Draft) -> Reading:
    """Read a ticket request: client and service are `name/REALM`."""
    client = text(draft.take("client"))
    if client is not None:
        name, _, realm = client.rpartition("/")
        draft.put("user.name", name or None)
        draft.put("user.domain", realm)
    draft.put("service.name", text(draft.take("service")))
    draft.put("auth_protocol_id", _KERBEROS)
    draft.put("status_detail", text(draft.take("error_msg")))
    _put_outcome(draft)
    return Reading(3002, _REQUESTS.get(text(draft.take("request_type")) or "", 0))


def ntlm(draft: Draft) -> Reading:
    """Read an NTLM authentication."""
    draft.put("user.name", text(draft.take("username")))
    draft.put("user.domain", text(draft.take("domainname")))
    draft.put("src_endpoint.hostname", text(draft.take("hostname")))
    server = text(draft.take("server_dns_computer_name")) or text(draft.take("server_nb_computer_name"))
    draft.put("dst_endpoint.hostname", server)
    draft.put("auth_protocol_id", _NTLM)
    draft.put("logon_type_id", _NETWORK)
    draft.put("status_detail", text(draft.take("status")))
    _put_outcome(draft)
    return Reading(3002, _LOGON)


def radius(draft: Draft) -> Reading:
    """Read a RADIUS authentication."""
    draft.put("user.name", text(draft.take("username")))
    draft.put("src_endpoint.mac", text(draft.take("mac")))
    draft.put("auth_protocol_id", _RADIUS)
    result = (text(draft.take("result")) or "").lower()
    draft.put("status_id", {"success": _SUCCESS, "failed": _FAILURE}.get(result))
    draft.put("status_detail", text(draft.take("reply_msg")))
    return Reading(3002, _LOGON)


def _put_outcome(draft: Draft) -> None:
    success = flag(draft.take("success"))
    if success is not None:
        draft.put("status_id", _SUCCESS if success else _FAILURE)
