#include "sandbox/outbox.h"

#include <stdlib.h>

enum { OUTBOX_NAMES_BYTES_MAX = 64 * 1024 };

struct lane {
    struct delivery *first, *last;
    bool busy;
    bool listed; /* among the ready ones */
    struct lane *next;
};

err_t outbox_init(struct outbox *o, struct arena *arena)
{
    *o = (struct outbox){.arena = arena};
    return table_new(OUTBOX_DELIVERIES_MAX, 1, &o->lanes);
}

static void free_texts(struct delivery *d)
{
    buf_deinit(&d->events);
    d->events = (struct buf){0};
}

void outbox_deinit(struct outbox *o)
{
    for (size_t i = 0; i < o->count; i++) {
        free_texts(o->list[i]);
        buf_deinit(&o->list[i]->types);
        buf_deinit(&o->list[i]->event_ids);
    }
    free(o->list);
    table_free(o->lanes);
    *o = (struct outbox){0};
}

bool outbox_is_final(unsigned status)
{
    return status == 400 || status == 401 || status == 403 || status == 404 || status == 406;
}

static void list_lane(struct outbox *o, struct lane *lane)
{
    if (lane->listed || lane->busy || lane->first == NULL) {
        return;
    }
    lane->listed = true;
    lane->next = NULL;
    if (o->ready_end == NULL) {
        o->ready = lane;
    } else {
        o->ready_end->next = lane;
    }
    o->ready_end = lane;
}

static err_t find_lane(struct outbox *o, const struct webhook *webhook, struct slice conversation,
                       struct lane **ret_lane)
{
    struct slice key = {0};
    struct arena_mark mark = arena_mark(o->arena);
    TRY(arena_printf(o->arena, &key, "%.*s/%.*s", SLICE_ARG(webhook->id), SLICE_ARG(conversation)));
    struct lane *lane = table_get(o->lanes, key);
    if (lane == NULL) {
        lane = ARENA_NEW(o->arena, struct lane);
        if (lane == NULL) {
            return ERR(ARENA_FULL);
        }
        TRY(table_put(o->lanes, key, lane, NULL));
    } else {
        arena_release(o->arena, mark);
    }
    *ret_lane = lane;
    return err_ok();
}

static err_t remember(struct outbox *o, struct delivery *d)
{
    if (o->count == o->room) {
        size_t room = o->room == 0 ? 256 : o->room * 2;
        if (o->count >= OUTBOX_DELIVERIES_MAX) {
            return ERR(TABLE_FULL);
        }
        struct delivery **grown = realloc(o->list, room * sizeof(struct delivery *));
        if (grown == NULL) {
            return ERR(NO_MEMORY);
        }
        o->list = grown;
        o->room = room;
    }
    o->list[o->count++] = d;
    d->id = o->count;
    o->open++;
    return err_ok();
}

static void push_lane(struct outbox *o, struct delivery *d)
{
    struct lane *lane = d->lane;
    d->state = DELIVERY_QUEUED;
    d->next = NULL;
    if (lane->last == NULL) {
        lane->first = d;
    } else {
        lane->last->next = d;
    }
    lane->last = d;
    list_lane(o, lane);
}

static void push_waiting(struct outbox *o, struct delivery *d, wall_ms_t due)
{
    d->state = DELIVERY_WAITING;
    d->due = due;
    struct delivery **at = &o->waiting;
    while (*at != NULL && (*at)->due.ms <= due.ms) {
        at = &(*at)->next;
    }
    d->next = *at;
    *at = d;
}

err_t outbox_add(struct outbox *o, struct webhook *webhook, struct slice conversation,
                 uint64_t cause, wall_ms_t now, span_ms_t hold, struct delivery **ret_delivery)
{
    struct delivery *d = ARENA_NEW(o->arena, struct delivery);
    if (d == NULL) {
        return ERR(ARENA_FULL);
    }
    d->webhook = webhook;
    d->conversation = conversation;
    d->cause = cause;
    buf_init(&d->types, OUTBOX_NAMES_BYTES_MAX);
    buf_init(&d->event_ids, OUTBOX_NAMES_BYTES_MAX);
    buf_init(&d->events, OUTBOX_BODY_BYTES_MAX);
    TRY(find_lane(o, webhook, conversation, &d->lane));
    TRY(remember(o, d));
    if (hold.ms > 0) {
        push_waiting(o, d, wall_add(now, hold));
    } else {
        push_lane(o, d);
    }
    *ret_delivery = d;
    return err_ok();
}

static err_t join(struct buf *list, struct slice item)
{
    if (list->len > 0) {
        TRY(buf_append_char(list, ','));
    }
    return buf_append(list, item);
}

err_t outbox_put_event(struct delivery *d, struct slice type, struct slice event_id,
                       struct slice event_json)
{
    TRY(join(&d->types, type));
    TRY(join(&d->event_ids, event_id));
    return join(&d->events, event_json);
}

struct delivery *outbox_last(const struct outbox *o, const struct webhook *webhook,
                             struct slice conversation, uint64_t cause)
{
    for (size_t i = o->count; i > 0; i--) {
        struct delivery *d = o->list[i - 1];
        if (d->cause != cause) {
            return NULL;
        }
        if (d->webhook == webhook && slice_equal(d->conversation, conversation)) {
            return d;
        }
    }
    return NULL;
}

static struct delivery *take_waiting(struct outbox *o, wall_ms_t now)
{
    struct delivery *d = o->waiting;
    if (d == NULL || wall_before(now, d->due)) {
        return NULL;
    }
    o->waiting = d->next;
    return d;
}

static struct delivery *pop_lane(struct lane *lane)
{
    struct delivery *d = lane->first;
    if (d != NULL) {
        lane->first = d->next;
        lane->last = lane->first == NULL ? NULL : lane->last;
    }
    return d;
}

static struct delivery *take_ready(struct outbox *o)
{
    struct delivery *d = NULL;
    while (o->ready != NULL && d == NULL) {
        struct lane *lane = o->ready;
        o->ready = lane->next;
        o->ready_end = o->ready == NULL ? NULL : o->ready_end;
        lane->listed = false;
        d = lane->busy ? NULL : pop_lane(lane);
        if (d != NULL) {
            lane->busy = true;
            d->holds_lane = true;
        }
    }
    return d;
}

struct delivery *outbox_take(struct outbox *o, wall_ms_t now)
{
    struct delivery *d = take_waiting(o, now);
    if (d == NULL) {
        d = take_ready(o);
    }
    if (d != NULL) {
        d->next = NULL;
        d->state = DELIVERY_IN_FLIGHT;
    }
    return d;
}

static void finish(struct outbox *o, struct delivery *d, enum delivery_state state)
{
    d->state = state;
    o->open--;
    free_texts(d);
}

/* Until the next try of Conversations; not positive: never. */
static int64_t wait_ms(const struct delivery *d, const struct attempt *result)
{
    if (outbox_is_final(result->status) || d->tries >= OUTBOX_TRIES_MAX) {
        return 0;
    }
    return (int64_t)OUTBOX_FIRST_RETRY_MS << (d->tries - 1);
}

/* The same of Support. */
static int64_t support_wait_ms(const struct delivery *d, const struct attempt *result)
{
    int64_t doubled = (int64_t)OUTBOX_SUPPORT_FIRST_RETRY_MS << (d->tries - 1);
    if (result->status == 0) {
        return result->timed_out && d->tries <= OUTBOX_SUPPORT_TIMEOUT_RETRIES ? doubled : 0;
    }
    if (d->tries > OUTBOX_SUPPORT_STATUS_RETRIES) {
        return 0;
    }
    if (result->status == 409) {
        return doubled;
    }
    bool asks = result->status == 429 || result->status == 503;
    return asks && result->retry_after_s < OUTBOX_SUPPORT_RETRY_AFTER_S_MAX
               ? result->retry_after_s * 1000
               : 0;
}

static void deliver_again(struct outbox *o, struct delivery *d, wall_ms_t now)
{
    if (d->copies > 0) {
        d->copies--;
        d->tries = 0;
        push_waiting(o, d, now);
    } else {
        finish(o, d, DELIVERY_DONE);
    }
}

void outbox_result(struct outbox *o, struct delivery *d, const struct attempt *result)
{
    if (d->state == DELIVERY_DONE || d->state == DELIVERY_FAILED) {
        return;
    }
    if (d->attempt_count < OUTBOX_ATTEMPTS_KEPT) {
        d->attempts[d->attempt_count++] = *result;
    }
    d->tries++;
    if (d->holds_lane) {
        d->holds_lane = false;
        d->lane->busy = false;
    }
    int64_t wait = d->webhook->support == NULL ? wait_ms(d, result) : support_wait_ms(d, result);
    if (result->status >= 200 && result->status < 300) {
        deliver_again(o, d, result->at);
    } else if (wait <= 0 || d->webhook->removed) {
        finish(o, d, DELIVERY_FAILED);
    } else {
        push_waiting(o, d, wall_add(result->at, span_ms(wait)));
    }
    list_lane(o, d->lane);
}

static bool unlink_from(struct delivery **list, const struct delivery *d)
{
    for (struct delivery **at = list; *at != NULL; at = &(*at)->next) {
        if (*at == d) {
            *at = d->next;
            return true;
        }
    }
    return false;
}

void outbox_replay_result(struct outbox *o, struct delivery *d, const struct attempt *result)
{
    if (!unlink_from(&o->waiting, d) && unlink_from(&d->lane->first, d)) {
        struct delivery *last = d->lane->first;
        while (last != NULL && last->next != NULL) {
            last = last->next;
        }
        d->lane->last = last;
    }
    d->next = NULL;
    outbox_result(o, d, result);
}

wall_ms_t outbox_next_due(const struct outbox *o)
{
    return o->waiting == NULL ? (wall_ms_t){0} : o->waiting->due;
}

struct delivery *outbox_find(const struct outbox *o, uint64_t id)
{
    return id == 0 || id > o->count ? NULL : o->list[id - 1];
}

void outbox_write(const struct delivery *d, struct json_write *w)
{
    static const char *const states[] = {"queued", "in_flight", "waiting", "delivered", "failed"};
    char time[INSTANT_TEXT_BYTES];
    json_object(w);
    json_put_int(w, "id", (int64_t)d->id);
    json_put_slice(w, "webhook", d->webhook->id);
    json_put_slice(w, "target", d->webhook->target);
    json_put_slice_if(w, d->webhook->support == NULL ? "conversation" : "ticket", d->conversation);
    json_put_slice(w, "types", buf_slice(&d->types));
    json_put_slice(w, "events", buf_slice(&d->event_ids));
    json_put_text(w, "state", states[d->state]);
    if (d->state == DELIVERY_WAITING) {
        instant_format_iso8601(d->due, time);
        json_put_text(w, "due", time);
    }
    json_key(w, "attempts");
    json_array(w);
    for (size_t i = 0; i < d->attempt_count; i++) {
        const struct attempt *a = &d->attempts[i];
        instant_format_iso8601(a->at, time);
        json_object(w);
        json_put_text(w, "at", time);
        json_put_int(w, "status", a->status);
        json_put_slice_if(w, "error", a->error);
        if (a->retry_after_s > 0) {
            json_put_int(w, "retry_after_s", a->retry_after_s);
        }
        json_put_int(w, "took_ms", a->took_ms);
        json_end(w);
    }
    json_end(w);
    json_end(w);
}
