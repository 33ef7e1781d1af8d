"""`minixdr version`: which program this is."""

import json
from collections.abc import Callable

import typer
from typer.testing import CliRunner

from minixdr.app.build import Build, SchemaRange
from minixdr.app.services import BadSetting
from minixdr.cli import version


def _run(build: Callable[[], Build]) -> tuple[int, str, str]:
    program = typer.Typer()
    program.command("other")(lambda: None)
    version.add(program, build)
    result = CliRunner().invoke(program, ["version"])
    return result.exit_code, result.stdout, result.stderr


def test_it_says_what_the_address_answers() -> None:
    """The same document as `/version`, so that an image's labels and its answers cannot differ."""
    build = Build("1.2.3", "1f0c2ab93d4e", None, SchemaRange(1, 2))
    status, said, _ = _run(lambda: build)
    assert status == 0
    assert json.loads(said) == {
        "name": "minixdr",
        "version": "1.2.3",
        "revision": "1f0c2ab93d4e",
        "image_digest": None,
        "schema": {"oldest": 1, "newest": 2},
    }


def test_a_wrong_setting_is_named() -> None:
    """Bad input is exit status 2, in one line."""

    def wrong() -> Build:
        raise BadSetting("MINIXDR_IMAGE_DIGEST is 'latest'")

    status, _, said = _run(wrong)
    assert status == 2
    assert "MINIXDR_IMAGE_DIGEST" in said
