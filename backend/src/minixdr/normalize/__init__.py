"""record -> event. One file per log source in `sources/`; a source is found by listing that folder."""
