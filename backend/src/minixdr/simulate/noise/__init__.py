"""Ordinary days, one module for each kind of log."""
