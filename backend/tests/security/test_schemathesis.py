"""schemathesis asks every operation of the OpenAPI document what the document says can be asked, and what it says cannot, with all its checks.

Bounded in time, from a fixed seed: `MINIXDR_SCHEMATHESIS_SECONDS=900 pytest tests/security/test_schemathesis.py` asks more.
"""

import os
import subprocess
import sys
from pathlib import Path

from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.served import served

_SECONDS = int(os.environ.get("MINIXDR_SCHEMATHESIS_SECONDS", "60"))
_SEED = 7
_CONFIGURATION = """\
max-time = {seconds}
seed = {seed}
color = false
warnings = false
[auth.openapi]
session = {{ api_key = "{session}" }}
token = {{ bearer = "{token}" }}
[generation]
max-examples = 5
database = "none"
[checks.positive_data_acceptance]
# What a schema cannot say makes an answer differ: an id of nothing, a rule that is none, an ETag of before.
expected-statuses = ["2xx", 303, 400, 401, 403, 404, 409, 412, 422, 428, 429, 502, 503]
[checks.not_a_server_error]
# 503 and 502 say which part (lake, identity provider) is not there; this world has neither.
expected-statuses = ["2xx", "3xx", "4xx", 502, 503]
[[operations]]
include-operation-id = "deleteSession"  # it would end the session that all other operations are asked with
enabled = false
[[operations]]
# Asked with made-up ids only: with those of the session, token or member that asks, nothing could be asked any more.
include-operation-id = ["revokeSession", "revokeToken", "rotateToken", "changeMember", "removeMember"]
[operations.phases]
coverage = {{ extra-data-sources = {{ responses = false }} }}
fuzzing = {{ extra-data-sources = {{ responses = false }} }}
stateful = {{ enabled = false }}
"""


def test_the_api_is_as_its_document_says(postgres: TestDatabase, tmp_path: Path) -> None:
    """No failure of the server, no undocumented answer, nothing accepted that should not be, nobody let in without credentials."""
    with served(postgres) as made:
        owner = made.world.ours.people[Role.OWNER]
        configuration = tmp_path / "schemathesis.toml"
        configuration.write_text(
            _CONFIGURATION.format(
                seconds=_SECONDS, seed=_SEED, session=owner.cookie, token=made.world.ours.tokens[Role.OWNER]
            )
        )
        program = Path(sys.executable).with_name("schemathesis")
        ran = subprocess.run(
            [
                *(program, "--config-file", configuration, "run", f"{made.base}/api/v1/openapi.json"),
                *("-H", "X-Minixdr-Request: 1", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=_SECONDS + 240,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr
        assert "Tested: " in ran.stdout
