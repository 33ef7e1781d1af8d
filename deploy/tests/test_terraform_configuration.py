"""infra/terraform without an account: formatted, valid by the provider's schema, its own tests hold.

Skipped where Terraform or the provider is not to be had.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

CHECK = Path(__file__).resolve().parents[1] / "static" / "check.py"


def _checks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("static_check", CHECK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECKS = _checks()


@pytest.mark.parametrize(
    "check", [CHECKS.terraform_format, CHECKS.terraform_validate, CHECKS.terraform_test], ids=lambda each: each.__name__
)
def test_the_configuration_holds(check: Callable[[Path], None], tmp_path: Path) -> None:
    try:
        check(tmp_path)
    except CHECKS.NotRun as error:
        pytest.skip(str(error))
