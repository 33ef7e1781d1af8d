"""The list `allowCidrs` in the text of deploy.yaml, changed so that all else, comments too, stays as its owner wrote it."""

from collections.abc import Sequence

import yaml

from minixdr_deploy.checks import security_group_drift as drift
from minixdr_deploy.problem import Problem, UsageError


def with_list(text: str, networks: Sequence[str]) -> str:
    """Return the text of deploy.yaml with another list; all else, comments too, stays. Raises UsageError where there is no list."""
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = document.value if isinstance(document, yaml.MappingNode) else []
    found = next((value for key, value in pairs if key.value == "allowCidrs"), None)
    if not isinstance(found, yaml.SequenceNode):
        raise UsageError(Problem("config-wrong", "deploy.yaml has no list allowCidrs", mend="edit deploy.yaml"))
    if found.flow_style:
        inside = ", ".join(f'"{network}"' for network in networks)
        return f"{text[: found.start_mark.index]}[{inside}]{text[found.end_mark.index :]}"
    return _block(text, found, networks)


def _block(text: str, found: yaml.SequenceNode, networks: Sequence[str]) -> str:
    """Return the text with a block list changed: lines of networks that stay are kept as they are, with their comments."""
    lines = text.splitlines(keepends=True)
    at = {drift.networks([item.value]): item.start_mark.line for item in found.value}
    wanted = [drift.networks([network]) for network in networks]
    indent = " " * found.start_mark.column
    last = max(at.values())
    gone = {line for network, line in at.items() if network not in wanted}
    new = [f'{indent}- "{network}"\n' for network, key in zip(networks, wanted, strict=True) if key not in at]
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    kept = [line for number, line in enumerate(lines[: last + 1]) if number not in gone]
    return "".join([*kept, *new, *lines[last + 1 :]])
