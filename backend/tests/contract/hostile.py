"""Bodies as an attacker would write them: a good record with one thing wrong, again and again.

In: a decoded body. Out: bodies, each with one part missing or of another kind. Deterministic; nothing is drawn.
"""

from collections.abc import Iterator
from typing import Any

LONG = "A" * 70_000
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    1e308,
    float("nan"),
    "",
    "-",
    "\ud800",
    "\x00'\"<>|\r\n",
    "١٢٣",
    "²",
    "1e999",
    "-0",
    "9" * 30,
    LONG,
    "2024-13-45T99:99:99Z",
    "0001-01-01T00:00:00-23:59",
    "http://[::1",
    "::ffff:127.0.0.1%eth0",
    [],
    [None, 1, {"a": [LONG[:10]]}, "x"],
    [[["deep"]]],
    {},
    {"": "", "a.b": 1, "#text": ["x"], "name": {"name": []}},
)
_MOST_PATHS = 120  # of one body; what logs write has fewer


def mutations(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (what was done, body)."""
    for place, path in enumerate(list(_paths(body, ()))[:_MOST_PATHS]):
        name = ".".join(map(str, path))
        yield f"without {name}", _replaced(body, path, _ABSENT)
        for value in VALUES[
            place % 3 :: 3
        ]:  # each third of them in turn: every value meets many fields, and the tests stay short
            yield f"{name} = {value!r:.40}", _replaced(body, path, value)
        original = _at(body, path)
        if isinstance(original, str):
            for what, text in _texts(original):
                yield f"{name} {what}", _replaced(body, path, text)


def _texts(text: str) -> Iterator[tuple[str, str]]:
    """Yield texts near a good one: cut, doubled, with separators and quotes where none belong."""
    for cut in {len(text) // 4, len(text) // 2, len(text) - 1}:
        yield f"cut at {cut}", text[: max(cut, 0)]
    yield "doubled", text + " " + text
    yield "with from", text + " from 192.0.2.9 port 22 ssh2"
    yield "without spaces", text.replace(" ", "")
    yield "with quotes", text.replace(" ", '" "')
    yield "with equals", text.replace("=", "==")
    yield "with dashes", text.replace(" ", " - ")


class _Absent:
    pass


_ABSENT = _Absent()


def _paths(node: Any, prefix: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node[:2]) if isinstance(node, list) else ()
    for key, value in items:
        yield (*prefix, key)
        yield from _paths(value, (*prefix, key))


def _at(node: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def _replaced(node: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of the node with the value at the path, sharing everything else."""
    key, rest = path[0], path[1:]
    copy: Any = dict(node) if isinstance(node, dict) else list(node)
    if rest:
        copy[key] = _replaced(node[key], rest, value)
    elif value is not _ABSENT:
        copy[key] = value
    elif isinstance(copy, dict):
        del copy[key]
    else:
        copy.pop(key)
    return copy
