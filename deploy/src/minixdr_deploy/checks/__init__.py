"""All checks: each module of this folder that exports `CHECK` is one. docs/how-to/extend-the-deployment.md says what a new one needs."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from minixdr_deploy.checks.check import Check


@cache
def every() -> Sequence[Check]:
    """Return all checks, by id."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    checks: list[Check] = [module.CHECK for module in modules if hasattr(module, "CHECK")]
    return tuple(sorted(checks, key=lambda each: each.id))
