"""Looking from a place from which nothing can be seen: each part says why, in time, and the deployment is accused of nothing."""

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from minixdr_deploy import config, say
from minixdr_deploy.access import _refuse_locking_out
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.diagnosis import diagnose
from minixdr_deploy.kube.errors import ExpiredError
from minixdr_deploy.kube.kubectl import Kubectl
from minixdr_deploy.observe.look import observe
from minixdr_deploy.observe.looking import Looking, NotLookedError, need
from minixdr_deploy.observe.observed import NotKnown
from minixdr_deploy.problem import Problem, UsageError
from minixdr_deploy.world import World

TEXT = """
account_id: "123456789012"
context: test
host: xdr.invalid
overlay: overlay
allowCidrs: ["203.0.113.7/32"]
"""


class LockedOut(Kubectl):
    """A cluster that does not accept the credentials."""

    def run(self, arguments: object, doing: str, **options: object) -> str:
        del arguments, options
        raise ExpiredError(
            Problem("credentials-expired", f"{doing}: the cluster does not accept the credentials", ("Unauthorized",))
        )


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    return World(
        config=config.parse(TEXT, tmp_path / "deploy.yaml"),
        kube=LockedOut("test", "mini-xdr"),
        aws=Aws("us-east-1"),
        http=httpx.Client(transport=httpx.MockTransport(refuse)),
        now=lambda: datetime.now(UTC),
        say=say.nothing,
    )


def test_who_is_not_let_in_is_told_that_and_nothing_about_the_deployment(blind: World):
    told = diagnose(observe(blind))
    assert "credentials-expired" in [each.id for each in told.problems]
    assert {each.id for each in told.problems} <= {"credentials-expired", "entrance", "dns"}
    (expired,) = (each for each in told.problems if each.id == "credentials-expired")
    assert len(expired.evidence) == 2
    assert told.exit_status in {1, 2}
    assert told.blind
    assert "image-version-mismatch" not in told.judged


def test_what_does_not_answer_in_time_is_not_known():
    looks = Looking(0.2)
    began = time.monotonic()
    slow = looks.start("slow", lambda: time.sleep(5))
    after = looks.start("after", lambda: need(slow.result()))
    found, depending = slow.result(), after.result()
    assert time.monotonic() - began < 2
    assert isinstance(found, NotKnown)
    assert (found.why, found.reason) == ("unreachable", "slow: no answer in time")
    assert isinstance(depending, NotKnown)


def test_an_error_that_is_ours_is_not_taken_for_nothing_found():
    look = Looking(1).start("broken", lambda: {}["key"])
    with pytest.raises(KeyError):
        look.result()


def test_what_depends_on_the_unknown_has_its_reason():
    with pytest.raises(NotLookedError) as error:
        need(NotKnown("denied: no permission", "denied"))
    assert error.value.part.why == "denied"


def test_nobody_locks_themselves_out_by_mistake(blind: World):
    with pytest.raises(UsageError) as error:
        _refuse_locking_out(blind, "203.0.113.7", ["192.0.2.0/24"], force=False)
    assert "--force" in error.value.problem.mend
    _refuse_locking_out(blind, "203.0.113.7", ["192.0.2.0/24"], force=True)
    _refuse_locking_out(blind, "203.0.113.7", ["203.0.113.0/24"], force=False)
    _refuse_locking_out(blind, None, ["192.0.2.0/24"], force=False)
