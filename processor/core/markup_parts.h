/* markup_parts — a long Markdown text as messages that Zendesk takes, none of them torn.
 *
 *     text ──▶ [ whole blocks … ]  [ whole blocks … ]  [ a block too long: cut at lines, else words
 * ]
 *
 * A message may have LIMIT_CONVERSATIONS_TEXT_CHARS_MAX characters, as Markdown and as the HTML
 * that Zendesk makes of it. Bold words, links and list items stay whole where a place to cut can be
 * found; a fenced block of code is closed in one message and opened again in the next. Nothing is
 * lost: the parts, read one after the other, have all the words. Source: Conversations API,
 * messages. Feature row 66. */
#ifndef PROCESSOR_CORE_MARKUP_PARTS_H
#define PROCESSOR_CORE_MARKUP_PARTS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

/* Takes the next part off the front of *rest, which is guarded (markup.h) and not empty. What is
 * left may be empty: then this was the last one. Both lie in the arena or in what *rest pointed to.
 * ARENA_FULL, NO_MEMORY. */
MUST_USE err_t markup_part(struct arena *arena, struct slice *rest, struct slice *ret_part);

#endif
