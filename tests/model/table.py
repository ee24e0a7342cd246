"""The rows of the model: what is sent, with which guards left out and what added, what may go wrong, and how it has to end."""

from typing import NamedTuple


class Row(NamedTuple):
    kinds: tuple        # of both commands, or of the first and the second
    off: tuple          # guards and assumptions left out
    also: tuple         # added to the world
    bounds: tuple       # faults, ends, stalls, edits
    expect: str         # holds: all states looked at; no trace: not all; else the property that breaks
    why: str
    sample: int = 0     # seconds to look about in more states than memory holds


M, C, T = ("message",), ("comment",), ("ticket",)
FAULT, END, STALL, EDIT = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)
BOTH, LATE_END, ANY = (1, 1, 0, 0), (0, 1, 1, 0), (1, 1, 1, 0)


def holds(kinds, bounds, why, off=(), also=()):
    return Row(kinds, off, also, bounds, "holds", why)


def breaks(what, kinds, bounds, off, why, also=()):
    return Row(kinds, off, also, bounds, what, why)


def sample(kinds, bounds, seconds, why, off=()):
    return Row(kinds, off, (), bounds, "no trace", why, seconds)


# Each guard left out, with the least that has to go wrong.
GUARDS = [
    breaks("doubled", M, FAULT, ("horizon_record",), "a late commit takes the horizon back, and nothing else remembers it"),
    breaks("doubled", M, STALL, ("horizon_commit",), "who was expelled sends what its successor has looked for in vain"),
    breaks("doubled", M, STALL, ("membership",), "the same"),
    breaks("doubled", M, STALL, ("leave",), "a commit that was refused is taken for accepted"),
    breaks("doubled", M, FAULT, ("events_mark",), "a late commit brings an old horizon and a new `ev`, past the records"),
    breaks("skipped", M, FAULT, ("outcome_first",), "the offset passes what has no outcome yet"),
    breaks("doubled", M, FAULT, ("look_up",), "in doubt and sent again"),
    breaks("doubled", M, FAULT, ("settle",), "absent today, applied tomorrow"),
    breaks("disordered", M, END, ("end_settle",), "given up while its request is under way, and the second one overtakes it"),
    breaks("disordered", M, LATE_END, ("lane_rule",), "the second one goes out by an owner whose successor still sends the first"),
    breaks("disordered", M, LATE_END, ("proven_offset",), "a late commit passes a command whose outcome did not count"),
    breaks("doubled", M, FAULT, ("no_resend",), "the HTTP library sends again by itself"),
    breaks("doubled", M, FAULT, ("look_first",), "the same command a second time in the log", also=("twice",)),
    breaks("doubled", M, STALL, ("own_record",), "an expelled owner that drains takes back the horizon its successor relies on",
           also=("drains",)),
    breaks("doubled", M, FAULT, ("in_time",), "ASSUMPTION: Zendesk ends a request within the settling"),
    breaks("doubled", M, STALL, ("no_gap",), "ASSUMPTION: no stop between the last check and the request"),
]

KINDS = [
    holds(C, FAULT, "the stamp holds without the assumption, where the look-up could not", off=("in_time",)),
    breaks("doubled", C, FAULT, ("safe_update", "in_time"), "late, and nothing refuses it"),
    breaks("doubled", C, FAULT, ("aged_stamp", "in_time"), "an update within the stamp's second does not change it"),
    breaks("doubled", C, FAULT, ("stamp_first", "in_time"), "it arrives between look-up and stamp"),
    breaks("doubled", C, FAULT, ("look_up",), "a fresh stamp lets it pass"),
    holds(C, FAULT, "the old stamp refuses the second one", off=("no_resend",)),
    breaks("doubled", C, FAULT, ("no_resend", "safe_update"), "nothing refuses it"),
    holds(T, FAULT, "the key holds without the assumption", off=("in_time",)),
    breaks("doubled", T, FAULT, ("key",), "created again without looking, and nothing refuses it"),
    holds(T, FAULT, "an old key is not trusted, so it is looked for", also=("old_ticket",)),
    breaks("doubled", T, FAULT, ("key_age",), "the key is trusted and forgotten", also=("old_ticket",)),
]

ALL = [
    holds(M, FAULT, "every guard"),
    holds(M, END, "every guard"),
    holds(C, FAULT, "every guard"),
    holds(C, EDIT, "an agent's edit changes the stamp, and nothing wedges"),
    holds(T, FAULT, "every guard"),
    holds(M, FAULT, "a command written again", also=("twice",)),
    holds(M, FAULT, "a look-up may miss what is younger than the settling", also=("stale_reads",)),
]

# Guards that nothing here needs. They stay, each for its reason.
SPARE = [
    holds(M, FAULT, "only ever lengthens the doubt while commands are fetched in order", off=("horizon_fetched",)),
    holds(M, FAULT, "`leave` and `membership` catch the same; it needs no waiting", off=("attribution",)),
    holds(M, FAULT, "the settling and `in_time` already keep older owners out", off=("recommit",)),
    holds(M, FAULT, "`commit_first` already makes incarnations differ wherever both count", off=("raise",)),
]

NARROW = ALL + KINDS + GUARDS + SPARE

MIXED = [(M[0], C[0]), (M[0], T[0]), (C[0], M[0]), (C[0], T[0]), (T[0], M[0]), (T[0], C[0])]

WIDE = (
    [holds(kind, STALL, "every guard, and an owner that does not know") for kind in (M, C, T)]
    + [holds(kind, BOTH, "every guard") for kind in (M, C, T)]
    + [holds(kinds, FAULT, "every guard, kinds mixed") for kinds in MIXED]
    + [holds(C, (1, 0, 0, 1), "a fault and an agent's edit")]
    + [holds(M, STALL, "a stop in good order, also of an expelled owner", also=("drains",))]
    # Without own_record there are fewer states; with it, 27 million were not enough to meet a trace.
    + [breaks("disordered", M, LATE_END, ("commit_first", "own_record"), "an outcome counts for one owner and not for the next")]
    + [breaks("disordered", M, LATE_END, ("incarnation", "own_record"), "an expelled owner's outcome counts while its successor sends")]
    + [row._replace(bounds=STALL) for row in SPARE]
    + [sample(M, STALL, 45, "commits carry their own marks, so their order hardly matters", off=("one_commit",))]
    + [holds(M, LATE_END, "every guard")]
    + [holds(kind, STALL, "stamp or key hold without the assumption", off=("no_gap",)) for kind in (C, T)]
    + [sample(kind, ANY, 45, "every guard, more states than memory holds") for kind in (M, C, T)]
)
