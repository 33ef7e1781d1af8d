"""Programs run by hand while developing; no part of the product."""
