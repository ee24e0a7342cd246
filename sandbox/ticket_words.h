/* ticket_words — what a comment says: Markdown or HTML in, text and HTML out, and the placeholders
 * that Zendesk fills in wherever an agent writes them. */
#ifndef SANDBOX_TICKET_WORDS_H
#define SANDBOX_TICKET_WORDS_H

#include "sandbox/tickets.h"

#include <stdbool.h>

/* Fills comment->body and comment->html, in the store; longer than 64 kB is cut in silence. */
bool ticket_words(struct save *s, const struct comment_draft *draft, struct comment *comment);
/* Replaces {{placeholders}} in `text`, in scratch; one that is not known becomes nothing. */
bool ticket_placeholders(struct save *s, struct slice text, struct slice *ret_text);

#endif
