"""The token of a request, in each of the ways that clients write it."""

import base64

import pytest

from minixdr.api.doors.access import Denial, DeniedError, presented

TOKEN = "mxi_abcdefgh_" + "a" * 43


def _basic(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        f"Splunk {TOKEN}",
        f"splunk {TOKEN}",
        f"Bearer {TOKEN}",
        f"ApiKey {TOKEN}",
        f"ApiKey {_basic('id:' + TOKEN)}",
        f"Basic {_basic('anybody:' + TOKEN)}",
        f"Basic {_basic(TOKEN + ':')}",
        f"Basic {_basic(TOKEN)}",
    ],
)
def test_each_client_is_understood(header):
    """Splunk's, OpenTelemetry's, Elasticsearch's and OpenSearch's."""
    assert presented(header) == TOKEN


@pytest.mark.parametrize(
    ("header", "denial"),
    [
        (None, Denial.MISSING),
        ("", Denial.MISSING),
        ("  ", Denial.MISSING),
        ("Bearer", Denial.MALFORMED),
        (f"Digest {TOKEN}", Denial.MALFORMED),
        ("Basic ===", Denial.MALFORMED),
        ("Basic \udcff", Denial.MALFORMED),
        (f"ApiKey {base64.b64encode(b'id:' + bytes([255])).decode()}", Denial.MALFORMED),
        ("Bearer " + "x" * 5_000, Denial.MALFORMED),
        (f"Bearer {TOKEN.replace('mxi', 'mxa')}", Denial.OTHER_KIND),
        (f"Basic {_basic('anybody:' + TOKEN.replace('mxi', 'mxa'))}", Denial.OTHER_KIND),
    ],
)
def test_what_is_no_token_is_said(header, denial):
    """Missing and unreadable are told apart, as Splunk's codes do."""
    with pytest.raises(DeniedError) as denied:
        presented(header)
    assert denied.value.denial is denial
