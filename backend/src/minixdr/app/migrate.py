"""Bring the database's schema up to date, or say whether this program can serve it."""

from collections.abc import Callable

from minixdr.ports.schema import Schema

Say = Callable[[str], None]


def upgrade(schema: Schema, say: Say) -> int:
    """Upgrade, say what was done, and return 0; 1 where this program is too old for the database. Raises DatabaseAwayError, SchemaError."""
    before = schema.state()
    if before.revision is not None and before.revision > before.newest_known:
        say(
            before.refusal
            or f"the schema is at revision {before.revision}, newer than this program's {before.newest_known}: nothing to do"
        )
        return 0 if before.refusal is None else 1
    schema.upgrade(say)
    after = schema.state()
    say(f"the schema is at revision {after.revision}" + (", as it was" if after.revision == before.revision else ""))
    return 0


def check(schema: Schema, say: Say) -> int:
    """Say whether this program can serve the database, and whether its tables are as expected; return 0 where both hold, else 1.

    Raises DatabaseAwayError.
    """
    state = schema.state()
    if state.refusal is not None:
        say(state.refusal)
        return 1
    if state.revision != state.newest_known:
        say(f"the schema is at revision {state.revision}: this program can serve it; its own is {state.newest_known}")
        return 0
    differences = schema.differences()
    for difference in differences:
        say(difference)
    if differences:
        say("the tables are not as this program's migrations leave them: somebody changed them by hand")
        return 1
    say(f"the schema is at revision {state.revision}, and all tables are as expected")
    return 0


def current(schema: Schema, say: Say) -> int:
    """Say where the database stands; return 0 where this program can serve it, else 1. Raises DatabaseAwayError."""
    state = schema.state()
    say(f"revision {state.revision or 'none'}; this program serves {state.oldest_served} to {state.newest_known}")
    if state.refusal is not None:
        say(state.refusal)
    return 0 if state.refusal is None else 1
