"""DNS response codes as OCSF captions them. Source: IANA DNS parameters (RCODEs), OCSF `rcode_id`."""

_OTHER_CAPTIONS = {1: "FormError", 2: "ServError"}
"""Code -> caption, where OCSF's differs from IANA's name in more than the letters' case."""


def rcode_caption(code: int | None, name: str | None) -> str | None:
    """Return OCSF's caption of a response code; the record's own name where OCSF has no other."""
    return name if code is None else _OTHER_CAPTIONS.get(code, name)
