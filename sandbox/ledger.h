/* ledger — what was asked of the sandbox and what became of it: JSON lines, append-only.
 *
 * The oracle of every test: one line for each request of the API, and for each thing that a
 * customer or an agent did, in the order in which they were applied. */
#ifndef SANDBOX_LEDGER_H
#define SANDBOX_LEDGER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/slice.h"
#include "base/table.h"
#include "sandbox/logfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_entry {
    wall_ms_t time;
    struct slice method, path;
    unsigned status;         /* answered; 0 = the connection was dropped */
    const char *object_type; /* NULL = none */
    struct slice object_id, conversation, idempotency_key, external_id;
    struct slice metadata_json; /* of the request */
    bool applied;
    struct slice body;
};

struct ledger {
    struct logfile file;
    uint64_t *line_ends; /* line_ends[seq - 1] = byte after line `seq` */
    size_t count, room;
    struct table *attempts; /* hash of method, path, body → how often */
};

/* Reads what stands in DIR/ledger.jsonl. ERR_IO, ERR_NO_MEMORY, with `why`. */
MUST_USE err_t ledger_open(struct ledger *l, const char *dir, struct why *why);
void ledger_close(struct ledger *l);

/* The text of the next line, in `arena`; counts its attempt. Thread: world's lock. */
MUST_USE err_t ledger_render(struct ledger *l, struct arena *arena,
                             const struct ledger_entry *entry, struct slice *ret_line);
/* Appends it. Thread: world's lock. */
MUST_USE err_t ledger_append(struct ledger *l, struct slice line);
/* Makes sure that line `seq` is there: appends `line` when the file ends just before it. */
MUST_USE err_t ledger_restore(struct ledger *l, uint64_t seq, struct slice line);
/* Bytes of the lines from `seq` on (1 = all): a range of the file, which never changes. */
void ledger_range(const struct ledger *l, uint64_t seq, uint64_t *ret_from, uint64_t *ret_bytes);

#endif
