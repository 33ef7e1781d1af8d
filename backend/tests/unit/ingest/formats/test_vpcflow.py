"""VPC flow logs as text: any order of fields, or the default without a header."""

from tests.unit.ingest.streams import read_bytes

LINE = "2 111122223333 eni-0a1b2c3d 192.0.2.7 198.51.100.9 40000 443 6 10 840 1700000000 1700000060 ACCEPT OK"
NODATA = "2 111122223333 eni-0a1b2c3d - - - - - - - 1700000000 1700000060 - NODATA"


def test_without_a_header_the_default_fields_are_taken() -> None:
    """CloudWatch exports have no header; NODATA lines are records, too."""
    result = read_bytes(f"{LINE}\n{NODATA}\n".encode())
    assert result.formats == {"vpcflow"}
    assert result.bodies[0]["dstport"] == "443"
    assert (result.bodies[1]["srcaddr"], result.bodies[1]["log-status"]) == ("-", "NODATA")


def test_a_header_says_the_order() -> None:
    """Customers choose fields and order; the names are AWS's."""
    header = "instance-id srcaddr dstaddr flow-direction log-status"
    result = read_bytes(f"{header}\ni-1 192.0.2.7 198.51.100.9 egress OK\n".encode())
    assert result.formats == {"vpcflow"}
    assert result.bodies == [
        {
            "instance-id": "i-1",
            "srcaddr": "192.0.2.7",
            "dstaddr": "198.51.100.9",
            "flow-direction": "egress",
            "log-status": "OK",
        }
    ]


def test_a_header_in_the_middle_changes_the_order() -> None:
    """Files of different flow logs may be put together."""
    result = read_bytes(
        b"srcaddr dstaddr action\n192.0.2.1 192.0.2.2 ACCEPT\naction dstaddr srcaddr\nREJECT 192.0.2.3 192.0.2.4\n"
    )
    assert [body["srcaddr"] for body in result.bodies] == ["192.0.2.1", "192.0.2.4"]


def test_a_line_that_does_not_fit_is_malformed() -> None:
    """Fields are not guessed."""
    result = read_bytes(f"{LINE}\n{LINE} more\n{LINE}\n".encode())
    assert len(result.records) == 2
    assert [issue.number for issue in result.issues] == [2]
