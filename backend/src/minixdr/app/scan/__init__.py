"""Scan: from paths to findings and incidents, without a service.

`use_case.py` is the order of the steps; `part.py` is what happens to one file (in a process of its own where there are
several); `conclude.py` relates what all files gave.
"""
