"""The log sources: every module of `sources/`, found by listing the folder. Adding one is adding a file."""

import importlib
import pkgutil
from functools import cache

from minixdr.normalize import sources
from minixdr.normalize.source import Source


@cache
def all_sources() -> tuple[Source, ...]:
    """Return the sources, by name. Raises ValueError where two modules claim one name."""
    found: dict[str, Source] = {}
    for module in sorted(pkgutil.iter_modules(sources.__path__), key=lambda module: module.name):
        source: Source = importlib.import_module(f"{sources.__name__}.{module.name}").SOURCE
        if source.name != module.name or source.name in found:
            raise ValueError(f"{module.name}.SOURCE is named {source.name}")
        found[source.name] = source
    return tuple(found.values())
