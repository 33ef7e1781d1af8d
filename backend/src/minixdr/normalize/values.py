"""What a record's value may be read as. In: anything JSON can hold. Out: a text, number, flag or address; None where it is none.

Nothing is guessed: an address with a port on it, a number with a unit, a text that is an object are None here.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from minixdr.normalize.draft import Draft

_UNSET = frozenset({"", "-"})
_LONGEST_NUMBER = 20
_LONGEST_ADDRESS = 45
_LONGEST_MAILBOX = 1_000  # an address has at most 320 characters, a display name seldom more than 100
_MAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63}){1,8}")
_PORTS = 65_536
_LARGEST = 2**63


def text(value: Any) -> str | None:
    """Return a text (a number's decimal text), None for `-`, "", objects, lists and flags."""
    if isinstance(value, str):
        return None if value in _UNSET else value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if -(10**_LONGEST_NUMBER) < value < 10**_LONGEST_NUMBER else None
    return None


def whole(value: Any) -> int | None:
    """Return a whole number of 64 bits with a sign (OCSF's `long_t`), also from its decimal text."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < _LARGEST else None
    elif isinstance(value, str):
        short = value.isascii() and len(value) <= _LONGEST_NUMBER and value.removeprefix("-").isdigit()
        value = int(value) if short else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -_LARGEST <= value < _LARGEST else None


def real(value: Any) -> float | None:
    """Return a finite number, also from its decimal text."""
    if isinstance(value, str) and len(value) <= 2 * _LONGEST_NUMBER:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**63:
        return float(value)
    return None


def milliseconds(value: Any) -> int | None:
    """Return a duration in seconds as whole milliseconds."""
    seconds = real(value)
    return None if seconds is None else round(seconds * 1000)


def flag(value: Any) -> bool | None:
    """Return a truth value, also from its usual texts."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {
            "true": True,
            "t": True,
            "1": True,
            "yes": True,
            "false": False,
            "f": False,
            "0": False,
            "no": False,
        }.get(value.lower())
    return None


def texts(value: Any, separator: str | None = None) -> list[str]:
    """Return the texts of a list (or of one value; of a text cut at the separator)."""
    if isinstance(value, str) and separator is not None:
        value = value.split(separator)
    found = [text(item) for item in value] if isinstance(value, list) else [text(value)]
    return [item for item in found if item is not None]


def mapping(value: Any) -> dict[str, Any]:
    """Return an object, an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, or of one object."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def address(value: Any) -> str | None:
    """Return the address in its one writing, None for what is not exactly an address."""
    return _address(value) if isinstance(value, str) and len(value) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=8_192)
def _address(value: str) -> str | None:
    try:
        return str(ip_address(value))
    except ValueError:
        return None


def port(value: Any) -> int | None:
    """Return a port number."""
    number = whole(value)
    return number if number is not None and 0 <= number < _PORTS else None


def mail_address(value: Any) -> str | None:
    """Return the e-mail address of `a@b.c`, `<a@b.c>`, `Name <a@b.c>` or `a@b.c (Name)`; None where there is none, or more than one."""
    if not isinstance(value, str) or len(value) > _LONGEST_MAILBOX:
        return None
    found = _MAIL.findall(value)
    if len(found) != 1:
        return None
    address_, before, after = found[0], *value.split(found[0])
    written = (
        (before, after) == ("", "")
        or (before.endswith("<") and after == ">")
        or (not before and after.startswith(" ("))
    )
    return address_ if written else None


def put_mail(draft: Draft, attribute: str, value: Any, *, several: bool = False) -> None:
    """Set an e-mail address (or several, of a list or a text with commas); what is none is said."""
    parts = texts(value, ",") if several else texts(value)
    found = [mail_address(part.strip()) for part in parts]
    known = [item for item in found if item is not None]
    draft.put(attribute, known if several else known[0] if known else None)
    if len(known) < len(found):
        draft.doubt_kept(attribute, "some of the text is no e-mail address")


def put_endpoint(draft: Draft, attribute: str, host: Any, port_value: Any = None) -> None:
    """Set `<attribute>.ip` (or `.hostname`, where a name stands in its place) and `<attribute>.port`."""
    draft.put(f"{attribute}.port", port(port_value))
    put_address(draft, attribute, host)


def put_address(draft: Draft, attribute: str, host: Any) -> None:
    """Set `<attribute>.ip`; where the text is no address say so, and believe nothing."""
    found = address(host)
    if found is not None:
        draft.put(f"{attribute}.ip", found)
    elif isinstance(host, str) and host not in _UNSET:
        draft.doubt(f"{attribute}.ip", "the text is not an address")
