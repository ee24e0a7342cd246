/* same — whether two values of the domain are equal, member by member. */
#ifndef TESTS_UNIT_EVENT_SAME_H
#define TESTS_UNIT_EVENT_SAME_H

#include "event/command.h"
#include "event/config.h"
#include "event/conversation.h"
#include "event/dead.h"
#include "event/event.h"
#include "tests/unit/event/handover_records.h"

/* The first member that differs, or NULL. */
const char *event_differs(const struct event *a, const struct event *b);
const char *command_differs(const struct command *a, const struct command *b);
const char *conversation_differs(const struct conversation *a, const struct conversation *b);
const char *config_differs(const struct config_record *a, const struct config_record *b);
const char *dead_differs(const struct dead *a, const struct dead *b);

#endif
