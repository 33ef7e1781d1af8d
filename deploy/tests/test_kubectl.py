"""kubectl as a subprocess: its words become errors with names, and what it cannot do in time is said."""

import json
from pathlib import Path

import pytest

from minixdr_deploy.kube import errors
from minixdr_deploy.kube.kubectl import Kubectl
from minixdr_deploy.problem import CannotLookError


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('Error from server (NotFound): deployments.apps "backend" not found', errors.NotFoundError),
        ('error: the server doesn\'t have a resource type "targetgroupbindings"', errors.NotFoundError),
        (
            'Error from server (AlreadyExists): leases.coordination.k8s.io "minixdr-deploy" already exists',
            errors.AlreadyExistsError,
        ),
        (
            'Error from server (Conflict): Operation cannot be fulfilled on leases "x": the object has been modified',
            errors.ConflictError,
        ),
        (
            'Error from server (Forbidden): pods is forbidden: User "ann" cannot list resource "pods"',
            errors.ForbiddenError,
        ),
        ("error: You must be logged in to the server (Unauthorized)", errors.ExpiredError),
        (
            "Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255",
            errors.ExpiredError,
        ),
        (
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
            errors.UnreachableError,
        ),
        (
            "Unable to connect to the server: dial tcp: lookup x.eks.amazonaws.com: no such host",
            errors.UnreachableError,
        ),
        ('error: context "xdr" does not exist', errors.UnreachableError),
        ('The Deployment "backend" is invalid: spec.selector: field is immutable', errors.InvalidError),
        ("error: something else", errors.KubeError),
    ],
)
def test_each_refusal_has_its_name(said: str, kind: type[errors.KubeError]) -> None:
    error = errors.from_kubectl(said, "listing pods", {kind: "do this"})
    assert type(error) is kind
    assert error.problem.evidence == (said,)
    assert error.problem.mend == "do this"
    assert error.exit_status == (2 if isinstance(error, CannotLookError) else 1)


def program(folder: Path, text: str) -> str:
    path = folder / "kubectl"
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def test_objects_go_in_and_out_as_json_in_the_context_and_namespace_of_the_deployment(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    kube = Kubectl(
        "xdr",
        "mini-xdr",
        program=program(
            tmp_path, f'echo "$@" >> {seen}; cat >> {seen}; echo \'{{"kind": "List", "items": [{{"a": 1}}]}}\''
        ),
    )
    assert kube.list("pods", selector="a=b") == [{"a": 1}]
    assert kube.apply([{"kind": "Pod", "metadata": {"name": "x"}}]) == [{"a": 1}]
    lines = seen.read_text("utf-8").splitlines()
    assert lines[0] == "--context=xdr get pods -o json -l a=b -n mini-xdr"
    assert (
        lines[1]
        == "--context=xdr apply --server-side --field-manager=minixdr-deploy --force-conflicts -o json -f - -n mini-xdr"
    )
    assert json.loads(lines[2])["items"][0]["kind"] == "Pod"
    assert kube.apply([]) == []


def test_a_server_that_does_not_answer_is_told_in_time(tmp_path: Path) -> None:
    kube = Kubectl(
        "xdr", "mini-xdr", program=program(tmp_path, "exec sleep 30"), region="us-east-1", cluster="mini-xdr-cluster"
    )
    with pytest.raises(errors.UnreachableError) as caught:
        kube.run(["get", "pods"], "listing pods", seconds=0.2)
    assert (
        caught.value.problem.mend == "aws eks update-kubeconfig --region us-east-1 --name mini-xdr-cluster --alias xdr"
    )


def test_no_kubectl_and_no_json_are_told(tmp_path: Path) -> None:
    with pytest.raises(CannotLookError) as caught:
        Kubectl("xdr", "mini-xdr", program=str(tmp_path / "none")).get("pod", "x")
    assert caught.value.problem.id == "kubectl-missing"
    (tmp_path / "no-program").touch(mode=0o600)
    with pytest.raises(CannotLookError, match="cannot be started: Permission denied"):
        Kubectl("xdr", "mini-xdr", program=str(tmp_path / "no-program")).get("pod", "x")
    with pytest.raises(errors.KubeError, match="did not answer with JSON"):
        Kubectl("xdr", "mini-xdr", program=program(tmp_path, "echo hello")).get("pod", "x")


def test_find_says_none_only_where_the_server_says_so(tmp_path: Path) -> None:
    gone = program(tmp_path, "echo 'Error from server (NotFound): x' >&2; exit 1")
    assert Kubectl("xdr", "mini-xdr", program=gone).find("pod", "x") is None
    denied = program(tmp_path, "echo 'Error from server (Forbidden): x' >&2; exit 1")
    with pytest.raises(errors.ForbiddenError):
        Kubectl("xdr", "mini-xdr", program=denied).find("pod", "x")
