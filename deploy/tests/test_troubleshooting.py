"""The guide says what the checks say; the words that checks look for are still the program's own."""

from pathlib import Path

import pytest

import troubleshooting
from minixdr_deploy.checks import said

BACKEND = Path(__file__).parents[2] / "backend/src/minixdr"


def test_the_guide_is_current():
    assert troubleshooting.PAGE.read_text("utf-8") == troubleshooting.page(), (
        "run: python deploy/tests/troubleshooting.py"
    )


@pytest.mark.parametrize(
    "words",
    [
        *said.DATABASE_AWAY,
        *said.LOG_AWAY,
        *said.LAKE_AWAY,
        *said.MIGRATION_PENDING,
        *said.PROGRAM_TOO_OLD,
        *said.TABLES_DIFFER,
    ],
)
def test_the_program_still_says_the_words_that_checks_look_for(words: str):
    assert any(words in path.read_text("utf-8") for path in BACKEND.rglob("*.py")), words
