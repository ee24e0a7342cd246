/* fixture — what ingest's tests share: one account, one store, deliveries from data/. */
#ifndef TESTS_UNIT_INGEST_FIXTURE_H
#define TESTS_UNIT_INGEST_FIXTURE_H

#include "base/arena.h"
#include "base/buf.h"
#include "event/config.h"
#include "event/config_log.h"
#include "event/event.h"

#include <stddef.h>

/* Account "maple" (webhook secrets "hook-new", "hook-old"), stores "bikes" (tokens "bikes-1",
 * "bikes-2") and "boats" (token "boats-1") on it, and account "oak" with store "desks" ("desks-1").
 * Store "lost" ("lost-1") belongs to an account that is not there. */
const struct account *fixture_account(void);
const struct store *fixture_store(void);
/* The same as a configuration; free the log when done. */
const struct config_set *fixture_set(struct config_log **ret_log);

/* Bytes of data/NAME.json, at most 64 KiB, until the next call. */
struct slice fixture_file(const char *name);

/* Fails the test unless the event can be written and read back with the same raw bytes: what ingest
 * lets in, everyone can read. */
void fixture_round_trip(const char *why, const struct event *event);

#endif
