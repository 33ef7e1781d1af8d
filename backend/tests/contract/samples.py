"""The samples of the log sources: `tests/data/samples/<source>/*`, raw as they lie on a disk. Invented records; documentation addresses."""

from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"


def sample_files() -> list[Path]:
    """Return every sample file, in a fixed order."""
    return sorted(path for path in SAMPLES.rglob("*") if path.is_file())
