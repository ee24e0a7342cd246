/* markup — a bot's Markdown, made safe and made into what each surface takes.
 *
 *     ticket      guarded Markdown ──cmark──▶ html_body
 *     messaging   guarded Markdown ──▶ parts (markup_parts.h) ──▶ markdownText
 *
 * What a bot or a customer wrote is words, never an instruction to Zendesk: its shorthand
 * (%[label](url), %((template:…))%, &((namespace=…))&, ![](image)) would make buttons, templates
 * and images of them, and its placeholders ({{ticket.…}}, {% … %}) would be filled in. The guard
 * breaks each with a WORD JOINER (U+2060), which nobody sees; an image becomes the link to it.
 *
 * CommonMark by cmark, which takes its memory from the heap and ends the process when there is
 * none; its input is a text of LIMIT_TEXT_BYTES_MAX at most. Sources: Zendesk Conversations,
 * shorthand syntax; Support API, ticket comments. Feature row 66. */
#ifndef PROCESSOR_CORE_MARKUP_H
#define PROCESSOR_CORE_MARKUP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

/* The text without anything that Zendesk would act on; `text` itself where nothing is.
 * ARENA_FULL, NO_MEMORY. */
MUST_USE err_t markup_guard(struct arena *arena, struct slice text, struct slice *ret_text);
/* Markdown as HTML. HTML in it is shown as it was written, a single line end is a line break.
 * ARENA_FULL, NO_MEMORY. */
MUST_USE err_t markup_html(struct arena *arena, struct slice markdown, struct slice *ret_html);

#endif
