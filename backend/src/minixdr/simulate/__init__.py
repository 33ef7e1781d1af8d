"""Made-up telemetry: a company, its ordinary days, and intrusions with ground truth. Pure: a seed goes in, records come out.

Read `simulation.py` first. A scenario is one file in `scenarios/`.
"""
