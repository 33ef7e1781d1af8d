"""The generated OCSF package against its source."""

from pathlib import Path

import pytest
from tools.generate_ocsf import TARGET, generate

from minixdr.schema import ocsf
from minixdr.schema.ocsf.activities import AuthenticationActivity
from minixdr.schema.ocsf.classes import Category, EventClass
from minixdr.schema.ocsf.enumerations import ObservableType, Severity
from tests.contract.ocsf_check import schema


@pytest.mark.parametrize(
    "name", ["__init__.py", "classes.py", "activities.py", "enumerations.py", "kinds.py", "schema.json"]
)
def test_generated_files_are_what_the_schema_source_gives(shared_data: Path, name: str) -> None:
    """Nobody edits the generated files by hand, and the same source gives the same bytes."""
    source = shared_data / "normalisation" / "ocsf_schema"
    assert (TARGET / name).read_text("utf-8") == generate(source, ocsf.COMMIT)[name]


def test_the_pinned_commit_is_the_one_the_source_names(shared_data: Path) -> None:
    """The recorded commit is that of the checkout."""
    assert ocsf.COMMIT in (shared_data / "normalisation" / "ocsf_schema" / "SOURCE.md").read_text("utf-8")


def test_numbers_are_those_of_the_specification() -> None:
    """Inheritance, categories and extensions are resolved as OCSF says (numbers looked up by hand at schema.ocsf.io)."""
    assert (EventClass.API_ACTIVITY, EventClass.AUTHENTICATION, EventClass.PROCESS_ACTIVITY) == (6003, 3002, 1007)
    assert (EventClass.REGISTRY_KEY_ACTIVITY, Category.FINDINGS, Severity.CRITICAL) == (201001, 2, 5)
    assert (AuthenticationActivity.LOGON, AuthenticationActivity.OTHER, ObservableType.IP_ADDRESS) == (1, 99, 2)
    process = schema()["objects"]["process"]["attributes"]
    assert process["parent_process"]["type"] == "process"
    assert process["auid"]["profile"] == "linux_users"
    assert process["hosted_services"]["array"]
