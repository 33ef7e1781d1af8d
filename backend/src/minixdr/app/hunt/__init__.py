"""Hunting: a query's text -> its tree -> checked against what attributes there are. Running it is the lake's."""
