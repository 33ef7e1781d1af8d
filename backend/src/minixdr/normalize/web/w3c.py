"""A record of a W3C extended log -> its fields, under the names of Sigma's webserver and proxy rules.

In: columns by name. Source: W3C working draft WD-logfile-960323; IIS, `W3C extended log file format`; Amazon
CloudFront, `Standard log file fields`; ProxySG, `ELFF`. SigmaHQ's names are W3C's without brackets (`cs-user-agent`
for `cs(User-Agent)`). IIS writes `+` for a blank: user agents are given both ways.
"""

import re
from typing import Any

from minixdr.normalize.values import text
from minixdr.normalize.web.request import target_fields
from minixdr.schema.record import JsonObject

_IIS_NAMES = (
    "c-ip", "cs-username", "date", "time", "s-sitename", "s-computername", "s-ip", "time-taken", "cs-bytes", "sc-bytes", "sc-status",
    "sc-win32-status", "cs-method", "cs-uri-stem", "cs-uri-query",
)  # fmt: skip
"""Columns of IIS's own format, under W3C's names."""
_IIS_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}\Z")
_METHOD = re.compile(r"[A-Za-z_-]{2,32}\Z")
KIND = "w3c_kind"
"""The field that says whether a record is a proxy's or a web server's."""
_OF_PROXIES = ("s-action", "sc-filter-result", "r-ip", "r-host", "cs-categories", "x-exception-id", "rs(Content-Type)")
_COLUMNS = {
    "cs-user-agent": ("cs(User-Agent)", "cs-user-agent"),
    "cs-referer": ("cs(Referer)", "cs-referer"),
    "cs-cookie": ("cs(Cookie)",),
    "cs-host": ("cs(Host)", "cs-host", "x-host-header"),
    "cs-content-type": ("cs(Content-Type)",),
    "c-ip": ("c-ip",),
    "cs-username": ("cs-username", "cs-userdn"),
    "scheme": ("cs-uri-scheme", "cs-protocol"),
}
"""Sigma's name -> the columns that hold it, the first that is there."""


def is_w3c(body: JsonObject) -> bool:
    """Return whether the record is of requests over HTTP."""
    return (
        "cs-method" in body or "cs-uri-stem" in body or "cs-uri-path" in body or "cs-uri" in body
    ) and "c-ip" in body


def iis_record(body: JsonObject) -> JsonObject | None:
    """Return a line of IIS's own log format under W3C's names, None where it is none.

    Source: IIS, `IIS log file format`: fixed columns, a comma and a blank between them. A request's comma is not escaped: a line with more
    columns than there are is none.
    """
    line = body.get("message")
    if not isinstance(line, str) or len(body) != 1 or ", W3SVC" not in line[:200]:
        return None
    values = line.rstrip().removesuffix(",").split(", ")
    if len(values) != len(_IIS_NAMES) or not _IIS_DATE.match(values[2]) or not _METHOD.match(values[12]):
        return None
    return {name: value for name, value in zip(_IIS_NAMES, values, strict=True) if value not in ("-", "")}


def is_iis(body: JsonObject) -> bool:
    """Return whether the record is a line of IIS's own format."""
    return iis_record(body) is not None


def iis_fields(body: JsonObject) -> dict[str, Any]:
    """Return a line of IIS's own format under its names and those of Sigma's rules."""
    return w3c_fields(iis_record(body) or {})


def w3c_fields(body: JsonObject) -> dict[str, Any]:
    """Return the record under its own names and those of Sigma's rules."""
    named: dict[str, Any] = dict(body)
    for name, columns in _COLUMNS.items():
        named[name] = next((body[column] for column in columns if column in body), None)
    agent = text(named["cs-user-agent"])
    if agent is not None and "+" in agent:
        named["cs-user-agent"] = [agent, agent.replace("+", " ")]
    named["c-useragent"] = named["cs-user-agent"]
    named["cs-referrer"] = named["cs-referer"]
    named["r-dns"] = named["cs-host"]
    target = target_of(body)
    host, scheme = text(named["cs-host"]), (text(named["scheme"]) or "http").lower()
    if target is not None:
        named.update(target_fields(target, host, scheme))
    named["target"] = target
    named[KIND] = "proxy" if any(name in body for name in _OF_PROXIES) else "webserver"
    return named


def target_of(body: JsonObject) -> str | None:
    """Return the request's target: path and query."""
    whole = text(body.get("cs-uri")) or text(body.get("c-uri"))
    if whole is not None:
        return whole
    path = text(body.get("cs-uri-stem")) or text(body.get("cs-uri-path"))
    query = text(body.get("cs-uri-query"))
    if path is None or query is None or "?" in path:
        return path
    return path + query if query.startswith("?") else f"{path}?{query}"
