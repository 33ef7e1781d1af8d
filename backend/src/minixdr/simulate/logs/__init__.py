"""How each log writes what happens. In: what happened. Out: one record's bytes (or its object)."""
