"""Sigma text -> condition trees. pySigma parses; the trees (`detect/rule.py`) are ours. Nothing here runs per event."""

from minixdr.detect.loading.collection import Loaded, load
from minixdr.detect.loading.filter_text import FilterError, load_filter

__all__ = ["FilterError", "Loaded", "load", "load_filter"]
