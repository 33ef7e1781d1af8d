"""OpenSSH's server on Windows -> OCSF Authentication and SSH Activity.

Source: the provider OpenSSH's `process` and `payload`, which is the line that OpenSSH writes to syslog elsewhere.
What the remote side could have written is refused as in `linux/sshd_line.py`: a line with two peers names nobody.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.linux.sshd_line import parse_sshd
from minixdr.normalize.values import put_address
from minixdr.normalize.windows.attributes import text
from minixdr.normalize.windows.reading import Reading, Table

_LOGONS = {"accepted": 1, "failed": 2, "invalid_user": 2, "max_attempts": 2, "denied": 2}  # event -> OCSF status_id
_CONNECTIONS = {"connection": 1, "disconnected": 2, "no_identification": 4, "bad_protocol": 4, "timeout": 4}


def _line(draft: Draft) -> Reading | None:
    said = parse_sshd(text(draft.take("payload")) or "")
    draft.put("activity_name", said.event)
    if said.event not in _LOGONS and said.event not in _CONNECTIONS:
        return None
    draft.attributes.pop("activity_name", None)
    logon = said.event in _LOGONS
    user = "user" if logon else "actor.user"
    draft.put("service.name" if logon else "dst_endpoint.svc_name", "sshd")
    draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname"))
    draft.put("status_id", _LOGONS.get(said.event))
    if said.doubt is not None:
        draft.doubt(f"{user}.name", said.doubt)
        draft.doubt("src_endpoint.ip", said.doubt)
    else:
        draft.put(f"{user}.name", said.user)
        put_address(draft, "src_endpoint", said.host)
        draft.put("src_endpoint.port", said.port)
        if said.user is not None and said.event != "accepted":
            draft.doubt_kept(f"{user}.name", "the name that whoever failed to log on gave")
    return Reading(3002, 1) if logon else Reading(4007, _CONNECTIONS[said.event])


OPENSSH: Table = dict.fromkeys(range(1, 7), (0, 99, _line))
"""Event id (by level, 1 critical to 6 debug) -> OCSF class, activity, mapper."""
