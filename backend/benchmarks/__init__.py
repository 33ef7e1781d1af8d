"""Measurements on real telemetry, one file each; `python -m benchmarks` runs them all and writes docs/measurements/.

A measurement runs whole processes and takes their user and system CPU seconds; what a shared machine gives differs from minute to minute, so every
rate stands beside that of a process that only reads and parses the same files, measured next to it.
"""
