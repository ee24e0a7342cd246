#include "ctl/replay/find.h"

#include "event/codec.h"
#include "event/ident.h"

#include <stdio.h>

enum { LIST_TEXT_BYTES = 400, SHOWN_BYTES_MAX = 100 };

/* ---- what is looked for */

static bool is_own(const struct find *f, struct slice key)
{
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    return f->ticket.len > 0 && !err_failed(ident_key_parse(key, &account, &surface, &id)) &&
           surface == SURFACE_TICKET && slice_equal(id, f->ticket);
}

static bool names_ticket(const struct event *event, struct slice ticket)
{
    if (event->type == EVENT_TICKET_STATUS) {
        return slice_equal(event->body.ticket_status.ticket_id, ticket);
    }
    return event->type == EVENT_OUTCOME && event->body.outcome.effect == EFFECT_TICKET_CREATE &&
           slice_equal(event->body.outcome.remote_id, ticket);
}

static bool names_message(const struct event *event, struct slice message)
{
    if (event_is_conversations(event->type)) {
        return slice_equal(event->body.conversations.message_id, message);
    }
    return event->type == EVENT_PLATFORM_MESSAGE &&
           slice_equal(event->body.platform.message_id, message);
}

static err_t note(struct arena *arena, struct slice key, struct slice *keys, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        if (slice_equal(keys[i], key)) {
            return err_ok();
        }
    }
    return *count == FIND_KEYS_MAX ? err_ok() : arena_copy(arena, key, &keys[(*count)++]);
}

static err_t take(struct find *f, struct arena *scratch, const struct bus_record *record)
{
    struct event event = {0};
    if (is_own(f, record->key)) {
        return note(f->arena, record->key, f->owns, &f->own_count);
    }
    arena_reset(scratch);
    if (record->key.len == 0 ||
        err_failed(codec_event_decode(scratch, record->value, NULL, &event))) {
        return err_ok(); /* what cannot be read is no conversation's */
    }
    bool is_it =
        f->ticket.len > 0 ? names_ticket(&event, f->ticket) : names_message(&event, f->message);
    return is_it ? note(f->arena, record->key, f->keys, &f->count) : err_ok();
}

/* ---- reading */

static bool is_behind(const struct find *f, const struct bus_record *record)
{
    return (f->span.to > 0 && record->offset >= f->span.to) ||
           (wall_known(f->span.until) && wall_before(f->span.until, record->time));
}

static err_t read_on(struct find *f, struct reader *reader, struct arena *scratch, struct why *why)
{
    for (;;) {
        struct bus_record record = {0};
        bool is_more = false;
        TRY(past_next(f->port, reader, "events", why, &record, &is_more));
        if (!is_more || is_behind(f, &record)) {
            return err_ok();
        }
        if (record.offset >= f->span.from && !wall_before(record.time, f->span.since)) {
            TRY(take(f, scratch, &record));
        }
    }
}

static err_t look_into(struct find *f, int32_t partition, struct why *why)
{
    struct reader *reader = NULL;
    int64_t from = READER_FROM_START;
    if (f->times.at != NULL && wall_known(f->span.since)) {
        TRY(f->times.at(f->times.arg, TOPIC_EVENTS, partition, f->span.since, &from));
    }
    CLEANUP(arena) struct arena scratch;
    arena_init(&scratch, LIMIT_ARENA_BYTES_MAX);
    TRY(reader_open(f->port, TOPIC_EVENTS, partition, from, &reader));
    err_t e = read_on(f, reader, &scratch, why);
    f->port->ops->close(reader);
    return e;
}

/* ---- what came of it */

static const char *what(const struct find *f)
{
    return f->ticket.len > 0 ? "ticket" : "message";
}

static struct slice shown(const struct find *f)
{
    return slice_cut_utf8(f->ticket.len > 0 ? f->ticket : f->message, SHOWN_BYTES_MAX);
}

static err_t nothing(const struct find *f, struct why *why)
{
    char since[INSTANT_TEXT_BYTES] = "its begin";
    char until[INSTANT_TEXT_BYTES] = "now";
    if (wall_known(f->span.since)) {
        instant_format_iso8601(f->span.since, since);
    }
    if (wall_known(f->span.until)) {
        instant_format_iso8601(f->span.until, until);
    }
    why_set(why, "no event of %s \"%.*s\" is in `events` from %s to %s, partitions %d to %d%s",
            what(f), SLICE_ARG(shown(f)), since, until, (int)f->first, (int)f->last,
            wall_known(f->span.since) ? "; an earlier time with --since looks further back" : "");
    return ERR(RANGE);
}

static err_t several(const struct find *f, struct why *why)
{
    char list[LIST_TEXT_BYTES] = "";
    size_t len = 0;
    for (size_t i = 0; i < f->count && len < sizeof list; i++) {
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%.*s", i == 0 ? "" : ", ",
                                SLICE_ARG(f->keys[i]));
    }
    why_set(why, "%s \"%.*s\" is in more than one conversation: name one of %s", what(f),
            SLICE_ARG(shown(f)), list);
    return ERR(USAGE);
}

static bool has_account(const struct find *f, struct slice own)
{
    struct slice id = {0};
    struct slice account = {0};
    struct slice other = {0};
    enum surface surface = SURFACE_NONE;
    bool has = err_failed(ident_key_parse(own, &account, &surface, &id)); /* it was read before */
    for (size_t i = 0; i < f->count && !has; i++) {
        has = !err_failed(ident_key_parse(f->keys[i], &other, &surface, &id)) &&
              slice_equal(other, account);
    }
    return has;
}

/* A ticket's own conversation is meant only where no hand-over in its account made it. */
static void add_owns(struct find *f)
{
    for (size_t i = 0; i < f->own_count && f->count < FIND_KEYS_MAX; i++) {
        if (!has_account(f, f->owns[i])) {
            f->keys[f->count++] = f->owns[i];
        }
    }
}

err_t find_conversation(struct find *f, struct why *why, struct slice *ret_key)
{
    for (int32_t i = f->first; i <= f->last; i++) {
        TRY(look_into(f, i, why));
    }
    add_owns(f);
    if (f->count != 1) {
        return f->count == 0 ? nothing(f, why) : several(f, why);
    }
    *ret_key = f->keys[0];
    return err_ok();
}
