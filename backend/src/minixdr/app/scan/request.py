"""What a person asks a scan for."""

import msgspec


class ScanRequest(msgspec.Struct, frozen=True):
    """One scan."""

    paths: tuple[str, ...]
    rules: tuple[str, ...] = ()
    """Files and folders of Sigma rules; the rules that come along where none is given."""
    indicators: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    """Files of values for `|expand`: YAML, name -> list."""
    format: str | None = None
    """A format of ingest/formats; None: recognised by content."""
    source: str | None = None
    """A log source; None: recognised by content."""
    output: str | None = None
    """Where findings go as JSON lines; `-` is standard output."""
    report: str | None = None
    issues: str | None = None
    """Where every record that did not become an event is listed, as JSON lines."""
    jobs: int | None = None
    least_level: str = "informational"
    """Findings below are not reported; correlation rules see them all the same."""


class BadInput(Exception):  # noqa: N818 - it is what the person gave that is wrong
    """The request cannot be carried out; the message says what to do."""
