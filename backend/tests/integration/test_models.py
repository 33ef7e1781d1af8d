"""Models in the commands and processes that containers run: added, fetched from S3 and folders, loaded before a process has started."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer
from tools.small_model import golden, model

from tests.engines import TestDatabase
from tests.integration.api.test_serve import serving, wait_until_ready
from tests.integration.platform.test_worker_health import _until, working


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    """Return the environment of programs that talk to a server that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    httpx.post(f"{address}/moto-api/reset").raise_for_status()
    given = {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    client: Any = boto3.client("s3", endpoint_url=address, aws_access_key_id="test", aws_secret_access_key="test")
    client.create_bucket(Bucket="models")
    yield given
    server.stop()


def _minixdr(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "minixdr.wiring", "models", *arguments]
    given = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def small(tmp_path: Path) -> tuple[str, str]:
    """Return the paths of the small model and its golden scores."""
    (tmp_path / "model.onnx").write_bytes(model())
    (tmp_path / "golden.json").write_bytes(golden())
    return str(tmp_path / "model.onnx"), str(tmp_path / "golden.json")


def test_models_come_from_s3(aws: dict[str, str], small: tuple[str, str], tmp_path: Path) -> None:
    """Add, list, fetch; what was changed in the bucket is refused with status 1, a bucket that is not there is status 3."""
    store, into = "s3://models/production/", str(tmp_path / "fetched")
    missing = _minixdr("fetch", "--into", into, MINIXDR_MODEL_STORE=store, **aws)
    assert (missing.returncode, "no index.json in s3://models/production" in missing.stderr) == (1, True)
    for version in ("1", "2"):
        added = _minixdr("add", "small", version, *small, "--store", store, **aws)
        assert added.returncode == 0, added.stderr
    [entry] = json.loads(_minixdr("list", "--json", "--store", store, **aws).stdout)["models"]
    assert (entry["name"], entry["version"], entry["bytes"]) == ("small", "2", len(model()))
    fetched = _minixdr("fetch", MINIXDR_MODEL_STORE=store, MINIXDR_MODELS=into, **aws)
    assert "1 models" in fetched.stdout, fetched.stderr
    assert "2 files" in fetched.stdout
    assert (Path(into) / "small/2/model.onnx").read_bytes() == model()
    assert "0 files" in _minixdr("fetch", MINIXDR_MODEL_STORE=store, MINIXDR_MODELS=into, **aws).stdout
    client: Any = boto3.client(
        "s3", endpoint_url=aws["AWS_ENDPOINT_URL"], aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.put_object(Bucket="models", Key="production/small/2/model.onnx", Body=b"another")
    changed = _minixdr("fetch", "--into", str(tmp_path / "other"), MINIXDR_MODEL_STORE=store, **aws)
    assert (changed.returncode, "is not what its index names" in changed.stderr) == (1, True)
    gone = _minixdr("fetch", "--into", into, MINIXDR_MODEL_STORE="s3://no-such-bucket/x", **aws)
    assert (gone.returncode, "NoSuchBucket" in gone.stderr) == (3, True)


def test_a_place_that_is_none_is_bad_input(tmp_path: Path) -> None:
    """Status 2 and the setting's name; without a store there is nothing to fetch, which is no error."""
    for place in ("http://models/x", "s3://", "s3://UPPER/x"):
        answer = _minixdr("fetch", "--into", str(tmp_path), MINIXDR_MODEL_STORE=place)
        assert (answer.returncode, "is no model store" in answer.stderr) == (2, True)
    nothing = _minixdr("fetch", MINIXDR_MODELS=str(tmp_path / "models"))
    assert (nothing.returncode, (tmp_path / "models").exists()) == (0, False)
    assert _minixdr("fetch", MINIXDR_MODEL_STORE=str(tmp_path)).returncode == 2
    same = _minixdr("fetch", MINIXDR_MODEL_STORE=str(tmp_path), MINIXDR_MODELS=f"{tmp_path}/.")
    assert (same.returncode, "name another folder" in same.stderr) == (2, True)


def _fetched(small: tuple[str, str], folder: Path) -> dict[str, str]:
    """Return the environment of a process that has the small model."""
    given = {"MINIXDR_MODEL_STORE": str(folder / "store"), "MINIXDR_MODELS": str(folder / "fetched")}
    assert _minixdr("add", "small", "1", *small, **given).returncode == 0
    assert _minixdr("fetch", **given).returncode == 0
    return given


def test_processes_load_the_models_before_they_have_started(
    postgres: TestDatabase, nats_url: str, small: tuple[str, str], tmp_path: Path
) -> None:
    """Api and worker name the part `models` then, and the log says which model it is."""
    given = _fetched(small, tmp_path)
    (tmp_path / "w").mkdir()
    with (
        serving(postgres, nats_url, tmp_path, **given) as api,
        working(postgres.app_url, nats_url, tmp_path / "w", **given) as (_, worker),
    ):
        wait_until_ready(api)
        _until(f"{worker}/readyz", 200)
        for base in (api.base, worker):
            assert httpx.get(f"{base}/readyz").json()["parts"]["models"] == {"state": "ok", "problem": None}
            assert httpx.get(f"{base}/startupz").json() == {"status": "ok", "pending": {}}
        assert httpx.get(f"{api.base}/v2/models/small/ready").status_code == 200
        [loaded] = [line for line in api.lines() if line["event"] == "models_loaded"]
        assert str(loaded["models"]).startswith("{'small': '1 sha256:")
        assert [line for line in api.lines() if line["event"] == "part_failed"] == []  # to start is no failure


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("model", "is not what the index names"),
        ("index", "no models were fetched"),
        ("golden", "differs from its golden scores"),
    ],
)
def test_a_process_does_not_serve_with_other_models(
    damage: str, said: str, postgres: TestDatabase, nats_url: str, small: tuple[str, str], tmp_path: Path
) -> None:
    """Damaged, not fetched, or answering otherwise than where it was made: api and worker end with 1 and say which model, and why."""
    given = _fetched(small, tmp_path)
    if damage == "index":
        (tmp_path / "fetched/index.json").unlink()
    elif damage == "model":
        (tmp_path / "fetched/small/1/model.onnx").write_bytes(b"another")
    else:
        _forge_golden(tmp_path / "fetched")
    (tmp_path / "w").mkdir()
    with (
        serving(postgres, nats_url, tmp_path, MINIXDR_DRAIN_SECONDS="30", **given) as api,
        working(postgres.app_url, nats_url, tmp_path / "w", **given) as (worker, _),
    ):
        assert api.ended(60) == 1
        assert worker.wait(60) == 1
        [reason] = [line["reason"] for line in api.lines() if line["event"] == "cannot_serve"]
        assert said in str(reason)
        assert said in (tmp_path / "w/worker.log").read_text()


def _forge_golden(folder: Path) -> None:
    """Change the golden scores, and the index to match: what remains is that the model answers otherwise."""
    text = golden().replace(b'"values":[0.3', b'"values":[0.4')
    assert text != golden()
    (folder / "small/1/golden.json").write_bytes(text)
    index = json.loads((folder / "index.json").read_text())
    index["models"][0]["golden_digest"] = f"sha256:{sha256(text).hexdigest()}"
    (folder / "index.json").write_text(json.dumps(index))
