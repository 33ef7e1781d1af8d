"""The rules below some paths, read and parsed."""

from collections.abc import Sequence

from minixdr.app.ruleset import placeholders
from minixdr.app.scan.request import BadInput
from minixdr.app.services import Services
from minixdr.detect.loading import Loaded, load


def load_rules(paths: Sequence[str], services: Services, placeholder_paths: Sequence[str] = ()) -> Loaded:
    """Return what the rule files below the paths hold; the rules that come along where no path is given.

    Raises BadInput where a path cannot be read or holds no rule file.
    """
    chosen = paths or (services.own_rules,)
    try:
        texts = services.rule_texts().read(chosen)
        values = services.texts().read(placeholder_paths) if placeholder_paths else []
    except OSError as error:
        raise BadInput(f"{error.filename or 'path'}: {error.strerror or error}") from error
    if not texts:
        raise BadInput(f"no rules (.yml, .yaml) below {', '.join(chosen)}")
    return load(texts, placeholders(values))
