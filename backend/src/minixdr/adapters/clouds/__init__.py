"""Clouds, one folder each."""
