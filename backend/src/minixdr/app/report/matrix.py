"""The ATT&CK matrix: tactics in kill-chain order, the techniques that findings point to below them.

A rule names tactics and techniques, not which belongs to which: each of its techniques stands below each of its tactics, and the page says so.
A finding counts once for a tactic, however many techniques its rule names.
"""

from collections import Counter
from collections.abc import Iterable

from minixdr.app.report.markup import esc, number
from minixdr.schema.attack import TACTICS
from minixdr.schema.finding import Analytic


def matrix(findings: Iterable[tuple[Analytic, int]]) -> str:
    """Return the matrix of (analytic, number of its findings). A technique stands below each tactic that its rule names."""
    cells: dict[str, Counter[str]] = {tactic.tactic_id: Counter() for tactic in TACTICS}
    totals: Counter[str] = Counter()
    titles: dict[str, list[str]] = {}
    for analytic, count in findings:
        for tactic in cells.keys() & set(analytic.tactics):
            totals[tactic] += count
            for technique in analytic.techniques or ("",):
                cells[tactic][technique] += count
        for technique in analytic.techniques or ("",):
            titles.setdefault(technique, []).append(analytic.title)
    columns = [(tactic, cells[tactic.tactic_id]) for tactic in TACTICS if cells[tactic.tactic_id]]
    if not columns:
        return '<p class="quiet">No rule that found something names an ATT&amp;CK tactic.</p>'
    most = max(count for _, cell in columns for count in cell.values())
    return (
        '<div class="matrix">'
        + "".join(
            f"<section><h4>{esc(tactic.title)}<small>{tactic.tactic_id} · {number(totals[tactic.tactic_id], 'finding')}</small></h4>"
            + "".join(_technique(name, count, most, titles[name]) for name, count in sorted(cell.items()))
            + "</section>"
            for tactic, cell in columns
        )
        + '</div><p class="quiet">A rule that names several tactics and techniques has each of its techniques below each of its tactics. '
        "Click one to see the incidents it is in.</p>"
    )


def _technique(name: str, count: int, most: int, titles: list[str]) -> str:
    step = 1 + min(3, int(4 * count / (most + 1)))
    hint = esc("\n".join(dict.fromkeys(titles)))
    inner = f"<code>{esc(name) or 'no technique'}</code><b>{count:,}</b>"
    if not name:
        return f'<div class="technique heat{step}" title="{hint}">{inner}</div>'
    return f'<button class="technique pick heat{step}" data-pick="{esc(name)}" title="{hint}">{inner}</button>'
