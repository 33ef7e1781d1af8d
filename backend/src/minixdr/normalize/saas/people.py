"""Who acts in a hosted application, and from where: users, e-mail addresses, clients.

Trusted: what the provider checked (the account that signed in, the address it saw). Not trusted: the user agent, and
any name in a sign-in that failed.
"""

import re
from ipaddress import IPv6Address
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address, port, text

_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63}){1,8}")
"""OCSF's `email_t` asks for this much; what is no such text is no address to join on."""
_NOBODY = frozenset({"unknown", "anonymous", "n/a", "none", "null", "not available"})
_WITH_PORT = re.compile(r"\[?([0-9A-Fa-f:.]{2,45}?)\]?(?::(\d{1,5}))?")
_HIDDEN = frozenset({"::", "0.0.0.0", "<null>", "null", "::1", "unknown"})  # noqa: S104 - a text in a record, nothing is bound
_OF_ACTIVITIES = ("src_endpoint.", "http_request.", "user.")
USER, ADMIN, SYSTEM, SERVICE = 1, 2, 3, 4


def email(value: Any) -> str | None:
    """Return the text where it is an e-mail address."""
    return value if isinstance(value, str) and _EMAIL.fullmatch(value) is not None else None


def put_person(
    draft: Draft, attribute: str, name: Any, uid: Any = None, *, display: Any = None, type_id: int | None = None
) -> None:
    """Set a user: `name` is what the person signs in with (often an e-mail address), `uid` the provider's own id."""
    found = text(name)
    if found is not None and found.lower() not in _NOBODY:
        draft.put(f"{attribute}.name", found)
        draft.put(f"{attribute}.email_addr", email(found))
    own = text(uid)
    draft.put(f"{attribute}.uid", own)
    draft.put(f"{attribute}.display_name", text(display))
    if type_id is not None and (own or found):
        draft.put(f"{attribute}.type_id", type_id)


def put_client(draft: Draft, where: Any, agent: Any = None) -> None:
    """Set the client's address (with a port, where it is written so) and the user agent it sent."""
    if isinstance(where, str) and where not in ("", "-") and where.lower() not in _HIDDEN:
        found = address(where)
        if found is None:
            parts = _WITH_PORT.fullmatch(where)
            found = None if parts is None else address(parts[1])
            draft.put("src_endpoint.port", None if parts is None or found is None else port(parts[2]))
        if found is None:
            draft.doubt("src_endpoint.ip", "the text is not an address")
        else:
            draft.put("src_endpoint.ip", _unfolded(found))
    put_agent(draft, agent)


def _unfolded(found: str) -> str:
    """Return the IPv4 address that an IPv6 one holds, else the address."""
    mapped = IPv6Address(found).ipv4_mapped if found.startswith("::ffff:") else None
    return found if mapped is None else str(mapped)


def put_agent(draft: Draft, agent: Any) -> None:
    """Set the user agent, with the doubt that the client chose it."""
    sent = text(agent)
    if sent is not None:
        draft.put("http_request.user_agent", sent)
        draft.doubt_kept("http_request.user_agent", "the client chose it")


def put_outcome(draft: Draft, *, success: bool | None, status: str | None = None, detail: str | None = None) -> None:
    """Set whether it succeeded, and the product's own words for it."""
    if success is not None:
        draft.put("status_id", 1 if success else 2)
    draft.put("status_code", status)
    draft.put("status_detail", detail)


def as_evidence(draft: Draft) -> None:
    """Move what a finding has no place of its own for under its `evidences`: client, request, user acted on, call."""
    for attribute in [name for name in draft.attributes if name.startswith(_OF_ACTIVITIES)]:
        draft.attributes[f"evidences.{attribute}"] = [draft.attributes.pop(attribute)]
