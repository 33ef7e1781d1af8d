"""Each command of the guides is one that the program takes, and the deploy.yaml in them one that it reads."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minixdr_deploy import cli
from minixdr_deploy.config import parse

GUIDE = Path(__file__).parents[2] / "docs/deployment/aws/operations.md"
TEXT = GUIDE.read_text("utf-8")
COMMANDS = sorted(
    {
        re.split(r"   #| \| ", line.strip())[0].strip()
        for text in (TEXT, (GUIDE.parent / "overview.md").read_text("utf-8"))
        for line in text.splitlines()
        if line.startswith("    minixdr-deploy ")
    }
)


class ReachedError(BaseException):
    """The command line was understood: the work would begin. No error that the program would show."""


def test_the_configuration_of_the_guide_is_read(tmp_path: Path) -> None:
    text = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
    assert parse(text, tmp_path / "deploy.yaml").host == "xdr.example.com"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_guide_is_understood(command: str, tmp_path: Path) -> None:
    path = tmp_path / "deploy.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0], "utf-8")

    def make_world(*_: object) -> None:
        raise ReachedError

    with pytest.raises(ReachedError):
        CliRunner().invoke(cli.build(make_world), ["--config", str(path), *shlex.split(command)[1:]])  # type: ignore[arg-type]


def test_every_command_is_in_some_guide() -> None:
    texts = "".join(path.read_text("utf-8") for path in GUIDE.parent.glob("*.md"))
    done = CliRunner().invoke(cli.build(), ["--help"])
    names = re.findall(r"^  ([a-z]+)  ", done.output, re.MULTILINE)
    assert "ship" in names
    assert not [name for name in names if f"minixdr-deploy {name}" not in texts]
