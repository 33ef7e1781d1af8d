"""The platform under kills: `python -m tests.soak --kills 50 --seed 1`; a short form is among the tests."""
