"""A program with its pattern databases as bytes, to keep between runs.

In: rules. Out: bytes, and from bytes a `Compiled`. The bytes say what made them (this format, the pattern library,
the processor's features) and carry a digest of themselves; what differs or is damaged is refused (`Unusable`), and
the caller compiles anew. The digest finds damage, it is no signature: whoever may write to the cache's folder may run
code as its owner, as with every compiled pattern database. Which rules they are of is the caller's to know: the
digest of the rule texts belongs into the name under which the bytes are kept.
"""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from minixdr.detect import hyperscan_matcher
from minixdr.detect.hyperscan_matcher import Databases
from minixdr.detect.multipattern import matcher_for, matcher_name
from minixdr.detect.patterns import RegexTexts
from minixdr.detect.program import Program, build
from minixdr.detect.rule import Rule
from minixdr.detect.table import TextTests

FORMAT = 4
"""Raise it with every change of what `Program` or `Databases` mean."""
_DIGEST_BYTES = 32


class Unusable(Exception):  # noqa: N818 - it says what the bytes are
    """The bytes are damaged, or were made by another version or for another machine; the message says which."""


class Compiled(msgspec.Struct, frozen=True, array_like=True):
    """A program and, by number of the table, its pattern databases."""

    program: Program
    databases: dict[int, Databases]


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    machine: str
    compiled: msgspec.Raw


def machine() -> str:
    """Return what compiled bytes depend on beside the rules: they are of use only where this is the same."""
    library = hyperscan_matcher.fingerprint() if hyperscan_matcher.available() else ""
    return f"{FORMAT} {matcher_name()} {library}".strip()


def compile_rules(rules: Iterable[Rule]) -> Compiled:
    """Return the program of the rules with all databases. Takes seconds for thousands of rules."""
    program = build(rules)
    return Compiled(program, _databases(program))


def _databases(program: Program) -> dict[int, Databases]:
    found = {}
    for number, spec in enumerate(program.tables):
        if not spec.is_keywords:
            databases = TextTests(spec.predicates, None, matcher_for, RegexTexts()).databases
            if databases is not None:
                found[number] = databases
    return found


def encode(compiled: Compiled) -> bytes:
    """Return the bytes that `decode` reads."""
    envelope = msgspec.msgpack.encode(_Envelope(machine(), msgspec.Raw(msgspec.msgpack.encode(compiled))))
    return blake2b(envelope, digest_size=_DIGEST_BYTES).digest() + envelope


def decode(content: bytes) -> Compiled:
    """Return what `encode` wrote on such a machine. Raises Unusable."""
    envelope = memoryview(content)[_DIGEST_BYTES:]
    if blake2b(envelope, digest_size=_DIGEST_BYTES).digest() != content[:_DIGEST_BYTES]:
        raise Unusable("damaged")
    try:
        outer = _ENVELOPE.decode(envelope)
        if outer.machine != machine():
            raise Unusable(f"made for {outer.machine}, this is {machine()}")
        return _COMPILED.decode(outer.compiled)
    except msgspec.MsgspecError as error:
        raise Unusable(f"not of this format: {error}") from error


_ENVELOPE = msgspec.msgpack.Decoder(_Envelope)
_COMPILED = msgspec.msgpack.Decoder(Compiled)
