"""What an operator does between ships: go back, look, scale, read logs; as text and as JSON."""

import errno
import io
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from conftest import CONFIG, Deployment, release
from minixdr_deploy import cli, lock, record, say
from minixdr_deploy.command import Output, problem_lines
from minixdr_deploy.kube.errors import UnreachableError
from minixdr_deploy.problem import Problem
from minixdr_deploy.rollback import NoReleaseBeforeError, roll_back
from minixdr_deploy.steps.migrate import SchemaRefusedError, SchemaUnknownError

ONE, TWO = release(1), release(2)


def back(deployment: Deployment, **options: bool):
    return roll_back(
        deployment.world, **({"seconds": 5.0, "force": False, "break_lock": False, "dry_run": False} | options)
    )


def call(deployment: Deployment, tmp_path: Path, *arguments: str) -> Result:
    path = tmp_path / "deploy.yaml"
    path.write_text(CONFIG, "utf-8")
    return CliRunner().invoke(cli.build(lambda *_: deployment.world), ["--config", str(path), *arguments])


def test_a_rollback_brings_the_release_before_and_leaves_the_schema(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.ship(TWO)
    deployment.kube.changes.clear()
    done = back(deployment)
    assert (done.outcome, done.exit_status) == ("rolled back", 0)
    assert deployment.running("backend") == ONE.backend_digest
    assert not [change for change in deployment.kube.changes if change.startswith("create job/migrate")]
    order = deployment.kube.changes.index
    assert order("apply deployment/frontend") < order("apply deployment/backend")
    kept = record.read(deployment.kube)
    assert kept is not None
    assert (kept.release, kept.state, kept.previous) == (ONE, "shipped", None)
    assert record.history(deployment.kube)[0].action == "rollback"
    with pytest.raises(NoReleaseBeforeError, match="no release before"):
        back(deployment)


def test_a_dry_run_of_a_rollback_changes_nothing(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.ship(TWO)
    before = len(deployment.kube.changes)
    assert back(deployment, dry_run=True).lines() == [f"would go back from {TWO.id} to {ONE.id}; the schema stays"]
    assert len(deployment.kube.changes) == before


@pytest.mark.parametrize(("code", "error"), [(1, SchemaRefusedError), (3, SchemaUnknownError)])
def test_a_release_that_cannot_serve_the_schema_is_refused(
    deployment: Deployment, code: int, error: type[Exception]
) -> None:
    deployment.ship(ONE)
    deployment.ship(TWO)
    deployment.kube.refusing[ONE.backend_digest] = code
    with pytest.raises(error):
        back(deployment)
    assert deployment.running("backend") == TWO.backend_digest
    assert back(deployment, force=True).outcome == "rolled back"


def test_a_rollback_that_fails_is_half_and_can_be_repeated(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.ship(TWO)
    deployment.kube.crashing.add(ONE.backend_digest)
    done = back(deployment)
    assert (done.outcome, done.exit_status) == ("half", 4)
    deployment.kube.crashing.clear()
    assert back(deployment).outcome == "rolled back"


def test_a_rollback_that_loses_the_cluster_is_half_even_if_nothing_can_be_noted(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.ship(TWO)

    def lost(change: str) -> None:
        if change in {"apply deployment/backend", "apply configmap/minixdr-deploy-history"}:
            raise UnreachableError(Problem("cluster-unreachable", "no answer from the cluster"))

    deployment.kube.on_change = lost
    done = back(deployment)
    assert (done.outcome, done.exit_status) == ("half", 4)
    assert any("the audit trail could not be written" in line for line in deployment.said)


def test_the_audit_trail_keeps_fifty(deployment: Deployment) -> None:
    entry = record.Entry("ship", "arn", "a", "b", None, "x", "shipped")
    for number in range(53):
        record.note(deployment.kube, record.Entry("ship", "arn", str(number), "b", None, "x", "shipped"))
    kept = record.history(deployment.kube)
    assert len(kept) == 50
    assert (kept[0].began_at, kept[-1].began_at) == ("52", "3")
    assert entry.problem is None


def test_status_tells_what_is_wanted_what_runs_and_who_works_on_it(deployment: Deployment, tmp_path: Path) -> None:
    assert "nothing was shipped yet" in call(deployment, tmp_path, "status").output
    deployment.ship(ONE)
    deployment.kube.crashing.add(TWO.backend_digest)
    deployment.ship(TWO)
    with lock.held(deployment.world, "arn:bob"):
        text = call(deployment, tmp_path, "status").output
        told = json.loads(call(deployment, tmp_path, "status", "--output", "json").output)
    assert f"release   {ONE.id} (shipped)" in text
    assert "arn:bob" in text
    assert "backend   2 of 2 new and available" in text
    assert f"ship {ONE.id} -> {TWO.id}: rolled back" in text
    assert told["release"]["backend_image"] == ONE.backend_image
    assert [one["images"] for one in told["deployments"] if one["name"] == "worker"] == [[ONE.backend_digest]]


def test_scale_changes_the_autoscalers_least_and_a_ship_keeps_it(deployment: Deployment, tmp_path: Path) -> None:
    deployment.ship(ONE)
    assert "would have at least 9 pods" in call(deployment, tmp_path, "scale", "worker", "9", "--dry-run").output
    assert call(deployment, tmp_path, "scale", "worker", "9").exit_code == 0
    spec = deployment.kube.objects["horizontalpodautoscaler", "worker"]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (9, 9)
    assert deployment.kube.objects["deployment", "worker"]["spec"]["replicas"] == 9
    deployment.ship(TWO)
    assert deployment.kube.objects["horizontalpodautoscaler", "worker"]["spec"]["minReplicas"] == 9
    assert call(deployment, tmp_path, "scale", "worker", "--reset").exit_code == 0
    assert deployment.kube.objects["horizontalpodautoscaler", "worker"]["spec"]["minReplicas"] == 2
    assert call(deployment, tmp_path, "scale", "backend", "3").output.endswith("backend has 3 pods (before: 2)\n")


def test_logs_name_the_pod_of_each_line(deployment: Deployment, tmp_path: Path) -> None:
    missing = call(deployment, tmp_path, "logs", "backend")
    assert missing.exit_code == 1
    deployment.ship(ONE)
    deployment.kube.log = "ready\n"
    lines = call(deployment, tmp_path, "logs", "worker").output.splitlines()
    assert len(lines) == 2
    assert all(line.endswith(" worker | ready") for line in lines)


def test_an_error_without_a_name_is_json_too(deployment: Deployment, tmp_path: Path) -> None:
    def fault(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division")

    deployment.kube.get = fault  # type: ignore[method-assign, assignment]
    done = call(deployment, tmp_path, "status", "--output", "json")
    assert done.exit_code == 1
    problem = json.loads(done.stdout)["problem"]
    assert problem["id"] == "internal-error"
    assert problem["evidence"][-1] == "ZeroDivisionError: division"


@pytest.mark.parametrize("asked", [("--output", "json"), ("--output=json",), ("-o", "json"), ("-ojson",)])
def test_wrong_usage_is_json_where_json_is_asked_for(
    asked: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["minixdr-deploy", "logs", "--lnes", "3", *asked])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 3
    assert json.loads(capsys.readouterr().out)["problem"]["id"] == "usage"
    assert cli.asked_output(["logs", "json"]) is Output.TEXT


def test_what_pods_write_does_not_steer_the_terminal(deployment: Deployment, tmp_path: Path) -> None:
    deployment.ship(ONE)
    deployment.kube.log = "\x1b]0;title\x07 \x9b2J\tready\n"
    text = call(deployment, tmp_path, "logs", "worker").output
    assert "\\x1b]0;title\\x07 \\x9b2J\tready" in text
    shown = io.StringIO()
    say.elapsed_lines(shown)("  | \x1b[2Jgone")
    assert "\x1b" not in shown.getvalue() + "".join(problem_lines(Problem("x", "\x1b[2J", ("\x1b[2J",), "\x1b[2J")))


def test_progress_outlives_the_terminal_that_it_is_shown_on() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    say.elapsed_lines(Gone())("going back")


def test_a_problem_is_text_on_standard_error_and_json_on_standard_output(
    deployment: Deployment, tmp_path: Path
) -> None:
    text = call(deployment, tmp_path, "rollback")
    assert text.exit_code == 1
    assert text.stdout == ""
    assert "error: nothing was shipped yet  [no-release-before]" in text.stderr
    told = json.loads(call(deployment, tmp_path, "rollback", "--output", "json").stdout)
    assert (told["ok"], told["problem"]["id"]) == (False, "no-release-before")
