"""Sigma text -> condition trees. pySigma parses; the trees (`detect/rule.py`) are ours. Nothing here runs per event."""

from minixdr.detect.loading.collection import Loaded, load

__all__ = ["Loaded", "load"]
