"""Write the api's OpenAPI document for the console's typed client, or say that the one kept is stale.

python -m tools.openapi_document            writes ../frontend/src/api/openapi.json
python -m tools.openapi_document --check    ends with 1 where that file differs
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from minixdr.api.app import create_app
from minixdr.app.platform import Platform

TARGET = Path(__file__).resolve().parents[2] / "frontend" / "src" / "api" / "openapi.json"


def document() -> str:
    """Return the document as it is kept; its version is left out, for it changes no type."""
    nothing: Any = None
    platform = Platform(nothing, nothing, b"-" * 32, "http://127.0.0.1:8000", "0", lambda: datetime.now(UTC))
    made = create_app(platform).openapi()
    made["info"].pop("version", None)
    return json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    """Return the exit code."""
    text = document()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{TARGET} is not what the api says: run `make types` and commit what it changes\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
