/* site — the bot's own site: a customer chats there, its platform tells of it, and Zendesk hears of
 * it at the hand-over. */
#ifndef TESTS_SIM_SITE_H
#define TESTS_SIM_SITE_H

#include "tests/sim/invariants.h"
#include "tests/sim/world.h"

/* The platform tells of a message; of its own answer too, where the bot is not asked. */
void site_customer(struct world *w);
/* A human at Zendesk, once the chat has a conversation there. */
void site_agent(struct world *w);
/* Its user or its conversation is made at Zendesk. */
enum outcome_result site_made(struct world *w, const struct command *c, struct outcome *o);
/* What must hold of a step of a chat, beside all else. */
void site_after(struct world *w, const struct event *event, const struct before *before);

#endif
