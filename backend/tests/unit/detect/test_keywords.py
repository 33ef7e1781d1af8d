"""Keywords are found however JSON writes them."""

import pytest

from minixdr.detect.engine import Engine
from minixdr.detect.program import build
from minixdr.detect.rule import Keyword, KeywordRegex, Rule, Wildcard
from minixdr.schema.event import LogSource
from minixdr.schema.finding import Analytic
from minixdr.schema.record import Batch
from tests.unit.detect.made_up import SOURCE

ANY = Wildcard(many=True)


def _holds(condition: Keyword | KeywordRegex, raw: bytes) -> bool:
    rule = Rule(Analytic("id", "title", "sigma", "low"), LogSource(), condition)
    return bool(Engine(build([rule]), [SOURCE]).match(Batch("f", "json", 1, [raw])).matches)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":"so EVIL kit"}',
        b'{"a":{"b":[1,["evil kit"]]}}',
        b'{"a":"\\u0065vil kit"}',
        b'{"a":"evil \\u212Ait"}',
        b'{"a":"evil \\u212ait"}',
        '{"a":"evil \u212ait"}'.encode(),
    ],
)
def test_no_writing_hides_a_keyword(raw: bytes) -> None:
    """Escapes and letters whose lower case is ASCII hide nothing."""
    assert _holds(Keyword((ANY, "evil kit", ANY)), raw)


@pytest.mark.parametrize("raw", [b'{"evil kit":"a"}', b'{"a":"evil","b":" kit"}', b'{"a":"evil-kit"}', b'{"a":null}'])
def test_a_keyword_is_in_one_value(raw: bytes) -> None:
    """Keys are no values, and two values are not one."""
    assert not _holds(Keyword((ANY, "evil kit", ANY)), raw)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("a/b", b'{"x":"a\\/b"}'),
        ('a"b', b'{"x":"a\\"b"}'),
        ("a\\b", b'{"x":"a\\\\b"}'),
        ("a\nb", b'{"x":"a\\nb"}'),
        ("17", b'{"x":170}'),
        ("1e5", b'{"x":"1E5"}'),
        ("100000", b'{"x":1e5}'),
        ("true", b'{"x":true}'),
        ("ä", b'{"x":"\\u00c4"}'),
    ],
)
def test_what_json_writes_in_its_own_way_is_found(text: str, raw: bytes) -> None:
    """Slashes, quotes, numbers: the value counts, not the bytes."""
    assert _holds(Keyword((ANY, text, ANY)), raw)


def test_keywords_may_be_expressions_and_cased() -> None:
    """What no literal stands for is tested on every record."""
    assert _holds(KeywordRegex("e.il$"), b'{"a":"so evil"}')
    assert not _holds(KeywordRegex("^e.il"), b'{"a":"so evil"}')
    assert not _holds(Keyword((ANY, "Evil", ANY), True), b'{"a":"evil"}')
    assert _holds(Keyword((ANY, "ev", Wildcard(many=False), "l", ANY)), b'{"a":"EVAL"}')
