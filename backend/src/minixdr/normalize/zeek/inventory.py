"""Zeek logs of what is on the network: known_hosts, known_services, software. Source: docs.zeek.org; OCSF Discovery."""

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import put_address, text
from minixdr.normalize.zeek.reading import Reading

_COLLECT = 2


def known_host(draft: Draft) -> Reading:
    """Read a host that was seen to answer."""
    _put_device(draft)
    return Reading(5001, _COLLECT)


def software(draft: Draft) -> Reading:
    """Read software that a host was seen to use. It named itself: a scanner writes attacks into it."""
    _put_device(draft)
    draft.put("package.name", text(draft.take("name")))
    draft.put("package.version", text(draft.take("unparsed_version")))
    draft.put("package.type_id", 1)
    return Reading(5020, _COLLECT)


def _put_device(draft: Draft) -> None:
    put_address(draft, "device", draft.take("host"))
    draft.put("device.type_id", 0)
