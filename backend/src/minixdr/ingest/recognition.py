"""Which format the bytes are of, by content; and which bytes are no log at all.

Signatures: the file formats' own documents (PDF 32000-1, PNG, ELF, PE, libpcap, pcapng ...), as in `file(1)`.
"""

import importlib
import pkgutil
from functools import cache

from minixdr.ingest import formats as folder
from minixdr.ingest.content import Content
from minixdr.ingest.format import Format

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"MZ", "a Windows executable"),
    (b"\x7fELF", "an ELF executable"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O executable"),
    (b"\xca\xfe\xba\xbe", "a Java class or a Mach-O executable"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a media file"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture (pcap), which is not supported"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture (pcap), which is not supported"),
    (b"\x4d\x3c\xb2\xa1", "a packet capture (pcap), which is not supported"),
    (b"\xa1\xb2\x3c\x4d", "a packet capture (pcap), which is not supported"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture (pcapng), which is not supported"),
    (b"\x0c\xa5", "an nfdump flow file, which is not supported"),
    (b"\xa5\x0c", "an nfdump flow file, which is not supported"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file, which is not supported"),
    (b"ORC", "an ORC file, which is not supported"),
    (b"Obj\x01", "an Avro file, which is not supported"),
    (b"LPKSHHRH", "a systemd journal, which is not supported: export it with `journalctl -o json`"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office or MSI file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive, which is not supported"),
    (b"Rar!\x1a\x07", "a RAR archive, which is not supported"),
    (b"\x04\x22\x4d\x18", "LZ4 data, which is not supported"),
    (b"\xff\x06\x00\x00sNaPpY", "Snappy data, which is not supported"),
    (b"regf", "a Windows registry hive, which is not supported"),
    (b"LfLe", "a Windows event log of before Vista (.evt), which is not supported"),
    (b"0\x00\x00\x00LfLe", "a Windows event log of before Vista (.evt), which is not supported"),
)
_SAMPLE_BYTES = 4096
_CONTROLS = bytes(range(9)) + bytes([11, 12]) + bytes(range(14, 27)) + b"\x1c\x1e\x1f\x7f"
"""Control characters that no log writes often; not ESC (colors) and 1d (auditd's enrichment)."""
_MOST_CONTROLS = 0.05
_BEGINNING_BYTES = 40
"""Time, host and program stand here, which the logging program writes; random bytes are not ASCII for so long."""
_LEAST_BEGINNINGS = 4


@cache
def formats() -> dict[str, Format]:
    """Return the formats by name, in the order of their names. Raises ValueError where a module's format has another name."""
    found: dict[str, Format] = {}
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda module: module.name):
        format_: Format = importlib.import_module(f"{folder.__name__}.{module.name}").FORMAT
        if format_.name != module.name:
            raise ValueError(f"{module.name}.FORMAT is named {format_.name}")
        found[format_.name] = format_
    return found


def recognise(content: Content) -> Format:
    """Return the format that is surest of the bytes; among equals the first by name."""
    head = content.head
    candidates = [format_ for format_ in formats().values() if format_.stands_alone or not content.embedded]
    return max(candidates, key=lambda format_: format_.recognise(head))


def no_log(content: Content, *, chosen: bool) -> str | None:
    """Return why the bytes are no log, None where they may be one. `chosen`: a person named the format, so only a signature counts."""
    for signature, what in _SIGNATURES:
        if content.magic.startswith(signature):
            if signature.isalnum() and b"\x00" not in content.head[:_SAMPLE_BYTES] and _is_text(content.head):
                continue  # a text that begins with the letters MZ, say
            return f"not a log format: {what}"
    if chosen or content.magic.startswith(b"ElfFile\x00") or _is_text(content.head):
        return None
    return "not a log format: binary data"


def _is_text(head: bytes) -> bool:
    """Return whether control characters are few, or most lines begin as text: what follows there may be a stranger's bytes."""
    return _few_controls(head[:_SAMPLE_BYTES], empty=not head) or _begin_as_text(head)


def _few_controls(sample: bytes, *, empty: bool) -> bool:
    """NULs do not count: crashed machines leave runs of them in good logs."""
    printable = sample.replace(b"\x00", b"")
    if not printable:
        return empty
    controls = len(printable) - len(printable.translate(None, _CONTROLS))
    return controls <= _MOST_CONTROLS * len(printable)


def _begin_as_text(head: bytes) -> bool:
    beginnings = [line[:_BEGINNING_BYTES] for line in head.split(b"\n") if line]
    good = sum(1 for text in beginnings if text.isascii() and text.translate(None, _CONTROLS) == text)
    return good >= _LEAST_BEGINNINGS and good * 2 > len(beginnings)
