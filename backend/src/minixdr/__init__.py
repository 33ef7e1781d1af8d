"""Mini-XDR: extended detection and response. Read `pipeline.py` first."""

__version__ = "0.1.0"
