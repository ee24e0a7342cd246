/* control — what the calls of the control port that play customers and agents have in common. */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "sandbox/call.h"
#include "sandbox/messages.h"

#include <stdbool.h>

/* Body member `brand`: name, id or widget. NULL = refused. */
const struct brand *need_brand(struct call *c);
/* {"text":…} or {"content":{…}}, and metadata; false = refused. */
bool read_words(struct call *c, struct message_draft *draft);
void answer_message(struct call *c, const struct conversation *conversation,
                    const struct message *message);

#endif
