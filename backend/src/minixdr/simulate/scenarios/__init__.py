"""Stories, one module each."""
