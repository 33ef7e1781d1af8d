"""Rules ready to run."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from minixdr import __version__
from minixdr.app.ruleset import load_ruleset, placeholders
from minixdr.app.scan.request import BadInput
from minixdr.cli.main import build
from minixdr.wiring import services
from tests.integration.test_scan import MANY, RULE
from tests.unit.app.scan.scans import make_request


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a rule, and a cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIXDR_CACHE_DIR", str(tmp_path / "cache"))
    Path("rules").mkdir()
    Path("rules/a.yml").write_text(RULE)
    return tmp_path


def _load(**changes: Any) -> Any:
    return load_ruleset(make_request(**{"rules": ("rules",), **changes}), services())


def test_rules_are_compiled_once(folder: Path) -> None:
    """The second start takes them from the cache; an edited rule is compiled anew."""
    assert (_load().count, _load().count) == (1, 1)
    assert len(list((folder / "cache").iterdir())) == 1
    Path("rules/b.yml").write_text(MANY)
    assert _load().count == 2
    assert len(list((folder / "cache").iterdir())) == 2


def test_rules_that_were_compiled_at_installation_are_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`minixdr rules compile` writes what a process with the same rules starts with: it compiles nothing, and keeps nothing of its own."""
    result = CliRunner().invoke(
        build(services, __version__), ["rules", "compile", "--into", "shipped", "--rules", "rules"]
    )
    assert result.exit_code == 0, result.output
    monkeypatch.setenv("MINIXDR_COMPILED_RULES", str(folder / "shipped"))
    own = services().own_rules
    assert f"{_load(rules=(own, 'rules')).count:,} rules compiled into shipped" in result.output
    assert not (folder / "cache").exists()
    assert _load().count == 1  # other rules than were compiled
    assert len(list((folder / "cache").iterdir())) == 1


def test_compiled_rules_need_a_place(folder: Path) -> None:
    """Bad input is exit status 2, and says which folder."""
    Path("file").write_text("")
    result = CliRunner().invoke(build(services, __version__), ["rules", "compile", "--into", "file/shipped"])
    assert result.exit_code == 2
    assert "file/shipped" in result.output


def test_a_kept_file_under_another_name_is_not_believed(folder: Path) -> None:
    """Whoever swaps the cache's files does not swap rules."""
    _load()
    (first,) = (folder / "cache").iterdir()
    Path("rules/b.yml").write_text(MANY)
    _load()
    (second,) = set((folder / "cache").iterdir()) - {first}
    first.replace(second)
    assert _load().count == 2


@pytest.mark.parametrize("name", [b"bad\xff.yml", b"\x1b[31m.yml", b"a\n.yml"])
def test_any_file_name_will_do(folder: Path, name: bytes) -> None:
    """A rule in a file whose name is no Unicode runs, and is kept."""
    rule = RULE.replace("f0001", "f0009").replace("access_key_created", "x")
    (folder / "rules" / name.decode("utf-8", "surrogateescape")).write_text(rule)
    assert _load().count == _load().count == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: " + b"[" * 200_000, "nested too deep"),
        (b"- " * 200_000, "nested too deep"),
        (b"a: &a [1, 1]\nb: [*a, *a]", "b: a placeholder takes one value or a list of values"),
        (b"a: {b: c}", "a: a placeholder takes"),
        (b"a: [null]", "a: a placeholder takes"),
        (b"[1]: x", "not YAML"),
        (b"1: x", "1: a placeholder takes"),
        (b"a: [", "not YAML"),
        (b"a: \xff\xfe", "not YAML"),
        (b"x" * 10_000_001, "larger than"),
        (b"", "not a mapping"),
    ],
)
def test_values_for_expand_are_checked(text: bytes, said: str) -> None:
    """Nothing in the file can crash the parser, fill the memory, or be taken for a value that it is not."""
    with pytest.raises(BadInput, match=f"^p.yml: .*{said}|^p.yml: {said}"):
        placeholders([("p.yml", text)])


def test_values_for_expand_add_up() -> None:
    """Lists and single values of several files."""
    texts = [("a.yml", b"admins: [root, 7]\nhosts: web"), ("b.yml", b"admins: alice")]
    assert placeholders(texts) == {"admins": ["root", "7", "alice"], "hosts": ["web"]}


def test_what_cannot_be_read_is_said(folder: Path) -> None:
    """With the path and what to do."""
    for changes, said in (
        ({"rules": ("missing",)}, "missing: No such file"),
        ({"indicators": ("missing",)}, "missing: No such file"),
        ({"placeholders": ("missing",)}, "missing: No such file"),
    ):
        with pytest.raises(BadInput, match=said):
            _load(**changes)


def test_a_list_that_is_not_looked_for_is_told(folder: Path) -> None:
    """A feed cut short beside a good one must not look like a clean log; one alone is bad input, with its reason."""
    Path("good.txt").write_text("192.0.2.66\n")
    Path("cut.json").write_text('{"type":"bundle","objects":[')
    notes = _load(indicators=("good.txt", "cut.json")).notes()
    assert len(notes) == 1
    assert notes[0].startswith("not an indicator: cut.json")
    Path("odd.txt").write_text("192.0.2.66\n" + "\x1b[31m not one\n" * 50)
    assert len(_load(indicators=("odd.txt",)).notes()) == 6
    assert _load(indicators=("good.txt",)).notes() == _load().notes() == []
    with pytest.raises(BadInput, match=r"no indicators in cut\.json: cut\.json.*: not JSON"):
        _load(indicators=("cut.json",))
