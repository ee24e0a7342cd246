#include "tests/sim/reach.h"

#include "event/command.h"
#include "event/reason.h"
#include "tests/sim/invariants.h"

#include <inttypes.h>
#include <stdio.h>

/* --- what cannot be reached here, each with its reason --- */

/* By one step. What is not drawn in lifecycle.h cannot be; beside it, these do not happen. */
static const struct {
    enum phase from, to;
} phase_edges[] = {
    {PHASE_NEW, PHASE_BOT},
    {PHASE_NEW, PHASE_HANDING_OFF},
    {PHASE_NEW, PHASE_HUMAN},
    {PHASE_BOT, PHASE_HANDING_OFF},
    {PHASE_BOT, PHASE_HUMAN},
    {PHASE_BOT, PHASE_RELEASED},
    {PHASE_HANDING_OFF, PHASE_BOT},
    {PHASE_HANDING_OFF, PHASE_HUMAN},
    {PHASE_HANDING_OFF, PHASE_RELEASED},
    {PHASE_HUMAN, PHASE_RELEASED},
    {PHASE_HUMAN, PHASE_ENDED},
    {PHASE_RELEASED, PHASE_BOT},
    {PHASE_RELEASED, PHASE_HUMAN},
    {PHASE_RELEASED, PHASE_HANDING_OFF},
    {PHASE_BOT, PHASE_ENDED},
};

static const struct {
    enum turn_state from, to;
} turn_edges[] = {
    {TURN_NONE, TURN_ASKED},     {TURN_ASKED, TURN_NONE},    {TURN_ASKED, TURN_DEFERRED},
    {TURN_ASKED, TURN_SPEAKING}, {TURN_DEFERRED, TURN_NONE}, {TURN_DEFERRED, TURN_SPEAKING},
    {TURN_DEFERRED, TURN_ASKED}, {TURN_SPEAKING, TURN_NONE}, {TURN_SPEAKING, TURN_ASKED},
};

static const struct {
    enum bridge from, to;
} bridge_edges[] = {
    {BRIDGE_NONE, BRIDGE_USER},         {BRIDGE_USER, BRIDGE_NONE},
    {BRIDGE_USER, BRIDGE_CONVERSATION}, {BRIDGE_CONVERSATION, BRIDGE_NONE},
    {BRIDGE_CONVERSATION, BRIDGE_OPEN}, {BRIDGE_OPEN, BRIDGE_NONE},
};

/* These need an input that no history of this world has; each has its unit test. */
static bool is_elsewhere(enum note note)
{
    switch ((int)note) {
    case NOTE_FALLBACK_USED:   /* test_route: a widget nobody names */
    case NOTE_WAITING:         /* test_route: an event without any id */
    case NOTE_PENDING_FULL:    /* test_turns: more words wait than a history has */
    case NOTE_WORDS_CUT:       /* golden long_answer: more than 64 KiB */
    case NOTE_NO_CONVERSATION: /* test_tickets: the ticket of a messaging conversation */
    case NOTE_DATA_CUT:        /* unit: customer data beyond its limits */
    case NOTE_AGENTS_AWAY:     /* golden agents_*: a store that asks who is online */
    case NOTE_AGENTS_UNKNOWN:  /* likewise */
    case NOTE_TRANSCRIPT_TOLD: /* golden transcript_*: a store that wants whole transcripts */
    case NOTE_TRANSCRIPT_CUT:  /* test_processor_transcript: more than is kept */
    case NOTE_AUTOMATIC:       /* golden loops_ticket: what a machine sent */
    case NOTE_UNMAPPED_SILENT: /* test_route: a widget or brand of no store */ return true;
    default: return false;
    }
}

void reach_step(struct reach *r, const struct conversation *after, const struct before *before,
                const struct effects *effects)
{
    r->phases[before->phase][after->phase] += before->phase != after->phase ? 1 : 0;
    r->turns[before->turn][after->turn.state] += before->turn != after->turn.state ? 1 : 0;
    r->bridges[before->bridge][after->bridge] += before->bridge != after->bridge ? 1 : 0;
    r->moments[REACH_REBORN] += before->is_again && wall_known(after->created) ? 1 : 0;
    for (size_t i = 0; i < effects->note_count; i++) {
        r->notes[effects->notes[i]]++;
    }
    for (uint32_t reason = 1; reason < REACH_REASONS; reason++) {
        bool is_news = (after->reasons & ~before->reasons & REASON_BIT(reason)) != 0;
        r->reasons[reason] += is_news ? 1 : 0;
    }
}

/* --- the report --- */

static int line(uint64_t count, bool has_to, const char *kind, const char *what, const char *to)
{
    bool is_missing = has_to && count == 0;
    if (count > 0 || is_missing) {
        printf("  %10" PRIu64 "  %s %s%s%s%s\n", count, kind, what, to[0] != '\0' ? " -> " : "", to,
               is_missing ? "   NEVER REACHED" : "");
    }
    return is_missing ? 1 : 0;
}

static bool phase_has_to(enum phase from, enum phase to)
{
    for (size_t i = 0; i < sizeof phase_edges / sizeof phase_edges[0]; i++) {
        if (phase_edges[i].from == from && phase_edges[i].to == to) {
            return true;
        }
    }
    return false;
}

static bool turn_has_to(enum turn_state from, enum turn_state to)
{
    for (size_t i = 0; i < sizeof turn_edges / sizeof turn_edges[0]; i++) {
        if (turn_edges[i].from == from && turn_edges[i].to == to) {
            return true;
        }
    }
    return false;
}

static bool bridge_has_to(enum bridge from, enum bridge to)
{
    for (size_t i = 0; i < sizeof bridge_edges / sizeof bridge_edges[0]; i++) {
        if (bridge_edges[i].from == from && bridge_edges[i].to == to) {
            return true;
        }
    }
    return false;
}

static int report_edges(const struct reach *r)
{
    int missing = 0;
    for (unsigned from = 0; from < REACH_PHASES; from++) {
        for (unsigned to = 0; to < REACH_PHASES; to++) {
            missing += line(r->phases[from][to], phase_has_to((enum phase)from, (enum phase)to),
                            "phase", phase_name((enum phase)from), phase_name((enum phase)to));
        }
    }
    for (unsigned from = 0; from < REACH_TURNS; from++) {
        for (unsigned to = 0; to < REACH_TURNS; to++) {
            missing += line(
                r->turns[from][to], turn_has_to((enum turn_state)from, (enum turn_state)to), "turn",
                turn_state_name((enum turn_state)from), turn_state_name((enum turn_state)to));
        }
    }
    for (unsigned from = 0; from < REACH_BRIDGES; from++) {
        for (unsigned to = 0; to < REACH_BRIDGES; to++) {
            missing += line(r->bridges[from][to], bridge_has_to((enum bridge)from, (enum bridge)to),
                            "bridge", bridge_name((enum bridge)from), bridge_name((enum bridge)to));
        }
    }
    return missing;
}

static int report_reasons(const struct reach *r)
{
    static const enum reason reasons[] = {
#define X(name, number, label, words) REASON_##name,
        REASON_TABLE(X)
#undef X
    };
    int missing = 0;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        missing += line(r->reasons[reasons[i]], true, "reason", reason_label(reasons[i]), "");
    }
    return missing;
}

static void report_outcomes(const struct reach *r)
{
    for (unsigned effect = 0; effect < REACH_EFFECTS; effect++) {
        for (unsigned result = 1; result <= OUTCOME_UNDECIDED; result++) {
            (void)line(r->outcomes[effect][result], false, "outcome",
                       effect_name((enum effect_kind)effect),
                       outcome_result_name((enum outcome_result)result));
        }
    }
}

int reach_report(const struct reach *r)
{
    static const char *const moments[] = {
#define X(name, text) text,
        REACH_MOMENTS(X)
#undef X
    };
    int missing = report_edges(r) + report_reasons(r);
    for (unsigned note = 0; note < NOTE_COUNT; note++) {
        missing += line(r->notes[note], !is_elsewhere((enum note)note), "note",
                        note_name((enum note)note), "");
    }
    for (unsigned i = 0; i < REACH_MOMENT_COUNT; i++) {
        missing += line(r->moments[i], true, "moment:", moments[i], "");
    }
    report_outcomes(r);
    return missing;
}
