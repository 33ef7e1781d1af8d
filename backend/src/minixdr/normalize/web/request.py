"""A request's target and method -> Sigma's webserver and proxy field names, OCSF's url and activity.

Sources: W3C extended log names as SigmaHQ's rules use them; RFC 9112 (request targets); OCSF 4002 `activity_id`. SigmaHQ's authors write
`cs-uri-query` for the query alone and for the path with the query, and `c-uri` for a target and for a whole URL: both are given, as a list, of
which a rule needs one. A client chose every character of a target; it is not decoded, and its host is not believed to be one that exists.
"""

import re
from collections.abc import Mapping
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import port

METHODS = {
    "CONNECT": 1, "DELETE": 2, "GET": 3, "HEAD": 4, "OPTIONS": 5, "POST": 6, "PUT": 7, "TRACE": 8, "PATCH": 9,
    "ACL": 10, "BASELINE-CONTROL": 11, "BIND": 12, "CHECKIN": 13, "CHECKOUT": 14, "COPY": 15, "LABEL": 16, "LINK": 17,
    "LOCK": 18, "MERGE": 19, "MKACTIVITY": 20, "MKCALENDAR": 21, "MKCOL": 22, "MKREDIRECTREF": 23, "MKWORKSPACE": 24,
    "MOVE": 25, "ORDERPATCH": 26, "PRI": 27, "PROPFIND": 28, "PROPPATCH": 29, "QUERY": 30, "REBIND": 31, "REPORT": 32,
    "SEARCH": 33, "UNBIND": 34, "UNCHECKOUT": 35, "UNLINK": 36, "UNLOCK": 37, "UPDATE": 38, "UPDATEREDIRECTREF": 39,
    "VERSION-CONTROL": 40,
}  # fmt: skip
"""HTTP method -> OCSF HTTP Activity."""
OTHER_METHOD = 99
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,15})://([^/?#]*)(.*)", re.DOTALL)
_HOST = re.compile(r"(?:([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))|\[([0-9A-Fa-f:.]{2,45})\])(?::(\d{1,5}))?\Z")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,10})\Z")
_ERRORS = 400


def target_fields(target: str | None, host: str | None, scheme: str = "http") -> dict[str, object]:
    """Return a request target under the names of Sigma's webserver and proxy rules."""
    if target is None:
        return {}
    found = _URL.match(target)
    relative = found[3] or "/" if found else target
    path, mark, query = relative.partition("?")
    if found:
        uris: list[str] = [target, relative]
    else:
        uris = [target, f"{scheme}://{host}{target}"] if host else [target]
    extension = _EXTENSION.search(path)
    return {
        "c-uri": uris,
        "cs-uri": uris,
        "cs-uri-stem": path,
        "c-uri-stem": path,
        "cs-uri-query": [relative, query] if mark else relative,
        "c-uri-query": query if mark else None,
        "c-uri-extension": extension[1] if extension else None,
    }


def put_url(draft: Draft, attribute: str, target: str | None, host: str | None, scheme: str | None = None) -> None:
    """Set a URL's parts. A host that is not written as one is left out, with a doubt."""
    if target is None:
        return
    found = _URL.match(target)
    relative = target
    if found:
        scheme, host, relative = found[1].lower(), found[2].rpartition("@")[2], found[3] or "/"
        draft.put(f"{attribute}.url_string", target)
    path, _, query = relative.partition("?")
    draft.put(f"{attribute}.path", path)
    draft.put(f"{attribute}.query_string", query)
    draft.put(f"{attribute}.scheme", scheme)
    if host:
        put_host(draft, attribute, host)
        if not found and scheme and f"{attribute}.hostname" in draft.attributes and target.startswith("/"):
            draft.put(f"{attribute}.url_string", f"{scheme}://{host}{target}")


def put_host(draft: Draft, attribute: str, host: str) -> None:
    """Set `<attribute>.hostname` and `.port` from a Host header: a client may write anything into it."""
    found = _HOST.match(host)
    if found is None:
        draft.doubt(f"{attribute}.hostname", "the host is not written as a host name or address")
        return
    draft.put(f"{attribute}.hostname", (found[1] or found[2]).lower().rstrip("."))
    draft.put(f"{attribute}.port", port(found[3]))


def activity(method: str | None) -> int:
    """Return OCSF HTTP Activity's `activity_id` of a method, 0 where there is none."""
    return 0 if method is None else METHODS.get(method.upper(), OTHER_METHOD)


def put_method(draft: Draft, method: str | None) -> None:
    """Set the method, where it is a registered one: a client may write anything in its place."""
    if method is None:
        return
    if method.upper() in METHODS:
        draft.put("http_request.http_method", method.upper())
    else:
        draft.doubt("http_request.http_method", "the client wrote what is no HTTP method")


def put_status(draft: Draft, code: int | None) -> None:
    """Set the response's code, and whether it says success."""
    if code is not None and code > 0:
        draft.put("http_response.code", code)
        draft.put("status_code", str(code))
        draft.put("status_id", 2 if code >= _ERRORS else 1)


def renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that `names` (rule author's -> record's) asks for and that are there."""
    return {name: fields[other] for name, other in names.items() if other in fields}


def put_claimed_user(draft: Draft, name: str | None, status: int | None) -> None:
    """Set the user that a request names (Basic authentication), with a doubt; leave it out where the server refused the request."""
    if name is None:
        return
    if status is None or status >= _ERRORS:
        draft.doubt("actor.user.name", "a name that the client sent and the server did not accept")
        return
    draft.put("actor.user.name", name)
    draft.doubt_kept(
        "actor.user.name", "a name that the client sent; whether the server checked it is not in the record"
    )
