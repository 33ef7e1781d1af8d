"""The Sigma language, from YAML to a match: specification 2.1 with its appendix of modifiers."""

import base64

import pytest

from minixdr.detect.loading import load
from tests.unit.detect.made_up import engine_of, holds, matches, rule, rules_of

MIMI = base64.b64encode(b"xxmimikatz").decode()
WIDE = base64.b64encode("mimikatz".encode("utf-16-le")).decode()

CASES = [
    ("equality ignores case", "{s: {a: PowerShell.exe}, condition: s}", {"a": "powershell.EXE"}, True),
    ("equality is of the whole value", "{s: {a: cmd}, condition: s}", {"a": "cmd.exe"}, False),
    ("a list is one of", "{s: {a: [x, y]}, condition: s}", {"a": "Y"}, True),
    ("a map is all of", "{s: {a: x, b: y}, condition: s}", {"a": "x", "b": "z"}, False),
    ("a list of maps is one of", "{s: [{a: x}, {b: y}], condition: s}", {"b": "y"}, True),
    ("a list of conditions is one of", "{s: {a: x}, t: {b: y}, condition: [s, t]}", {"b": "y"}, True),
    ("* is any text, line breaks too", "{s: {a: 'x*z'}, condition: s}", {"a": "x\ny\nz"}, True),
    ("* may be nothing", "{s: {a: 'x*'}, condition: s}", {"a": "x"}, True),
    ("? is one character", "{s: {a: 'x?z'}, condition: s}", {"a": "xz"}, False),
    (r"\* is an asterisk", r"{s: {a: 'x\*'}, condition: s}", {"a": "x*"}, True),
    (r"\* is no wildcard", r"{s: {a: 'x\*'}, condition: s}", {"a": "xy"}, False),
    (r"\\* is a backslash and a wildcard", r"{s: {a: 'x\\*'}, condition: s}", {"a": "x\\y"}, True),
    (r"\ before another character is a backslash", r"{s: {a: 'C:\Windows'}, condition: s}", {"a": "c:\\windows"}, True),
    ("contains", "{s: {a|contains: mid}, condition: s}", {"a": "a MID b"}, True),
    ("contains of a wildcard", "{s: {a|contains: 'm?d'}, condition: s}", {"a": "a mud b"}, True),
    ("startswith", "{s: {a|startswith: be}, condition: s}", {"a": "begin"}, True),
    ("endswith", "{s: {a|endswith: be}, condition: s}", {"a": "begin"}, False),
    ("all", "{s: {a|contains|all: [x, y]}, condition: s}", {"a": "y x"}, True),
    ("all, not all", "{s: {a|contains|all: [x, y]}, condition: s}", {"a": "x"}, False),
    ("cased", "{s: {a|cased: Abc}, condition: s}", {"a": "abc"}, False),
    ("contains cased", "{s: {a|contains|cased: Abc}, condition: s}", {"a": "x Abc"}, True),
    ("re searches", "{s: {a|re: 'b+c'}, condition: s}", {"a": "abbbcd"}, True),
    ("re minds case", "{s: {a|re: 'b+c'}, condition: s}", {"a": "ABBBCD"}, False),
    ("re with i", "{s: {a|re|i: 'b+c'}, condition: s}", {"a": "ABBBCD"}, True),
    ("re with m", "{s: {a|re|m: '^b'}, condition: s}", {"a": "a\nb"}, True),
    ("re without m", "{s: {a|re: '^b'}, condition: s}", {"a": "a\nb"}, False),
    ("re with s", "{s: {a|re|s: 'a.b'}, condition: s}", {"a": "a\nb"}, True),
    ("cidr", "{s: {a|cidr: 192.0.2.0/24}, condition: s}", {"a": "192.0.2.77"}, True),
    ("cidr, outside", "{s: {a|cidr: 192.0.2.0/24}, condition: s}", {"a": "198.51.100.1"}, False),
    ("cidr, no address", "{s: {a|cidr: 192.0.2.0/24}, condition: s}", {"a": "192.0.2.7.example"}, False),
    ("cidr of IPv6", "{s: {a|cidr: '2001:db8::/32'}, condition: s}", {"a": "2001:db8:0:1::9"}, True),
    ("base64", "{s: {a|base64: mimikatz}, condition: s}", {"a": base64.b64encode(b"mimikatz").decode()}, True),
    ("base64offset", "{s: {a|base64offset|contains: mimikatz}, condition: s}", {"a": f"-enc {MIMI}"}, True),
    ("wide", "{s: {a|wide|base64: mimikatz}, condition: s}", {"a": WIDE}, True),
    ("utf16le is wide", "{s: {a|utf16le|base64: mimikatz}, condition: s}", {"a": WIDE}, True),
    (
        "utf16be",
        "{s: {a|utf16be|base64: mimikatz}, condition: s}",
        {"a": base64.b64encode("mimikatz".encode("utf-16-be")).decode()},
        True,
    ),
    (
        "utf16 has a byte order mark",
        "{s: {a|utf16|base64: ab}, condition: s}",
        {"a": base64.b64encode(b"\xff\xfea\0b\0").decode()},
        True,
    ),
    ("windash", "{s: {a|windash|contains: ' -f '}, condition: s}", {"a": "x /f y"}, True),
    ("windash, en dash", "{s: {a|windash|contains: ' -f '}, condition: s}", {"a": "x \u2013f y"}, True),
    ("exists", "{s: {a|exists: true}, condition: s}", {"a": None}, True),
    ("exists not", "{s: {a|exists: false}, condition: s}", {"b": 1}, True),
    ("null is absent", "{s: {a: null}, condition: s}", {"b": 1}, True),
    ("null is null", "{s: {a: null}, condition: s}", {"a": None}, True),
    ("null is not empty", "{s: {a: null}, condition: s}", {"a": ""}, False),
    ("empty is empty", "{s: {a: ''}, condition: s}", {"a": ""}, True),
    ("empty is not absent", "{s: {a: ''}, condition: s}", {"b": 1}, False),
    ("gt", "{s: {a|gt: 5}, condition: s}", {"a": 6}, True),
    ("gt of a text", "{s: {a|gt: 5}, condition: s}", {"a": "6"}, True),
    ("gte", "{s: {a|gte: 5}, condition: s}", {"a": 5}, True),
    ("lt", "{s: {a|lt: 5}, condition: s}", {"a": 5}, False),
    ("lte of a fraction", "{s: {a|lte: 5.5}, condition: s}", {"a": 5.25}, True),
    ("gt of no number", "{s: {a|gt: 5}, condition: s}", {"a": "many"}, False),
    ("neq", "{s: {a|neq: 5}, condition: s}", {"a": 6}, True),
    ("neq of the same", "{s: {a|neq: 5}, condition: s}", {"a": 5}, False),
    ("neq of a text", "{s: {a|neq: x}, condition: s}", {"a": "X"}, False),
    ("fieldref", "{s: {a|fieldref: b}, condition: s}", {"a": "x", "b": "X"}, True),
    ("fieldref of absent fields", "{s: {a|fieldref: b}, condition: s}", {"c": 1}, False),
    ("fieldref startswith", "{s: {a|fieldref|startswith: b}, condition: s}", {"a": "xyz", "b": "xy"}, True),
    ("fieldref endswith", "{s: {a|fieldref|endswith: b}, condition: s}", {"a": "xyz", "b": "xy"}, False),
    ("number", "{s: {a: 4624}, condition: s}", {"a": "4624"}, True),
    ("number as text", "{s: {a: '4624'}, condition: s}", {"a": 4624}, True),
    ("1 is not true", "{s: {a: 1}, condition: s}", {"a": True}, False),
    ("true is true", "{s: {a: true}, condition: s}", {"a": True}, True),
    ("true as text", "{s: {a: 'true'}, condition: s}", {"a": True}, True),
    ("minute", "{s: {a|minute: 2}, condition: s}", {"a": "2026-11-25T01:02:03Z"}, True),
    ("hour", "{s: {a|hour: 1}, condition: s}", {"a": "2026-11-25T01:02:03Z"}, True),
    ("day", "{s: {a|day: 25}, condition: s}", {"a": "2026-11-25T01:02:03Z"}, True),
    ("week", "{s: {a|week: 48}, condition: s}", {"a": "2026-11-25T01:02:03Z"}, True),
    ("month", "{s: {a|month: 11}, condition: s}", {"a": "2026-11-25T01:02:03Z"}, True),
    ("year", "{s: {a|year: 2025}, condition: s}", {"a": "2026-11-25T01:02:03Z"}, False),
    ("keywords", "{s: [evil, bad], condition: s}", {"z": {"y": ["so EVIL a thing"]}}, True),
    ("keywords do not read keys", "{s: [evil], condition: s}", {"evil": "good"}, False),
    ("all keywords", "{s: {'|all': [evil, bad]}, condition: s}", {"z": "evil", "y": "bad"}, True),
    ("all keywords, one absent", "{s: {'|all': [evil, bad]}, condition: s}", {"z": "evil"}, False),
    ("1 of", "{s_1: {a: x}, s_2: {b: y}, condition: 1 of s_*}", {"b": "y"}, True),
    ("all of", "{s_1: {a: x}, s_2: {b: y}, condition: all of s_*}", {"b": "y"}, False),
    ("all of them", "{s_1: {a: x}, t: {b: y}, condition: all of them}", {"a": "x", "b": "y"}, True),
    ("1 of them", "{s_1: {a: x}, t: {b: y}, condition: 1 of them}", {"a": "x"}, True),
    ("and not", "{s: {a: x}, f: {b: y}, condition: s and not f}", {"a": "x", "b": "y"}, False),
    ("not 1 of", "{s: {a: x}, f_1: {b: y}, f_2: {c: z}, condition: s and not 1 of f_*}", {"a": "x", "c": "z"}, False),
    ("nested", "{s: {a: x}, f: {b: y}, g: {c: z}, condition: s and (f or not (g or f))}", {"a": "x", "c": "w"}, True),
    ("a path", "{s: {a.b.c: x}, condition: s}", {"a": {"b": {"c": "x"}}}, True),
    ("a key with dots", "{s: {a.b.c: x}, condition: s}", {"a.b.c": "x"}, True),
    ("a path through a list", "{s: {a.b: x}, condition: s}", {"a": [{"b": "w"}, {"b": "x"}]}, True),
    ("any element of a list", "{s: {a|contains: x}, condition: s}", {"a": ["w", ["vxv"]]}, True),
    ("an object is its JSON", "{s: {a|contains: 'b\":1'}, condition: s}", {"a": {"b": 1}}, True),
]


@pytest.mark.parametrize(
    ("detection", "body", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_says_what_the_specification_says(detection: str, body: dict[str, object], expected: bool) -> None:
    """A detection holds where the specification says so, and nowhere else."""
    assert holds(detection, body) is expected


def test_placeholders_take_the_values_given() -> None:
    """`expand` means one of the values that a person gave."""
    detection = "{s: {a|expand: '%admins%'}, condition: s}"
    assert holds(detection, {"a": "ROOT"}, {"admins": ["alice", "root"]})
    assert not holds(detection, {"a": "bob"}, {"admins": ["alice", "root"]})


def test_global_documents_are_merged() -> None:
    """`action: global` gives its keys to the rules after it."""
    common = {"action": "global", "title": "Common", "level": "high", "detection": {"condition": "s"}}
    first = {
        "id": "00000000-0000-4000-8000-000000000001",
        "logsource": {"product": "up"},
        "detection": {"s": {"a": "x"}},
    }
    second = {
        "id": "00000000-0000-4000-8000-000000000002",
        "logsource": {"product": "up"},
        "detection": {"s": {"a": "y"}},
    }
    engine = engine_of(rules_of(common, first, second))
    assert [list(match.rules) for match in matches(engine, {"a": "x"}, {"a": "y"}, {"a": "z"})] == [[0], [1]]


def test_filters_take_away() -> None:
    """A Sigma filter makes the rules it names silent where it holds."""
    filtering = {
        "title": "Not on the build machine",
        "id": "00000000-0000-4000-8000-0000000000ff",
        "logsource": {"product": "up"},
        "filter": {"rules": ["00000000-0000-4000-8000-000000000001"], "host": {"h": "build"}, "condition": "not host"},
    }
    loaded = rules_of(rule("{s: {a: x}, condition: s}"), filtering)
    assert loaded.filters == 1
    engine = engine_of(loaded)
    assert [match.index for match in matches(engine, {"a": "x", "h": "build"}, {"a": "x", "h": "web"})] == [1]


BOMB = "title: x\na0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 8))
"""A list that stands for 5,000,000 values."""


def test_aliases_are_taken() -> None:
    """Also thousands of them, and of what lies deep."""
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 50))
    text = f"{chain}title: x\nlogsource: {{product: up}}\nv: &v [one, two]\ndetection: {{s: {{a: *v}}, t: {{b: *v}}, condition: s or t}}"
    assert len(load([("r.yml", text.encode())], {}).rules) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title: x\ntitle: y\ndetection: {}", "there twice"),
        ("[1, 2]", "not a mapping"),
        ("title: x", "no `detection`"),
        ("title: x\ndetection: {s: {a: x}, condition: t}\nlogsource: {product: up}", ""),
        ("title: x\ndetection: {s: {a|nonsense: x}, condition: s}\nlogsource: {product: up}", "nonsense"),
        ("title: x\ndetection: {s: {a|re: '('}, condition: s}\nlogsource: {product: up}", ""),
        ("title: 5\ndetection: 7\nlogsource: []", ""),
        ("a: " + "[" * 500 + "]" * 500, "nested too deep"),
        (BOMB + "detection: {s: {a: *a7}, condition: s}", "aliases stand for more than"),
        (BOMB + "m: {<<: *a7}\ndetection: {s: {a: x}, condition: s}", "aliases stand for more than"),
        ("title: x\ndetection: &d {s: *d, condition: s}", "an alias names what it is part of"),
        ("title: x\ndetection: {s: &d [*d], condition: s}", "an alias names what it is part of"),
        ("a: &a {b: &b [*c, &c [*a]]}\ndetection: {}", "not YAML"),
        ("title: [\n", "not YAML"),
        ("\xff\xfe", ""),
        (
            "title: x\ndetection: {s: {a|gt: 99999999999999999999999}, condition: s}\nlogsource: {product: up}",
            "64 bits",
        ),
    ],
)
def test_what_cannot_run_is_refused_with_its_reason(text: str, reason: str) -> None:
    """A bad rule is listed with its file and reason, and the good one beside it runs."""
    good = rule("{s: {a: x}, condition: s}")
    loaded = rules_of(good)
    bad = rules_of(text)
    assert len(loaded.rules) == 1
    assert not bad.rules
    assert bad.refusals
    assert bad.refusals[0].path == "rules/made_up.yml"
    assert reason in bad.refusals[0].reason


def test_the_same_id_twice_is_refused() -> None:
    """Two rules with one id would make findings that cannot be told apart."""
    loaded = rules_of(rule("{s: {a: x}, condition: s}"), rule("{s: {a: y}, condition: s}"))
    assert len(loaded.rules) == 1
    assert "taken by" in loaded.refusals[0].reason


def test_a_log_source_is_lower_case() -> None:
    """`product: Up` means the same product, as rules are written by hand."""
    loaded = rules_of(rule("{s: {a: x}, condition: s}", logsource={"product": "Up"}))
    assert matches(engine_of(loaded), {"a": "x"})
