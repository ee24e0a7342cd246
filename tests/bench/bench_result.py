"""One line of a benchmark: ours, the limit of the bare libraries, and what it took."""

import json
import statistics


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Result:
    """`ours` and `limit` in `unit`. What is not in the contract's line goes to `notes`.

    ratio   of the two; where rounds were measured in pairs it is the median of theirs, which a machine that is
            busy now and then bends less than a ratio of medians
    versus  what a person reads for `limit`, where it is not the bare libraries"""

    FIELDS = ("ours", "limit", "p50_ms", "p99_ms", "cpu_us_per_event", "rss_mb")

    def __init__(self, bench, case, unit, title, notes=(), versus="limit", ratio=None, **figures):
        self.bench, self.case, self.unit, self.title, self.notes, self.versus = bench, case, unit, title, notes, versus
        self.figures = {name: round(figures[name], 2) for name in self.FIELDS}
        self.figures["ratio"] = round(figures["ours"] / figures["limit"] if ratio is None else ratio, 3)

    def json(self):
        return json.dumps({"bench": self.bench, "case": self.case, "unit": self.unit, **self.figures})

    def __str__(self):
        f = self.figures
        wide = max(len("ours"), len(self.versus))
        lines = [f"{self.bench} {self.case}: {self.title}",
                 f"  {'ours':{wide}}  {_plain(f['ours'])} {self.unit}    p50 {f['p50_ms']:g} ms, p99 {f['p99_ms']:g} ms",
                 f"  {self.versus:{wide}}  {_plain(f['limit'])} {self.unit}    ratio {f['ratio']:g}",
                 f"  {'cost':{wide}}  {f['cpu_us_per_event']:g} us CPU an event, {f['rss_mb']:g} MB at most"]
        return "\n".join(lines + [f"  {note}" for note in self.notes])


def table(results):
    """All results at a glance, one line each."""
    rows = [("case", "ours", "against", "unit", "ratio", "p50 ms", "p99 ms", "us CPU", "MB")]
    for result in results:
        f = result.figures
        rows.append((f"{result.bench} {result.case}", _plain(f["ours"]), _plain(f["limit"]), result.unit, f"{f['ratio']:.2f}",
                     f"{f['p50_ms']:g}", f"{f['p99_ms']:g}", f"{f['cpu_us_per_event']:.0f}", f"{f['rss_mb']:.0f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))) for row in rows)


def ratios_of(ours, limit, name):
    """One ratio for each pair of rounds."""
    return [one[name] / other[name] for one, other in zip(ours, limit)]


def median_of(rounds):
    """The median of each figure over rounds given as dictionaries."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def _plain(number):
    return f"{number:.0f}" if number >= 1000 else f"{number:g}"
