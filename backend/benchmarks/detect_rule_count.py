"""What more rules cost on mixed Windows logs."""

from benchmarks import corpora
from benchmarks.process import child, write

COUNTS = (100, 500, 1_000, 2_000, 10_000)


def main() -> None:
    """Measure and write the page."""
    paths = corpora.mordor()[::3]
    rows = [["rules", "events per CPU-s, first time", "cost", "events per CPU-s, again", "cost"]]
    least: dict[str, float] = {}
    for count in COUNTS:
        _, figures = child("rules", str(count), *paths)
        for key in ("first", "again"):
            least.setdefault(key, figures[key])
        row = [f"{figures['rules']:,.0f}"]
        for key in ("first", "again"):
            row += [f"{figures['records'] / figures[key]:,.0f}", f"{figures[key] / least[key]:.2f}"]
        rows.append(row)
    text = [
        "Every third capture of `windows/mordor`, parsing and matching in memory; rules evenly chosen from all of SigmaHQ. Cost: against 100 rules."
    ]
    write("detect_rule_count", "Cost of more rules", text, rows)


if __name__ == "__main__":
    main()
