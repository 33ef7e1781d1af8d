"""Indicators: what lists say, and where it is found."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minixdr.detect.kinds.indicator import Indicators, analytics, findings
from minixdr.normalize.entities import entities_of
from minixdr.schema.event import Event
from minixdr.schema.record import Record

MD5 = "0123456789abcdef0123456789abcdef"
SHA256 = "0123456789abcdef" * 4


def load(text, name="list.txt"):
    """Return the indicators of one list."""
    return Indicators.load([(name, text if isinstance(text, bytes) else text.encode())])


def event(attributes, time=datetime(2026, 1, 1, tzinfo=UTC)):
    """Return an event with these attributes."""
    raw = json.dumps(attributes).encode()
    return Event(
        event_id="0" * 32,
        source="zeek",
        class_uid=4001,
        time=time,
        attributes=attributes,
        unmapped={},
        entities=entities_of(attributes),
        doubts=(),
        record=Record("conn.log", 7, raw, attributes, "json"),
    )


def matched(indicators, **attributes):
    """Return the indicators that an event matches; each `__` of a name is a dot."""
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    return [match.indicator for match in indicators.match(event(named))]


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        ("192.0.2.1", "src_endpoint.ip", "192.0.2.1"),
        ("192.0.2[.]1", "dst_endpoint.ip", "::ffff:192.0.2.1"),
        ("192.0.2.1:8080", "dst_endpoint.ip", "192.0.2.1"),
        ("2001:DB8:0::1", "src_endpoint.ip", "2001:db8::1"),
        ("[2001:db8::1]:443", "src_endpoint.ip", "2001:db8::1"),
        ("192.0.2.0/24", "src_endpoint.ip", "192.0.2.200"),
        ("192.0.2.10-192.0.2.20", "src_endpoint.ip", "192.0.2.15"),
        ("192.0.2.10 - 192.0.2.20", "src_endpoint.ip", "192.0.2.20"),
        ("2001:db8::/32", "src_endpoint.ip", "2001:db8:1::5"),
        ("192.0.2.0/24 ; SBL1234", "src_endpoint.ip", "192.0.2.0"),
        ("evil.example", "query.hostname", "EVIL.example."),
        ("evil.example", "query.hostname", "a.b.evil.example"),
        ("evil[.]example # a comment", "dst_endpoint.hostname", "evil.example"),
        ("0.0.0.0 evil.example", "query.hostname", "evil.example"),
        ("||evil.example^", "query.hostname", "evil.example"),
        ("*.evil.example", "query.hostname", "x.evil.example"),
        ("evil.example", "url.url_string", "https://x.evil.example/a"),
        ("192.0.2.1", "url.url_string", "http://192.0.2.1:8080/a"),
        ("bücher.example", "query.hostname", "xn--bcher-kva.example"),
        ("hxxp://evil[.]example/a.php?x=1", "url.url_string", "http://user@EVIL.example:80/a.php?x=1#top"),
        ("evil.example/drop/", "url.url_string", "https://evil.example/drop"),
        (MD5.upper(), "file.hashes.value", MD5),
        (SHA256, "process.file.hashes.value", SHA256.upper()),
        ("Bad@Evil.example", "actor.user.email_addr", "bad@evil.example"),
        ("bad[at]evil[dot]example", "user.email_addr", "bad@evil.example"),
    ],
)
def test_a_line_matches(line, attribute, value):
    """Each kind of indicator, however it is written, matches the same value, however that is written."""
    indicators = load(line)
    assert indicators.refusals == []
    assert len(indicators.match(event({attribute: value}))) == 1


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        ("192.0.2.1", "src_endpoint.ip", "192.0.2.10"),
        ("192.0.2.10-192.0.2.20", "src_endpoint.ip", "192.0.2.21"),
        ("evil.example", "query.hostname", "notevil.example"),
        ("evil.example", "query.hostname", "evil.example.net"),
        ("a.evil.example", "query.hostname", "evil.example"),
        ("http://evil.example/a", "url.url_string", "http://evil.example/b"),
        ("http://evil.example/a", "url.url_string", "http://x.evil.example/a"),
        ("http://evil.example:8080/a", "url.url_string", "http://evil.example/a"),
        ("bad@evil.example", "user.email_addr", "good@evil.example"),
        ("evil.example", "process.cmd_line", "evil.example"),
    ],
)
def test_a_line_does_not_match(line, attribute, value):
    """What is only like an indicator is none."""
    assert load(line).match(event({attribute: value})) == []


@pytest.mark.parametrize(
    "line", ["hello world", "com", "0.0.0.0/0", "10.0.0.0/7", "127.0.0.1", "1.2.3.4/99", "zz" * 16, "a" * 9_000]
)
def test_what_is_no_indicator_is_refused(line):
    """A line that cannot be looked up, or would match everything, is listed with its number and the reason."""
    indicators = load(f"# a list\n\nevil.example\n{line}\n", "feeds/bad.txt")
    assert len(indicators) == 1
    [refusal] = indicators.refusals
    assert (refusal.path, refusal.line) == ("feeds/bad.txt", 4)
    assert refusal.reason


def test_many_refusals_are_counted():
    """A file that is no list does not fill the memory with refusals, and none is lost from the count."""
    refusals = load("no indicator here\n" * 1_000).refusals
    assert len(refusals) == 201
    assert "800 more" in refusals[-1].reason


URLHAUS = """################################################################
# abuse.ch URLhaus Database Dump (CSV)
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"1","2026-01-01 00:00:00","http://evil.example/a,b;c","online","","malware_download","elf,mozi","https://urlhaus.abuse.ch/url/1/","someone"
"""
THREATFOX = """# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable"
"2026-01-01 00:00:00", "1", "192.0.2.1:443", "ip:port", "botnet_cc", "win.x", "None", "Exampleware"
"2026-01-01 00:00:00", "2", "evil.example", "domain", "botnet_cc", "win.x", "None", "Exampleware"
"""
MISP_CSV = f"""uuid,event_id,category,type,value,comment,to_ids,date
a,1,Network activity,ip-dst,192.0.2.1,c2,1,20260101
b,1,Payload delivery,filename|sha256,bad.exe|{SHA256},,1,20260101
c,1,Network activity,domain,good.example,,0,20260101
"""
OTX_CSV = f"Indicator type,Indicator,Description\nIPv4,192.0.2.1,scanner\nFileHash-SHA256,{SHA256},\n"
BAZAAR = f"first_seen;sha256_hash;md5_hash;file_name\n2026-01-01;{SHA256};{MD5};bad.exe\n"
BARE = "2026-01-01,192.0.2.1,some text\n2026-01-02,192.0.2.2,other text\n"


@pytest.mark.parametrize(
    ("table", "attributes"),
    [
        (URLHAUS, {"url.url_string": "http://evil.example/a,b;c"}),
        (THREATFOX, {"dst_endpoint.ip": "192.0.2.1"}),
        (THREATFOX, {"query.hostname": "evil.example"}),
        (MISP_CSV, {"dst_endpoint.ip": "192.0.2.1"}),
        (MISP_CSV, {"file.hashes.value": [SHA256]}),
        (OTX_CSV, {"file.hashes.value": [SHA256]}),
        (BAZAAR, {"file.hashes.value": [MD5]}),
        (BARE, {"dst_endpoint.ip": "192.0.2.2"}),
        ("\ufeffsha256\n" + SHA256, {"file.hashes.value": SHA256}),
    ],
)
def test_tables(table, attributes):
    """The column with indicators is found by its name or, without a header, by what is in it."""
    assert len(load(table, "export.csv").match(event(attributes))) == 1


def test_tables_keep_what_is_not_to_be_looked_for_out():
    """MISP's `to_ids` is obeyed, and said."""
    indicators = load(MISP_CSV)
    assert indicators.match(event({"query.hostname": "good.example"})) == []
    assert "to_ids" in indicators.refusals[0].reason


def stix(pattern, **more):
    """Return a bundle with one indicator beside other objects."""
    indicator = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "indicator--1",
        "pattern": pattern,
        "pattern_type": "stix",
        **more,
    }
    malware = {"type": "malware", "spec_version": "2.1", "id": "malware--1", "name": "evil.example"}
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": [malware, indicator]})


@pytest.mark.parametrize(
    ("pattern", "attributes", "holds"),
    [
        ("[ipv4-addr:value = '192.0.2.1']", {"src_endpoint.ip": "192.0.2.1"}, True),
        ("[ipv4-addr:value = '192.0.2.0/24']", {"src_endpoint.ip": "192.0.2.1"}, True),
        ("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", {"src_endpoint.ip": "192.0.2.1"}, True),
        ("[domain-name:value IN ('a.example', 'b.example')]", {"query.hostname": "b.example"}, True),
        ("[url:value = 'http://a.example/x\\'y']", {"url.url_string": "http://a.example/x'y"}, True),
        (f"[file:hashes.'SHA-256' = '{SHA256}']", {"file.hashes.value": SHA256}, True),
        (f"[file:hashes.MD5 = '{MD5}' OR domain-name:value = 'a.example']", {"query.hostname": "a.example"}, True),
        (
            "[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']",
            {"query.hostname": "b.example"},
            True,
        ),
        (
            f"[file:name = 'Bad.exe' AND file:hashes.MD5 = '{MD5}']",
            {"file.name": "bad.exe", "file.hashes.value": MD5},
            True,
        ),
        (
            f"[file:name = 'Bad.exe' AND file:hashes.MD5 = '{MD5}']",
            {"file.name": "good.exe", "file.hashes.value": MD5},
            False,
        ),
        (
            "[(domain-name:value = 'a.example' OR domain-name:value = 'b.example') AND ipv4-addr:value = '192.0.2.1']",
            {"query.hostname": "b.example", "src_endpoint.ip": "192.0.2.1"},
            True,
        ),
        ("[domain-name:value = 'a.example' AND ipv4-addr:value = '192.0.2.1']", {"query.hostname": "a.example"}, False),
    ],
)
def test_stix_patterns(pattern, attributes, holds):
    """Comparisons, AND and OR mean what STIX says, on one event."""
    indicators = load(stix(pattern))
    assert indicators.refusals == []
    assert bool(indicators.match(event(attributes))) is holds


@pytest.mark.parametrize(
    "pattern",
    [
        "[ipv4-addr:value LIKE '192.%']",
        "[domain-name:value != 'a.example']",
        "[a.example]",
        "[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']",
        "[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']",
        "[domain-name:value = 'a.example'] WITHIN 5 SECONDS",
        "[file:name = 'bad.exe']",
        "[windows-registry-key:key = 'x']",
        "[domain-name:value = 'a.example'",
        "(" * 500,
        "",
    ],
)
def test_stix_patterns_that_are_refused(pattern):
    """A pattern that cannot be looked up is refused as a whole, with its indicator's id, and matches nothing."""
    indicators = load(stix(pattern))
    assert len(indicators) == 0
    assert "indicator--1" in indicators.refusals[0].reason


def test_stix_validity():
    """An indicator that had ended before the event does not match; a revoked one never does."""
    indicators = load(stix("[domain-name:value = 'a.example']", valid_until="2025-12-31T00:00:00Z"))
    attributes = {"query.hostname": "a.example"}
    assert indicators.match(event(attributes, datetime(2025, 12, 1, tzinfo=UTC)))
    assert not indicators.match(event(attributes, datetime(2026, 1, 1, tzinfo=UTC)))
    assert len(load(stix("[domain-name:value = 'a.example']", revoked=True))) == 0


def test_misp_events():
    """Attributes, also those of objects, are read as their types say; those without to_ids are left out and counted."""
    attributes = [
        {"category": "Network activity", "type": "ip-dst|port", "value": "192.0.2.1|443", "to_ids": True},
        {"category": "Network activity", "type": "domain", "value": "good.example", "to_ids": False},
        {"category": "Other", "type": "text", "value": "prose", "to_ids": True},
    ]
    objects = [
        {
            "name": "file",
            "Attribute": [{"category": "x", "type": "filename|md5", "value": f"a.exe|{MD5}", "to_ids": True}],
        }
    ]
    indicators = load(json.dumps({"response": [{"Event": {"info": "x", "Attribute": attributes, "Object": objects}}]}))
    assert len(indicators) == 2
    assert indicators.match(event({"file.hashes.value": MD5}))
    assert len(indicators.refusals) == 2


@pytest.mark.parametrize(
    "document",
    [
        {"name": "pulse", "indicators": [{"indicator": "evil.example", "type": "domain", "title": "x"}]},
        {"1": [{"ioc_value": "evil.example", "ioc_type": "domain", "malware_printable": "x"}]},
        [{"domain": "evil.example"}],
        ["evil.example"],
    ],
)
def test_other_json_feeds(document):
    """OTX pulses, abuse.ch's JSON and plain arrays are read."""
    assert load(json.dumps(document)).match(event({"query.hostname": "evil.example"}))


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"a": 1}', "[" * 10_000, "", "\x00\xff"])
def test_files_that_are_no_lists(text):
    """A file without indicators is refused, never a traceback, never silence."""
    indicators = load(text)
    assert len(indicators) == 0
    assert indicators.refusals


@pytest.mark.parametrize(
    ("raw", "indicator"),
    [
        (rb'{"a":"http:\/\/evil.example\/x"}', "http://evil.example/x"),
        (rb'{"a":"\u0065vil.example"}', "evil.example"),
        (rb'{"a":"evil\u002eexample"}', "evil.example"),
        (rb'{"a":"x\u003cevil.example\u003e"}', "evil.example"),
        (rb'{"a":"x:\nevil.example"}', "evil.example"),
        (rb'{"a":"C:\\users\\evil.example"}', "evil.example"),
        (rb'{"a":"x.EVIL.example."}', "evil.example"),
        ('{"a":"bücher.example"}'.encode(), "bücher.example"),
        (rb'{"a":"b\u00fccher.example"}', "xn--bcher-kva.example"),
        (b"from 192.0.2.1: denied", "192.0.2.1"),
        (b"from 192.0.2.1:443", "192.0.2.0/28"),
        (b'"2001:DB8:0:0::1"', "2001:db8::1"),
        (b"::ffff:c000:201 connected", "192.0.2.1"),
        (rb'{"a":"::\u0066fff:c000:201"}', "192.0.2.1"),
        (b"0:0:0:0:0:FFFF:C000:201", "192.0.2.1"),
        (b"saddr=020001BBC00002010000000000000000", "192.0.2.1"),
        (b"saddr=0A0001BB0000000020010DB800000000000000000000000100000000", "2001:db8::1"),
        (f"SHA256={SHA256.upper()},IMPHASH=0".encode(), SHA256),
        (b'{"mail":"Joe.Bad+x@evil.example"}', "joe.bad+x@evil.example"),
        ("evil.example".encode("utf-16-le"), "evil.example"),
    ],
)
def test_candidates_see_through_writing(raw, indicator):
    """However the raw record writes a value that is an indicator, the record is a candidate; its neighbors are not."""
    indicators = load(indicator)
    assert indicators.candidates([b'{"a":"good.example"}', raw, b'{"a":"198.51.100.9"}']) == [1]
    assert indicators.candidates([raw]) == [0]
    assert indicators.candidates([]) == []


ATTRIBUTES = ("src_endpoint.ip", "query.hostname", "url.url_string", "file.hashes.value", "user.email_addr")
values = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.from_regex(r"([a-z0-9]{1,8}\.){1,3}[a-z]{2,5}", fullmatch=True),
    st.from_regex(r"https?://([a-z0-9]{1,8}\.){1,3}[a-z]{2,5}(/[a-z0-9%?=&.]{0,10})?", fullmatch=True),
    st.from_regex(r"[0-9a-fA-F]{40}", fullmatch=True),
    st.from_regex(r"[a-z.+]{1,9}@([a-z0-9]{1,8}\.){1,2}[a-z]{2,5}", fullmatch=True),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(values, min_size=1, max_size=5), st.data(), st.booleans())
def test_no_match_without_candidate(wanted, data, escaped):
    """A record whose event matches is always a candidate."""
    indicators = load("\n".join(wanted))
    attributes = {name: data.draw(st.sampled_from([*wanted, "good.example"])) for name in ATTRIBUTES}
    found = event(attributes)
    raw = found.record.raw
    if escaped:
        raw = b"".join(
            b"\\u%04x" % byte if place % 3 and chr(byte).isalnum() else bytes([byte]) for place, byte in enumerate(raw)
        )
    if indicators.match(found):
        assert indicators.candidates([b"{}", raw]) == [1]


def test_findings_say_what_and_which_list():
    """One finding for an indicator, whatever number of fields and lists hold it."""
    indicators = Indicators.load([("a/one.txt", b"evil.example # C2 server"), ("b/two.txt", b"evil.example")])
    attributes = {"query.hostname": "x.evil.example", "dst_endpoint.hostname": "evil.example"}
    [found] = findings(indicators, event(attributes))
    assert found.matched == {
        "query.hostname": "x.evil.example",
        "dst_endpoint.hostname": "evil.example",
        "indicator": "evil.example",
        "list": "one.txt, two.txt",
        "description": "C2 server",
    }
    assert (found.analytic.kind, found.analytic.level, found.file, found.record) == ("indicator", "high", "conn.log", 7)
    assert found.analytic in analytics(indicators)
    assert found.finding_id == next(iter(findings(indicators, event(attributes)))).finding_id


def test_saved_and_restored():
    """Indicators that went to another process match the same; bytes that are none are refused."""
    text = f"192.0.2.0/24\n2001:db8::/64\nevil.example\nhttp://bad.example/x\n{SHA256}\na@b.example\n"
    restored = Indicators.restore(load(text).save())
    attributes = {
        "src_endpoint.ip": "192.0.2.9",
        "dst_endpoint.ip": "2001:db8::9",
        "query.hostname": "evil.example",
        "url.url_string": "http://bad.example/x",
        "file.hashes.value": SHA256,
        "user.email_addr": "a@b.example",
    }
    assert len(restored.match(event(attributes))) == 6
    assert restored.candidates([b"x", b"http://bad.example/x"]) == [1]
    with pytest.raises(ValueError, match="cannot be read"):
        Indicators.restore(b"nonsense")
