"""Windows events as XML are the events that EVTX gives."""

from tests.unit.ingest.streams import read_bytes

EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' "
    "Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/><EventID Qualifiers='0'>4625</EventID><Level>0</Level><TimeCreated "
    "SystemTime='2026-01-02T03:04:05.123Z'/><EventRecordID>7</EventRecordID><Execution ProcessID='4' ThreadID='8'/>"
    "<Channel>Security</Channel><Computer>dc-1.example.com</Computer><Security/></System><EventData>"
    "<Data Name='TargetUserName'>alice &amp; bob ü</Data><Data Name='IpAddress'>192.0.2.7</Data></EventData></Event>"
)
BODY = {
    "Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "System": {
            "Provider": {
                "#attributes": {
                    "Name": "Microsoft-Windows-Security-Auditing",
                    "Guid": "54849625-5478-4994-A5BA-3E3B0328C30D",
                }
            },
            "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 4625},
            "Level": 0,
            "TimeCreated": {"#attributes": {"SystemTime": "2026-01-02T03:04:05.123Z"}},
            "EventRecordID": 7,
            "Execution": {"#attributes": {"ProcessID": 4, "ThreadID": 8}},
            "Channel": "Security",
            "Computer": "dc-1.example.com",
            "Security": None,
        },
        "EventData": {"TargetUserName": "alice & bob ü", "IpAddress": "192.0.2.7"},
    }
}


def test_events_are_read_however_they_are_put_together() -> None:
    """One a line, one after the other, or in an <Events> element, in UTF-8 or UTF-16."""
    for text in (
        EVENT,
        EVENT + "\r\n" + EVENT,
        "<!-- exported -> by hand -->\n" + EVENT,
        f'<?xml version="1.0" encoding="utf-8"?>\n<Events>{EVENT}{EVENT}</Events>',
    ):
        for encoding in ("utf-8", "utf-16"):
            result = read_bytes(text.encode(encoding))
            assert result.formats == {"windows_xml"}
            assert result.bodies == [BODY] * text.count("<System>")
            assert result.issues == []


def test_data_without_names_is_a_list() -> None:
    """Classic events have values without names; those of one name are kept apart."""
    body = read_bytes(
        b"<Event><System/><EventData><Data>a</Data><Data>b</Data><Data Name='x'>1</Data><Data Name='x'>2</Data></EventData></Event>"
    ).bodies[0]
    assert body["Event"]["EventData"] == {"Data": {"#text": ["a", "b"]}, "x": "1", "x_1": "2"}


def test_what_is_no_event_is_malformed() -> None:
    """Broken XML, declarations and depth cost their own record only."""
    bomb = '<Event><!DOCTYPE x [<!ENTITY a "aaaa">]><System/></Event>'
    deep = "<Event>" + "<a>" * 5000 + "</a>" * 5000 + "</Event>"
    result = read_bytes((EVENT + "<Event><System></Event>" + bomb + deep + EVENT + "<Event><System>").encode())
    assert result.bodies == [BODY, BODY]
    assert [issue.number for issue in result.issues] == [2, 3, 4, 6]


def test_a_control_character_does_not_cost_the_event() -> None:
    """XML forbids control characters; an attacker who puts one into a command line hides nothing."""
    text = EVENT.replace("alice", "al\x01ice&#x2;&#31;&#13;")
    (body,) = read_bytes(text.encode()).bodies
    assert body["Event"]["EventData"]["TargetUserName"].startswith("al?ice\ufffd\ufffd\r")


def test_names_that_come_again_cost_no_more_each_time() -> None:
    """An event of 100,000 members of one name is read in about ten times what one of 10,000 takes, not in a hundred times."""
    from minixdr.ingest.formats.windows_xml import _Builder  # noqa: PLC0415

    builder = _Builder()
    builder.start("EventData", {})
    for _ in range(100_000):
        builder.start("a", {})
        builder.end("a")
    builder.end("EventData")
    members = builder.root["EventData"]
    assert len(members) == 100_000
    assert list(members)[-1] == "a_99999"
