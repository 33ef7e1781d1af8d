"""Zeek's logs: how their records are told apart, named and read."""
