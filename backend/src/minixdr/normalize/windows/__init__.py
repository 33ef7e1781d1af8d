"""Windows event log: its shapes, its Sigma log sources, its mapping to OCSF. `sources/microsoft_windows.py` puts them together."""
