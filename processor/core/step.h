/* step — one event of one conversation, decided: state and event in, state and effects out.
 *
 *     log record ─▶ [dedupe] ─▶ [route: whose is it] ─▶ [lifecycle: who owns it]
 *                                                            │
 *                    effects ◀─ [render] ◀─ [turns: what does the bot have to do]
 *
 * The only entry of the pure core. It knows no clock (time is the record's), no network, no file,
 * no heap but the arena, and no order of the world but that of the events. So the same events with
 * the same configuration give the same bytes on any machine, which is what a replay is. */
#ifndef PROCESSOR_CORE_STEP_H
#define PROCESSOR_CORE_STEP_H

#include "base/arena.h"
#include "base/err.h"
#include "event/config_log.h"
#include "event/conversation.h"
#include "event/event.h"
#include "processor/core/effects.h"

struct step_input {
    const struct event *event;
    wall_ms_t time;                  /* of the record in the log */
    const struct config_set *config; /* in force in this partition */
    uint64_t incarnation;            /* of egress' newest owner met in this partition's log */
    /* Packed chunks of the transcript, the oldest first, as many as the state counts; empty = it is
     * not there. NULL = none is there. They live as long as the event. */
    const struct slice *chunks;
};

/* Prepares the state of a conversation that has none; borrows `key`.
 * SYNTAX: the key is no conversation key. */
MUST_USE err_t step_new(struct slice key, struct conversation *ret_state);

/* Decides one event.
 *
 * arena    takes what the effects and the new state refer to; it, the event and the configuration
 *          must live until both are encoded
 * state    in: as stored, or from step_new(); out: as to be stored. To be thrown away on error.
 * effects  reset here; commands in the order in which egress must carry them out
 *
 * Errors  ARENA_FULL, BUF_FULL, NO_MEMORY: the event cannot be handled and belongs in `dead`.
 * Checks  event_has_conversation(event->type), the state's key is the event's conversation. */
MUST_USE err_t step(struct arena *arena, const struct step_input *input, struct conversation *state,
                    struct effects *effects);

#endif
