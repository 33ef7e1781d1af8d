"""Where findings and observations are."""

from minixdr.app.scan.found import AllFound, Observed, Places, in_order
from minixdr.app.scan.frames import encode_found
from tests.unit.app.scan.scans import RULE, Memory, make_finding


def test_observations_of_all_processes_come_in_the_order_of_time() -> None:
    """Whatever process read them, and in whatever order."""
    first, second = Observed("a"), Observed("b")
    for seconds, position in ((5.0, 0), (1.0, 9)):
        first.seconds.append(seconds)
        first.positions.append(position)
    second.seconds.append(3.0)
    second.positions.append(4)
    assert list(in_order([first, second])) == [(1.0, "a", 9), (3.0, "b", 4), (5.0, "a", 0)]
    assert list(in_order([])) == []


def test_findings_keep_their_order_and_place() -> None:
    """Each is found again in its spool."""
    spools = Memory()
    places = Places("memory")
    for number in (2, 1):
        places.positions.append(spools.append(encode_found(make_finding(number), with_event=False)))
    found = AllFound()
    found.analytics[RULE.rule_id] = RULE
    assert [key.finding_id for key in found.take(places, spools)] == [f"{2:032x}", f"{1:032x}"]
    assert [(item.finding_id, item.position) for item in found] == [(f"{2:032x}", 0), (f"{1:032x}", 1)]
    assert len(found) == 2
