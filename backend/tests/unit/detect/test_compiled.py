"""Compiled rules as bytes: read back as they were, refused where they are not."""

import msgspec
import pytest

from minixdr.detect import compiled
from minixdr.detect.engine import Engine
from tests.unit.detect.made_up import SOURCE, matches, rule, rules_of

LOADED = rules_of(
    rule({"s": {"a|contains": [f"word{number}" for number in range(40)]}, "condition": "s"}),
    rule("{s: {a|re: 'x[0-9]+y'}, t: [evil], condition: s or t}", 2),
)


def _engine(ready: compiled.Compiled) -> Engine:
    return Engine(ready.program, [SOURCE], ready.databases)


def test_what_was_written_is_read() -> None:
    """A program from bytes matches as the one it was made of, and says the same of its rules."""
    first = compiled.compile_rules(LOADED.rules)
    again = compiled.decode(compiled.encode(first))
    assert again == first
    bodies = [{"a": "a word17"}, {"a": "x5y"}, {"z": "evil"}, {"a": "none"}]
    found = [(match.index, match.rules) for match in matches(_engine(again), *bodies)]
    assert found == [(match.index, match.rules) for match in matches(_engine(first), *bodies)]
    assert found == [(0, (0,)), (1, (1,)), (2, (1,))]
    assert again.program.analytic(1) == LOADED.rules[1].analytic


@pytest.mark.parametrize("place", [0, 31, 40, 200, -1])
def test_a_damaged_byte_is_noticed(place: int) -> None:
    """Whatever byte is wrong, the content is refused before anything of it is used."""
    content = bytearray(compiled.encode(compiled.compile_rules(LOADED.rules)))
    content[place] ^= 1
    with pytest.raises(compiled.Unusable, match="damaged"):
        compiled.decode(bytes(content))


@pytest.mark.parametrize("size", [0, 10, 32, 100])
def test_a_part_is_noticed(size: int) -> None:
    """What was written in part only is refused."""
    with pytest.raises(compiled.Unusable):
        compiled.decode(compiled.encode(compiled.compile_rules(LOADED.rules))[:size])


def test_another_machine_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases of another library or processor are refused."""
    content = compiled.encode(compiled.compile_rules(LOADED.rules))
    monkeypatch.setattr(compiled, "machine", lambda: "another")
    with pytest.raises(compiled.Unusable, match="another"):
        compiled.decode(content)


def test_bytes_that_are_no_program_are_refused() -> None:
    """A digest that fits does not make sense of nonsense."""
    envelope = msgspec.msgpack.encode([compiled.machine(), {"no": "program"}])
    with pytest.raises(compiled.Unusable, match="format"):
        compiled.decode(compiled.blake2b(envelope, digest_size=32).digest() + envelope)
