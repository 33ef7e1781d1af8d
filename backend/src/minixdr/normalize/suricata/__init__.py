"""Suricata's EVE log: how its records are told, named and read."""
