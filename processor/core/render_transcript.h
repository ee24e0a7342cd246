/* render_transcript — all that was said, as internal notes on a ticket.
 *
 *     Transcript, part 1 of 2
 *     [2026-09-14T09:31:40.000Z] Customer (Ada): Where is my parcel?
 *     [2026-09-14T09:31:42.000Z] Bot (Sage): On its way.
 *
 * Every turn stands there in order, with its author and time; its further lines are indented, so
 * that no words pass for another turn. Zendesk cuts a longer comment in silence, so notes are split
 * before that: between two turns, or within a long one between two characters. Feature row 85;
 * Support API, ticket comments. */
#ifndef PROCESSOR_CORE_RENDER_TRANSCRIPT_H
#define PROCESSOR_CORE_RENDER_TRANSCRIPT_H

#include "base/err.h"
#include "event/transcript.h"
#include "processor/core/context.h"

/* LIMIT_TRANSCRIPT_BYTES_MAX and the history need ten; words that grow when they are made safe may
 * need more, and then the oldest notes are left out, which the first one says. */
enum { RENDER_TRANSCRIPT_PARTS_MAX = 12 };

struct render_transcript {
    struct slice ticket_id;
    const struct transcript_entry *entries; /* oldest first */
    size_t count;
    uint32_t told;    /* turns before these that another hand-over told */
    uint32_t missing; /* turns before these that are lost */
};

/* One command a note, in order; of this event: each index once. ARENA_FULL, NO_MEMORY, BUF_FULL. */
MUST_USE err_t render_transcript(struct context *ctx, const struct render_transcript *all);

#endif
