"""events -> findings: Sigma rules, Sigma correlations, indicators. Remembered, not repeated (engine.py)."""
