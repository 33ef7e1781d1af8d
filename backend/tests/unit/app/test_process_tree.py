"""Process trees out of events."""

from datetime import UTC, datetime, timedelta
from typing import Any

from minixdr.app.process_tree import Process, ProcessEvent, process_trees

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def _event(
    number: int, seconds: float, activity: int, /, *findings: str, host: str = "WS-1", **named: Any
) -> ProcessEvent:
    attributes = {"class_uid": 1007, "activity_id": activity, "device.hostname": host}
    attributes |= {name.replace("__", "."): value for name, value in named.items()}
    return ProcessEvent(f"{number:032x}", START + timedelta(seconds=seconds), attributes, findings)


def _sysmon(number: int, seconds: float, name: str, pid: int, parent: int, *findings: str, **more: Any) -> ProcessEvent:
    return _event(
        number, seconds, 1, *findings,
        process__name=name, process__pid=pid, process__uid=f"guid-{pid}-{name}", process__cmd_line=f"{name} -x",
        process__parent_process__pid=parent, process__parent_process__uid=more.pop("parent_uid", None),
        process__parent_process__name=more.pop("parent_name", None), **more,
    )  # fmt: skip


def _by_name(nodes: list[Process]) -> dict[str, Process]:
    return {str(node.name): node for node in nodes}


def test_children_name_their_parents_by_guid() -> None:
    """Also one whose own start is in no event: it is a root that is known by what it started."""
    word = _sysmon(1, 0, "winword.exe", 10, 5, parent_uid="guid-5", parent_name="explorer.exe")
    shell = _sysmon(2, 1, "cmd.exe", 11, 10, "f1", parent_uid="guid-10-winword.exe", parent_name="WINWORD.EXE")
    (nodes,) = process_trees([shell, word]).values()
    named = _by_name(nodes)
    assert named["cmd.exe"].parent_id == named["winword.exe"].id
    assert named["winword.exe"].parent_id == named["explorer.exe"].id
    explorer = named["explorer.exe"]
    assert (explorer.parent_id, explorer.started_at, explorer.event_id) == (None, None, None)
    assert (named["cmd.exe"].finding_ids, named["winword.exe"].finding_ids) == (["f1"], [])
    assert named["cmd.exe"].event_id == shell.event_id


def test_a_number_that_comes_again_is_another_process() -> None:
    """A child belongs to the latest start of its parent's number before it."""
    first = _event(1, 0, 1, process__name="sh", process__pid=7, process__uid="web:7")
    ended = _event(2, 5, 2, process__name="sh", process__pid=7, process__uid="web:7")
    again = _event(3, 60, 1, process__name="cron", process__pid=7, process__uid="web:7")
    child = _event(4, 61, 1, process__name="curl", process__pid=8, process__parent_process__pid=7)
    (nodes,) = process_trees([child, again, ended, first]).values()
    named = _by_name(nodes)
    assert len(nodes) == 3
    assert named["curl"].parent_id == named["cron"].id
    assert (named["sh"].ended_at, named["cron"].ended_at) == (ended.time, None)


def test_two_logs_of_one_start_are_one_process() -> None:
    """Sysmon's 1 and the security log's 4688, within two seconds."""
    sysmon = _sysmon(1, 0, "cmd.exe", 11, 10, "f1")
    security = _event(
        2, 0.4, 1, "f2", process__name="cmd.exe", process__pid=11, process__parent_process__pid=10,
        actor__user__name="alice", actor__user__domain="CORP",
    )  # fmt: skip
    (nodes,) = process_trees([security, sysmon]).values()
    (shell,) = [node for node in nodes if node.name == "cmd.exe"]
    assert shell.finding_ids == ["f1", "f2"]
    assert (shell.user, shell.started_at, shell.uid) == ("CORP\\alice", sysmon.time, "guid-11-cmd.exe")


def test_what_a_process_does_is_told_of_it() -> None:
    """A connection, with a GUID, and one of a process of which nothing else is known."""
    start = _sysmon(1, 0, "curl.exe", 11, 10)
    connection = _event(2, 3, 1, "f1", class_uid=4001, actor__process__uid="guid-11-curl.exe", actor__process__pid=11)
    other = _event(3, 4, 1, "f2", class_uid=4001, actor__process__name="nc.exe", actor__process__pid=99)
    (nodes,) = process_trees([start, connection, other]).values()
    named = _by_name(nodes)
    assert named["curl.exe"].finding_ids == ["f1"]
    assert (named["nc.exe"].finding_ids, named["nc.exe"].started_at) == (["f2"], None)


def test_hosts_are_apart_and_nothing_is_its_own_ancestor() -> None:
    """The same numbers on two hosts; records that claim a circle; a name without a number is no process."""
    one = _sysmon(1, 0, "a.exe", 1, 2, parent_uid="guid-2-b.exe", parent_name="b.exe")
    two = _sysmon(2, 1, "b.exe", 2, 1, parent_uid="guid-1-a.exe", parent_name="a.exe")
    elsewhere = _sysmon(3, 2, "a.exe", 1, 2, host="WS-2")
    nameless = _event(4, 3, 1, class_uid=1001, actor__process__name="a.exe")
    trees = process_trees([one, two, elsewhere, nameless])
    assert sorted(trees) == ["ws-1", "ws-2"]
    assert len(trees["ws-1"]) == 2
    assert any(node.parent_id is None for node in trees["ws-1"])
    assert process_trees([nameless]) == {}


def test_ids_are_the_same_each_time() -> None:
    """A console may remember which node is open."""
    events = [_sysmon(1, 0, "a.exe", 1, 2), _sysmon(2, 1, "b.exe", 3, 1)]
    ids = [[node.id for node in process_trees(given)["ws-1"]] for given in (events, events[::-1])]
    assert ids[0] == ids[1]
