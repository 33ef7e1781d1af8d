"""One file per kind of analytic."""
