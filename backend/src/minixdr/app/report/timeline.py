"""Findings on a time axis, as SVG: a lane for each incident, or for each tactic of one incident."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from minixdr.app.report.markup import esc

_WIDTH, _RIGHT, _LANE, _AXIS = 1192, 40, 24, 22
"""Pixels; the width is that of the page, so that letters are as large as the page's."""
_INSET = 10
"""Pixels between the start of the axis and the first mark, which would lie on the names of the lanes otherwise."""
_HALF = 26
"""Letters that are shown of each end of a long name."""
_LETTER = 7
"""Pixels that a letter of a lane's name takes at most on the average; a longer name is cut by the viewport around it."""
_STEPS = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10800,
    21600,
    43200,
    86400,
    172800,
    604800,
    1209600,
    2592000,
    7776000,
    15552000,
    31536000,
)
"""Seconds between two ticks of the axis: what a person counts in."""
_MOST_TICKS = 8
_PIXELS_APART = 3
"""Marks of one lane closer than this are one mark."""
_MOST_TITLES = 8
"""Findings that a mark names when pointed at."""
_SIZES = {"critical": 6.0, "high": 5.5, "medium": 5.0, "low": 4.0, "informational": 3.0}
_RANKS = {"critical": 4, "high": 3, "medium": 2, "low": 1}

Mark = tuple[datetime, str, str]
"""(time, level, what was found)."""


def timeline(lanes: Sequence[tuple[str, str | None, Sequence[Mark]]]) -> str:
    """Return the axis of (name, link or None, marks) lanes; an empty text where nothing has a time."""
    times = [moment for _, _, marks in lanes for moment, *_ in marks]
    if not times:
        return ""
    first, last = min(times).astimezone(UTC), max(times).astimezone(UTC)
    if (last - first).total_seconds() < 1:
        first, last = first - timedelta(seconds=1), last + timedelta(seconds=1)
    left = _LETTER * max(len(_short(name)) for name, _, _ in lanes) + 12
    scale = _Scale(first, last, left)
    height = _AXIS + _LANE * len(lanes)
    label = f"Findings over time, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    box = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    parts = [f'<svg class="timeline" {box} role="img" aria-label="{label}">']
    for x, label in scale.ticks():
        parts.append(f'<line class="tick" x1="{x:.1f}" y1="{_AXIS - 6}" x2="{x:.1f}" y2="{height}"/>')
        parts.append(f'<text class="axis" x="{x:.1f}" y="12">{label}</text>')
    for place, (name, link, marks) in enumerate(lanes):
        middle = _AXIS + place * _LANE + _LANE / 2
        label = (
            f'<svg x="0" y="{middle - _LANE / 2:.1f}" width="{left - 6}" height="{_LANE}"><text class="lane" x="0" y="16">'
            f"{esc(_short(name))}<title>{esc(name)}</title></text></svg>"
        )
        parts.append(f'<a href="{esc(link)}">{label}</a>' if link else label)
        parts.append(
            f'<line class="rule" x1="{left}" y1="{middle:.1f}" x2="{_WIDTH - _RIGHT + _INSET}" y2="{middle:.1f}"/>'
        )
        parts.extend(_marks(marks, scale, middle))
    parts.append("</svg>")
    return f'<div class="wide">{"".join(parts)}</div>'


class _Scale:
    def __init__(self, first: datetime, last: datetime, left: int) -> None:
        self.first = first
        self.left = left + _INSET
        self.one_day = first.date() == last.date()
        self.seconds = (last - first).total_seconds()

    def x(self, moment: datetime) -> float:
        return self.left + (_WIDTH - self.left - _RIGHT) * (moment - self.first).total_seconds() / self.seconds

    def ticks(self) -> list[tuple[float, str]]:
        step = next((step for step in _STEPS if self.seconds / step <= _MOST_TICKS), self.seconds / _MOST_TICKS)
        start = self.first.timestamp()
        at = -(-start // step) * step
        found = []
        while at <= start + self.seconds:
            moment = datetime.fromtimestamp(at, UTC)
            day = step >= 86400 or moment.hour == moment.minute == moment.second == 0  # noqa: PLR2004 - a day's seconds
            clock = "%H:%M:%S" if step < 60 else "%H:%M" if self.one_day else "%m-%d %H:%M"  # noqa: PLR2004 - a minute's seconds
            form = "%Y-%m-%d" if day else clock
            found.append((self.x(moment), moment.strftime(form)))
            at += step
        return found


def _marks(marks: Sequence[Mark], scale: _Scale, middle: float) -> list[str]:
    """Return the marks of a lane; those that would cover each other are one, of the worst level, with their number."""
    drawn: list[str] = []
    group: list[Mark] = []
    for mark in sorted(marks):
        if group and scale.x(mark[0]) - scale.x(group[0][0]) > _PIXELS_APART:
            drawn.append(_mark(group, scale, middle))
            group = []
        group.append(mark)
    if group:
        drawn.append(_mark(group, scale, middle))
    return drawn


def _mark(group: Sequence[Mark], scale: _Scale, middle: float) -> str:
    worst = max(group, key=lambda mark: _RANKS.get(mark[1], 0))[1]
    size = _SIZES.get(worst, 3.0)
    x = scale.x(group[0][0])
    title = "\n".join(dict.fromkeys(_title(*mark) for mark in group[:_MOST_TITLES]))
    if len(group) > _MOST_TITLES:
        title += f"\n{len(group) - _MOST_TITLES:,} more findings"
    shape = (
        f'<path d="M{x:.1f} {middle - size:.1f}l{size} {size}l{-size} {size}l{-size} {-size}z"'
        if worst == "critical"
        else f'<path d="M{x:.1f} {middle - size:.1f}l{size} {size * 1.8:.1f}h{-2 * size}z"'
        if worst == "high"
        else f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="{size}"'
    )
    return (
        f'{shape} class="mark {esc(worst)}"><title>{esc(title)}</title>{"</path>" if shape[1] == "p" else "</circle>"}'
    )


def _title(moment: datetime, severity: str, what: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC, {severity}" + (f": {what}" if what else "")


def _short(name: str) -> str:
    """Return the name as it fits left of the axis: its end, who and where, tells incidents apart better than its middle."""
    return name if len(name) <= 2 * _HALF else f"{name[: _HALF - 1]}…{name[-_HALF:]}"
