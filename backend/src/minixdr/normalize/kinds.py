"""Whether a value is of its attribute's type: what holds an event's columns to one type each, whatever a record says.

In: an OCSF attribute path and a value. Out: None where it fits, else the type it should have. Source: the pinned schema's types
(`schema/ocsf/kinds.py`). Not covered: whether the class has the attribute, and enumerations; the contract tests hold those.
"""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from minixdr.schema.ocsf.kinds import KINDS

_LARGEST = 2**63
_PORTS = 65_536
_LONGEST_EMAIL = 320  # RFC 3696: 64 characters before the at sign, 255 after it
_LONGEST_ADDRESS = 45
_LONGEST_IDENTIFIER = 64
_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+\-./=?^_`{|}~]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def misfit(attribute: str, value: Any) -> str | None:
    """Return the OCSF type that the value (or an item of it) is not of; None where it fits, or where the type is not one."""
    kind, fits = _check(attribute)
    if fits is None:
        return None
    if isinstance(value, list):
        return None if all(item is None or isinstance(item, list) or fits(item) for item in value) else kind
    return None if fits(value) else kind


@lru_cache(maxsize=4_096)  # attributes are the sources' constants, a few hundred
def _check(attribute: str) -> tuple[str, Callable[[Any], bool] | None]:
    kind = KINDS.get(attribute.rpartition(".")[2], "")
    return kind, _FITS.get(kind)


class _IsText(dict[str, bool]):
    """Attribute -> whether any text but "" fits it, worked out at first use: what most attributes are."""

    def __missing__(self, attribute: str) -> bool:
        fits = _check(attribute)[1]
        self[attribute] = fits is None or fits is _text
        return self[attribute]


IS_TEXT = _IsText()


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST


def _port(value: Any) -> bool:
    return _whole(value) and 0 <= value < _PORTS


def _real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


@lru_cache(maxsize=8_192)
def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _address(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_ADDRESS and _is_address(value)


def _network(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_IDENTIFIER:
        return False
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _email(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_EMAIL and _EMAIL.fullmatch(value) is not None


def _mac(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_IDENTIFIER and _MAC.fullmatch(value) is not None


def _uuid(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_IDENTIFIER and _UUID.search(value) is not None


_FITS: dict[str, Callable[[Any], bool]] = {
    "boolean_t": _flag,
    "email_t": _email,
    "file_name_t": _text,
    "file_path_t": _text,
    "float_t": _real,
    "hostname_t": _text,
    "integer_t": _whole,
    "ip_t": _address,
    "long_t": _whole,
    "mac_t": _mac,
    "port_t": _port,
    "string_t": _text,
    "subnet_t": _network,
    "timestamp_t": _whole,
    "url_t": _text,
    "uuid_t": _uuid,
}
