"""Rotating: what gets a new value, what must be given one, and what cannot be rotated; no value is ever told."""

import dataclasses
import json
import re

import pytest

from conftest import Deployment, FakeAws
from minixdr_deploy import lock, secrets
from minixdr_deploy.aws.held_secrets import Held
from minixdr_deploy.problem import UsageError
from minixdr_deploy.secret_names import SECRETS

BACKEND, MIGRATE, NATS = SECRETS
HELD = {
    BACKEND: Held(
        "mini-xdr/backend",
        "v1",
        {
            "MINIXDR_DATABASE_URL": "postgresql://xdr:old@db/xdr",
            "MINIXDR_NATS_URL": "nats://minixdr:old@nats:4222,nats://minixdr:old@other:4222",
            "MINIXDR_SECRET_KEY": "key",
        },
    ),
    MIGRATE: Held("mini-xdr/migrate", "v1", {"MINIXDR_DATABASE_OWNER_URL": "postgresql://owner:old@db/xdr"}),
    NATS: Held("mini-xdr/nats", "v1", {"NATS_PASSWORD": "old", "NATS_CLUSTER_PASSWORD": "old"}),
}


def test_the_password_of_the_log_changes_where_it_is_used_too():
    changed = secrets._with_new_value(HELD, "NATS_PASSWORD", None)
    password = changed[NATS]["NATS_PASSWORD"]
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{30,}", password)
    assert (
        changed[BACKEND]["MINIXDR_NATS_URL"]
        == f"nats://minixdr:{password}@nats:4222,nats://minixdr:{password}@other:4222"
    )
    assert changed[BACKEND]["MINIXDR_DATABASE_URL"] == HELD[BACKEND].values["MINIXDR_DATABASE_URL"]


def test_a_value_that_others_must_know_is_given():
    with pytest.raises(UsageError) as error:
        secrets._with_new_value(HELD, "MINIXDR_DATABASE_URL", None)
    assert "--value-file" in error.value.problem.mend
    assert secrets._with_new_value(HELD, "MINIXDR_DATABASE_URL", "postgresql://xdr:new@db/xdr")[BACKEND][
        "MINIXDR_DATABASE_URL"
    ].endswith("new@db/xdr")


def test_the_key_that_seals_is_not_rotated():
    with pytest.raises(UsageError) as error:
        secrets._with_new_value(HELD, "MINIXDR_SECRET_KEY", "new")
    assert "not supported" in error.value.problem.title


def test_an_unknown_key_is_refused_with_those_there_are():
    with pytest.raises(UsageError) as error:
        secrets._with_new_value(HELD, "NATS_PASSWORT", None)
    assert "NATS_PASSWORD" in error.value.problem.evidence[0]


class Aws(FakeAws):
    """Secrets Manager, beside STS."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def client(self, service: str):
        return self

    def get_secret_value(self, SecretId: str):  # noqa: N803 - AWS's own name
        held = next(each for each in HELD.values() if each.name == SecretId)
        return {"VersionId": held.version, "SecretString": json.dumps(dict(held.values))}

    def put_secret_value(self, SecretId: str, SecretString: str):  # noqa: N803
        self.written.append(SecretId)
        return {"VersionId": "v2"}


def test_nothing_is_rotated_while_somebody_else_works_on_the_deployment(deployment: Deployment):
    aws = Aws()
    world = dataclasses.replace(deployment.world, aws=aws)
    assert secrets.rotate(world, "NATS_PASSWORD", None, dry_run=True).rotated == "NATS_PASSWORD"
    with lock.held(world, "arn:bob"), pytest.raises(lock.LockedError):
        secrets.rotate(world, "NATS_PASSWORD", None)
    assert aws.written == []


def test_a_new_value_is_one_line(tmp_path):
    (tmp_path / "value").write_text("one\n", "utf-8")
    assert secrets._given(str(tmp_path / "value")) == "one"
    assert secrets._given("-", lambda: "two\n") == "two"
    for text in ("", "\n", "a\nb\n"):
        with pytest.raises(UsageError):
            secrets._given("-", lambda text=text: text)
    with pytest.raises(UsageError):
        secrets._given(str(tmp_path / "none"))


def test_what_is_told_holds_no_value():
    told = secrets.Synced(("mini-xdr-nats",), (), ("StatefulSet/nats",), "NATS_PASSWORD", "v2")
    assert "old" not in json.dumps(told.document()) + "".join(told.lines())
