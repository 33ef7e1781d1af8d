"""DNS response codes."""

import pytest

from minixdr.normalize.dns import rcode_caption
from tests.contract.ocsf_check import schema

IANA = (
    "NOERROR",
    "FORMERR",
    "SERVFAIL",
    "NXDOMAIN",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "YXRRSET",
    "NXRRSET",
    "NOTAUTH",
    "NOTZONE",
)


@pytest.mark.parametrize(("code", "name"), list(enumerate(IANA)))
def test_names_of_iana_become_captions_of_ocsf(code: int, name: str) -> None:
    """The text beside `rcode_id` is its caption, whatever the case of its letters."""
    caption = schema()["classes"]["4003"]["attributes"]["rcode_id"]["enum"][str(code)]
    assert str(rcode_caption(code, name)).lower() == caption.lower()
