#include "egress/quotas.h"

#include "base/buf.h"
#include "base/limits.h"
#include "egress/core/budget.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES_MAX = LIMIT_NAME_BYTES_MAX + LIMIT_URI_BYTES_MAX, SWEEP_MIN = 256 };

struct entry {
    struct quota quota;
    mono_ms_t places[];
};

err_t quotas_init(struct quotas *q, uint64_t seed)
{
    *q = (struct quotas){0};
    return table_new(QUOTAS_MAX, seed, &q->by_name);
}

void quotas_deinit(struct quotas *q)
{
    for (size_t i = 0; q->by_name != NULL && i < table_count(q->by_name); i++) {
        free(table_at(q->by_name, i, NULL));
    }
    table_free(q->by_name);
    *q = (struct quotas){0};
}

/* Forgets what does not count any more; from the end, since a removal moves the last in. */
static void sweep(struct quotas *q, mono_ms_t now)
{
    for (size_t i = table_count(q->by_name); i > 0; i--) {
        struct slice name = {0};
        struct entry *entry = table_at(q->by_name, i - 1, &name);
        if (quota_idle(&entry->quota, now)) {
            (void)table_remove(q->by_name, name);
            free(entry);
        }
    }
    q->swept = table_count(q->by_name);
}

static const struct entry *find(const struct quotas *q, struct buf *name, struct slice account,
                                struct slice path)
{
    buf_init(name, NAME_BYTES_MAX);
    if (err_failed(buf_printf(name, "%.*s%.*s", SLICE_ARG(account), SLICE_ARG(path)))) {
        return NULL;
    }
    return table_get(q->by_name, buf_slice(name));
}

static mono_ms_t opens(const struct quotas *q, struct slice account, struct slice path,
                       uint32_t most, mono_ms_t now)
{
    CLEANUP(buf) struct buf name = {0};
    const struct entry *entry = find(q, &name, account, path);
    return entry == NULL ? now : quota_opens(&entry->quota, most, now);
}

mono_ms_t quotas_open(const struct quotas *q, struct slice account, struct slice path,
                      struct budget_part part, mono_ms_t now)
{
    uint32_t ours = (uint32_t)budget_part_of(part, QUOTA_UPDATES_OF_ACCOUNT);
    mono_ms_t of_account = opens(q, account, (struct slice){0}, ours, now);
    mono_ms_t of_ticket = opens(q, account, path, QUOTA_UPDATES_OF_TICKET, now);
    return mono_before(of_account, of_ticket) ? of_ticket : of_account;
}

static void use(struct quotas *q, struct slice account, struct slice path, uint32_t limit,
                span_ms_t period, mono_ms_t now, mono_ms_t at)
{
    CLEANUP(buf) struct buf name = {0};
    struct entry *entry = (struct entry *)(uintptr_t)find(q, &name, account, path);
    if (entry == NULL && name.len > 0) {
        if (table_count(q->by_name) >= 2 * q->swept + SWEEP_MIN) {
            sweep(q, now);
        }
        entry = calloc(1, sizeof *entry + limit * sizeof entry->places[0]);
        if (entry == NULL) {
            return;
        }
        quota_init(&entry->quota, entry->places, limit, period);
        if (err_failed(table_put(q->by_name, buf_slice(&name), entry, NULL))) {
            free(entry);
            return;
        }
    }
    if (entry != NULL) {
        quota_used(&entry->quota, at);
    }
}

void quotas_use(struct quotas *q, struct slice account, struct slice path, mono_ms_t now)
{
    use(q, account, (struct slice){0}, QUOTA_UPDATES_OF_ACCOUNT,
        span_ms(QUOTA_UPDATES_OF_ACCOUNT_MS), now, now);
    use(q, account, path, QUOTA_UPDATES_OF_TICKET, span_ms(QUOTA_UPDATES_OF_TICKET_MS), now, now);
}

/* A quota of one, that was used just so long ago that it opens when it should. */
enum { CLOSED_MS = BUDGET_PERIOD_MS, WHAT_BYTES = 48 };

/* No path begins so, and no account's name goes on so. */
static struct slice closed_name(enum effect_kind effect, char text[WHAT_BYTES])
{
    (void)snprintf(text, WHAT_BYTES, "#%s", effect_name(effect));
    return slice_of(text);
}

void quotas_close(struct quotas *q, struct slice account, enum effect_kind effect, mono_ms_t now,
                  mono_ms_t until)
{
    char what[WHAT_BYTES];
    mono_ms_t at = {until.ms - CLOSED_MS}; /* may be still to come */
    use(q, account, closed_name(effect, what), 1, span_ms(CLOSED_MS), now, at);
}

mono_ms_t quotas_reopen(const struct quotas *q, struct slice account, enum effect_kind effect,
                        mono_ms_t now)
{
    char what[WHAT_BYTES];
    return opens(q, account, closed_name(effect, what), 1, now);
}
