"""One line of a benchmark: ours, the limit of the bare libraries, and what it took."""

import json
import statistics


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Result:
    """`ours` and `limit` in `unit`; ratio = ours / limit. What is not in the contract's line goes to `notes`."""

    FIELDS = ("ours", "limit", "p50_ms", "p99_ms", "cpu_us_per_event", "rss_mb")

    def __init__(self, bench, case, unit, title, notes=(), **figures):
        self.bench, self.case, self.unit, self.title, self.notes = bench, case, unit, title, notes
        self.figures = {name: round(figures[name], 2) for name in self.FIELDS}
        self.figures["ratio"] = round(figures["ours"] / figures["limit"], 2)

    def json(self):
        return json.dumps({"bench": self.bench, "case": self.case, "unit": self.unit, **self.figures})

    def __str__(self):
        f = self.figures
        lines = [f"{self.bench} {self.case}: {self.title}",
                 f"  ours   {f['ours']:g} {self.unit}    p50 {f['p50_ms']:g} ms, p99 {f['p99_ms']:g} ms",
                 f"  limit  {f['limit']:g} {self.unit}    ratio {f['ratio']:g}",
                 f"  cost   {f['cpu_us_per_event']:g} us CPU an event, {f['rss_mb']:g} MB at most"]
        return "\n".join(lines + [f"  {note}" for note in self.notes])


def median_of(rounds):
    """The median of each figure over rounds given as dictionaries."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
