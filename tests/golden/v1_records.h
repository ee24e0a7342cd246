/* v1_records — one record of each kind, as the first version wrote it, with every member set.
 *
 * Their bytes stand in tests/golden/v1/. Neither these values nor those files ever change: they are
 * what makes sure that a newer version reads what an older one wrote. A member that comes later is
 * tested elsewhere. */
#ifndef TESTS_GOLDEN_V1_RECORDS_H
#define TESTS_GOLDEN_V1_RECORDS_H

#include "tests/support/any_record.h"

#include <stddef.h>

struct event v1_event(enum event_type type);
struct command v1_command(enum effect_kind effect); /* FENCE: without request */
/* Fills *ret, which is large. */
void v1_conversation(struct conversation *ret);
struct config_record v1_config(enum config_kind kind);
struct dead v1_dead(void);

/* All of them, each under the name that its file has (without ".bin"). */
enum { V1_NAME_BYTES = 64 };
size_t v1_count(void);
void v1_at(size_t index, char name[V1_NAME_BYTES], struct any_record *ret);

#endif
