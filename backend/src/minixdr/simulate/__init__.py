"""Makes logs: benign activity and intrusion stories, seeded, schema-true. One file per scenario in `scenarios/`."""
