#include "ingest/connections.h"

#include "base/limits.h"
#include "ingest/connection.h"

static const int64_t phase_ms[CONNECTION_PHASES] = {
    [CONNECTION_FREE] = INT64_MAX,
    [CONNECTION_CLOSED] = INT64_MAX,
    [CONNECTION_IDLE] = LIMIT_IDLE_DEADLINE_MS,
    [CONNECTION_HEAD] = LIMIT_HEAD_DEADLINE_MS,
    [CONNECTION_BODY] = LIMIT_BODY_DEADLINE_MS,
    [CONNECTION_PARKED] = INT64_MAX, /* the publisher has its own */
    [CONNECTION_WRITING] = LIMIT_WRITE_DEADLINE_MS,
    [CONNECTION_LINGERING] = LIMIT_LINGER_DEADLINE_MS,
};

static void leave(struct connection *c)
{
    struct connection_list *list = &c->shared->phases[c->phase];
    *(c->previous == NULL ? &list->first : &c->previous->next) = c->next;
    *(c->next == NULL ? &list->last : &c->next->previous) = c->previous;
    list->count--;
}

static void join(struct connection *c, enum connection_phase phase)
{
    struct connection_list *list = &c->shared->phases[phase];
    c->phase = phase;
    c->deadline = mono_add(c->shared->now, span_ms(phase_ms[phase]));
    c->next = NULL;
    c->previous = list->last;
    *(list->last == NULL ? &list->first : &list->last->next) = c;
    list->last = c;
    list->count++;
}

void connection_enter(struct connection *c, enum connection_phase phase)
{
    leave(c);
    join(c, phase);
}

void connection_due(struct connection *c)
{
    struct connections *all = c->shared;
    if (!c->is_due) {
        c->is_due = true;
        c->next_due = NULL;
        *(all->due_last == NULL ? &all->due_first : &all->due_last->next_due) = c;
        all->due_last = c;
    }
}

void connection_open(struct connections *all, struct connection *c, size_t slot, int fd,
                     const struct address *address)
{
    if (c->shared != NULL) {
        leave(c);
    }
    c->shared = all;
    c->fd = fd;
    c->request = NULL;
    c->readable = false;
    c->writable = true;
    c->hung_up = false;
    c->by_proxy = proxies_trust(all->proxies, address);
    c->source = &all->sources[slot];
    *c->source = c->by_proxy ? SOURCE_PROXY : address_source(address);
    c->address = *address;
    address_format(address, c->peer);
    join(c, CONNECTION_HEAD);
}

size_t connections_count(const struct connections *all, uint64_t source)
{
    size_t count = 0;
    for (size_t i = 0; i < all->slots_used; i++) {
        count += all->sources[i] == source ? 1 : 0;
    }
    return count;
}

void connections_run_due(struct connections *all)
{
    struct connection *c = all->due_first;
    all->due_first = all->due_last = NULL;
    while (c != NULL) {
        struct connection *next = c->next_due;
        c->is_due = false;
        connection_go_on(c);
        c = next;
    }
}

void connections_sweep(struct connections *all)
{
    static const enum connection_phase phases[] = {CONNECTION_IDLE, CONNECTION_HEAD,
                                                   CONNECTION_BODY, CONNECTION_WRITING,
                                                   CONNECTION_LINGERING};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        struct connection_list *list = &all->phases[phases[i]];
        while (list->first != NULL && !mono_before(all->now, list->first->deadline)) {
            connection_late(list->first);
        }
    }
}

void connections_close_idle(struct connections *all)
{
    while (all->phases[CONNECTION_IDLE].first != NULL) {
        connection_close(all->phases[CONNECTION_IDLE].first);
    }
    struct connection *next = NULL;
    for (struct connection *c = all->phases[CONNECTION_HEAD].first; c != NULL; c = next) {
        next = c->next;
        if (!connection_has_begun(c)) {
            connection_close(c);
        }
    }
}

void connections_recycle(struct connections *all)
{
    while (all->phases[CONNECTION_CLOSED].first != NULL) {
        *all->phases[CONNECTION_CLOSED].first->source = SOURCE_NONE;
        connection_enter(all->phases[CONNECTION_CLOSED].first, CONNECTION_FREE);
    }
}
