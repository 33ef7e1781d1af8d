"""The lake's use cases: make what is staged part of the table (`commit.py`), read (`read.py`), keep the table in shape (`upkeep.py`)."""
