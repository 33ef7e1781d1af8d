"""What is in the way is said in a line, never as a traceback."""

import os
from pathlib import Path

import pytest

from minixdr.local.ports import free_port
from tests.integration.local.platforms import run


@pytest.mark.parametrize("command", [("status",), ("down",), ("doctor",), ("backup", "b.tar.zst"), ("up",)])
def test_a_directory_that_is_no_directory(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    options = ("--port", str(free_port())) if command[0] in {"up", "doctor"} else ()
    ended = run(*command, *options, "--data-dir", str(tmp_path / "file"))
    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("minixdr: ")


def test_nothing_runs(tmp_path: Path) -> None:
    """Nothing to stop is no failure; nothing to show is said by the status."""
    assert run("down", "--data-dir", str(tmp_path)).returncode == 0
    shown = run("status", "--data-dir", str(tmp_path))
    assert (shown.returncode, shown.stdout) == (3, f"nothing runs in {tmp_path}\n")


def test_nobody_may_be_taken_for_an_account_that_is_not_there(tmp_path: Path) -> None:
    ended = run(
        "up", "--data-dir", str(tmp_path / "data"), "--port", str(free_port()), MINIXDR_RUN_AS="no-such-account"
    )
    assert ended.returncode == 2
    assert "MINIXDR_RUN_AS" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_engines_do_not_run_as_root(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root could ask for it")
    ended = run("up", "--data-dir", str(tmp_path / "data"), "--port", str(free_port()), MINIXDR_RUN_AS="root")
    assert ended.returncode == 2
    assert "refuses to run as root" in ended.stderr
