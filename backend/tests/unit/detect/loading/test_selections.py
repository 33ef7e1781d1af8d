"""Selections of a rule's text and their lines."""

from minixdr.detect.loading.selections import selections
from minixdr.detect.rule import And, Or

_RULE = """title: Shell
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0301
logsource: {product: windows, category: process_creation}
detection:
    parent:
        ParentImage|endswith:
            - \\winword.exe
            - \\excel.exe
    shells:
        - Image|endswith: \\cmd.exe
        - Image|endswith: \\powershell.exe
          CommandLine|contains: -enc
    words:
        - evil

    condition: parent and
        (shells or words)
level: high
"""


def test_lines_of_selections_and_fields() -> None:
    """From 1; without modifiers; a list of maps has the fields of all."""
    parent, shells, words = selections(_RULE)
    assert (parent.name, parent.first_line, parent.last_line) == ("parent", 5, 8)
    assert [(each.field, each.first_line, each.last_line) for each in parent.fields] == [("ParentImage", 6, 8)]
    assert (shells.first_line, shells.last_line) == (9, 12)
    assert [(each.field, each.first_line) for each in shells.fields] == [
        ("Image", 10),
        ("Image", 11),
        ("CommandLine", 12),
    ]
    assert (words.first_line, words.last_line, words.fields) == (13, 14, ())


def test_each_is_a_condition_of_its_own() -> None:
    """The same rule with that selection for its condition, which may stand on several lines."""
    parent, shells, words = selections(_RULE)
    assert isinstance(parent.condition, Or)
    assert isinstance(shells.condition, Or)
    assert isinstance(shells.condition.items[1], And)
    assert words.condition is not None
    flow = "title: a\nlogsource: {product: aws}\ndetection: {one: {a: b}, condition: one}\nlevel: low\n"
    (one,) = selections(flow)
    assert (one.first_line, one.last_line) == (3, 3)


def test_what_is_no_rule_has_none() -> None:
    """Not YAML, a correlation rule, several documents, nothing."""
    for text in ("", "a: [", "title: x", "correlation: {type: event_count}", "detection: 7", f"{_RULE}---\n{_RULE}"):
        assert selections(text) == ()


def test_a_selection_that_cannot_run_alone_is_shown_all_the_same() -> None:
    """A condition cannot name one of two words."""
    odd = _RULE.replace("- evil", "- evil\n    two words:\n        a: b")
    found = {each.name: each for each in selections(odd)}
    assert (found["two words"].condition, found["two words"].first_line) == (None, 15)
    assert isinstance(found["parent"].condition, Or)
