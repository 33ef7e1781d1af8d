"""Models: the index of a store, fetching, adding, loading."""
