"""The ATT&CK matrix: tactics in kill-chain order, the techniques that findings point to below them."""

from collections import Counter
from collections.abc import Iterable

from minixdr.app.report.markup import esc, number
from minixdr.schema.attack import TACTICS
from minixdr.schema.finding import Analytic


def matrix(findings: Iterable[tuple[Analytic, int]]) -> str:
    """Return the matrix of (analytic, number of its findings). A technique stands below each tactic that its rule names."""
    cells: dict[str, Counter[str]] = {tactic.tactic_id: Counter() for tactic in TACTICS}
    for analytic, count in findings:
        for tactic in analytic.tactics:
            if tactic in cells:
                for technique in analytic.techniques or ("",):
                    cells[tactic][technique] += count
    columns = [(tactic, cells[tactic.tactic_id]) for tactic in TACTICS if cells[tactic.tactic_id]]
    if not columns:
        return '<p class="quiet">No rule that found something names an ATT&amp;CK tactic.</p>'
    most = max(count for _, cell in columns for count in cell.values())
    return (
        '<div class="matrix">'
        + "".join(
            f"<section><h4>{esc(tactic.title)}<small>{tactic.tactic_id} · {number(sum(cell.values()), 'finding')}</small></h4>"
            + "".join(_technique(name, count, most) for name, count in sorted(cell.items()))
            + "</section>"
            for tactic, cell in columns
        )
        + "</div>"
    )


def _technique(name: str, count: int, most: int) -> str:
    step = 1 + min(3, int(4 * count / (most + 1)))
    return f'<div class="technique heat{step}"><code>{esc(name) or "no technique"}</code><b>{count:,}</b></div>'
