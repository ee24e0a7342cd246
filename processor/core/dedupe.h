/* dedupe — each thing that happened is acted on once, however often and late it is told.
 *
 *     seen   [ id@t1 | id@t2 | … | id@t64 ]   oldest first
 *     watermark = newest t that has fallen out
 *
 * A message is known by its own id, whichever delivery brings it; anything else by its event id.
 * Unseen and newer than the watermark: acted on. At or below it: recorded only, since it may be one
 * of those that fell out. Feature row 44. */
#ifndef PROCESSOR_CORE_DEDUPE_H
#define PROCESSOR_CORE_DEDUPE_H

#include "event/conversation.h"
#include "event/event.h"

enum dedupe_verdict { DEDUPE_FRESH, DEDUPE_SEEN, DEDUPE_TOO_OLD };

/* Judges and remembers. `at` is the sender's time of it; 0 = not known. */
enum dedupe_verdict dedupe_id(struct conversation *state, struct slice id, wall_ms_t at);
enum dedupe_verdict dedupe(struct conversation *state, const struct event *event);

#endif
