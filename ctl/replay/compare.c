#include "ctl/replay/compare.h"

#include "ctl/replay/stream.h"
#include "event/transcript.h"

#include <string.h>

/* Where a state was decided that is not met in the log yet. */
struct pend {
    int64_t offset;
    wall_ms_t time;
};

err_t compare_open(struct compare *c, int64_t commands_from, int64_t states_from)
{
    struct stream_options options = {
        c->port, TOPIC_COMMANDS, c->partition, commands_from, c->key, c->since,
    };
    arena_init(&c->arena, LIMIT_ARENA_BYTES_MAX);
    TRY(stream_new(&options, &c->commands));
    options.topic = TOPIC_CONVERSATIONS;
    options.from = states_from;
    return stream_new(&options, &c->states);
}

void compare_close(struct compare *c)
{
    stream_free(c->commands);
    stream_free(c->states);
    store_free(&c->differs);
    store_free(&c->pending);
    arena_deinit(&c->arena);
    *c = (struct compare){0};
}

/* ---- differences */

/* A chunk of a transcript is of its conversation. */
static struct slice conversation_of(struct slice key)
{
    struct slice of = key;
    (void)transcript_key_parse(key, &of, NULL);
    return of;
}

static bool has_differed(const struct compare *c, struct slice key)
{
    struct slice there = {0};
    return store_get(&c->differs, conversation_of(key), &there);
}

static err_t differ(struct compare *c, struct difference d)
{
    struct slice key = conversation_of(d.key);
    if (has_differed(c, key)) {
        return err_ok();
    }
    TRY(store_put(&c->differs, key, SLICE("")));
    d.key = key;
    TRY(c->tell(c->arg, &d));
    TRY(stream_ignore(c->commands, key));
    return stream_ignore(c->states, key);
}

static struct slice bytes_of(const struct stream_entry *entry)
{
    return entry == NULL ? (struct slice){0} : slice_from(entry->bytes, entry->len);
}

static struct difference difference_of(enum difference_kind kind, const struct bus_record *record,
                                       const struct written *w, const struct stream_entry *entry,
                                       const char *text)
{
    return (struct difference){
        .kind = kind,
        .key = w->key,
        .offset = record->offset,
        .time = record->time,
        .ours = w->value,
        .theirs = bytes_of(entry),
        .is_ours = true,
        .is_theirs = entry != NULL,
        .text = text,
    };
}

/* ---- one by one */

static err_t compare_command(struct compare *c, const struct bus_record *record,
                             const struct written *w, struct why *why)
{
    const struct stream_entry *entry = NULL;
    TRY(stream_next(c->commands, w->key, record->time, why, &entry));
    if (entry == NULL && stream_is_cut(c->commands, record->time)) {
        c->unknown++;
        return err_ok();
    }
    if (entry != NULL && slice_equal(bytes_of(entry), w->value)) {
        stream_drop(c->commands, w->key);
        c->compared++;
        return err_ok();
    }
    if (entry != NULL && stream_is_cut(c->commands, record->time)) {
        c->unknown++;
        return err_ok();
    }
    return differ(c, difference_of(DIFFERENCE_COMMAND, record, w, entry,
                                   entry == NULL ? "a command that the log has not"
                                                 : "another command than in the log"));
}

static err_t keep_pending(struct compare *c, const struct bus_record *record, struct slice key)
{
    struct pend pend = {record->offset, record->time};
    return store_put(&c->pending, key, slice_from(&pend, sizeof pend));
}

/* The next state in the log; what may be of before the replay is met by chance or passed over. */
static err_t next_state(struct compare *c, const struct bus_record *record, const struct written *w,
                        struct why *why, const struct stream_entry **ret_entry)
{
    for (;;) {
        TRY(stream_next(c->states, w->key, record->time, why, ret_entry));
        const struct stream_entry *entry = *ret_entry;
        if (entry == NULL || entry->is_told || !wall_before(entry->time, c->since) ||
            slice_equal(bytes_of(entry), w->value)) {
            return err_ok();
        }
        stream_drop(c->states, w->key);
    }
}

/* What is not the next one in the log was compacted away, or else differs: the log's next one tells
 * when it was decided. */
static err_t compare_state(struct compare *c, const struct bus_record *record,
                           const struct written *w, struct why *why)
{
    const struct stream_entry *entry = NULL;
    TRY(next_state(c, record, w, why, &entry));
    if (entry != NULL && slice_equal(bytes_of(entry), w->value)) {
        stream_drop(c->states, w->key);
        store_remove(&c->pending, w->key);
        c->compared++;
        return err_ok();
    }
    if (entry != NULL && entry->is_told && wall_before(entry->time, record->time)) {
        return differ(c, difference_of(DIFFERENCE_STATE, record, w, entry,
                                       "the state that the log has of before was not decided"));
    }
    return keep_pending(c, record, w->key);
}

err_t compare_written(struct compare *c, const struct bus_record *record,
                      const struct written *written, size_t count, struct why *why)
{
    for (size_t i = 0; i < count; i++) {
        const struct written *w = &written[i];
        if (has_differed(c, w->key)) {
            continue;
        }
        if (w->kind == WRITTEN_COMMAND) {
            TRY(compare_command(c, record, w, why));
        } else if (w->kind == WRITTEN_STATE || w->kind == WRITTEN_CHUNK) {
            TRY(compare_state(c, record, w, why));
        }
    }
    return err_ok();
}

err_t compare_dead(struct compare *c, const struct bus_record *record, bool was, bool is)
{
    if (was == is) {
        return err_ok();
    }
    return differ(c, (struct difference){
                         .kind = DIFFERENCE_DEAD,
                         .key = record->key,
                         .offset = record->offset,
                         .time = record->time,
                         .text = was ? "was set aside in `dead` then, and is decided now"
                                     : "was decided then, and cannot be decided now",
                     });
}

/* ---- the end */

/* What the log holds of the time that was replayed and nobody decided. */
static err_t finish_rows(struct compare *c, struct stream *s, enum difference_kind kind,
                         wall_ms_t until)
{
    for (size_t i = 0; i < stream_rows(s); i++) {
        struct slice key = {0};
        const struct stream_entry *entry = stream_row(s, i, &key);
        bool is_ours = entry != NULL && !wall_before(until, entry->time);
        if (!is_ours || has_differed(c, key)) {
            continue;
        }
        /* Its time is of the log where nothing better is known: then it may be of an event behind
         * the last one. */
        if (!entry->is_told && kind == DIFFERENCE_STATE) {
            continue;
        }
        const struct difference d = {.kind = kind,
                                     .key = key,
                                     .offset = -1,
                                     .time = entry->time,
                                     .theirs = bytes_of(entry),
                                     .is_theirs = true,
                                     .text = "stands in the log, and is not decided now"};
        TRY(c->tell(c->arg, &d));
        TRY(store_put(&c->differs, conversation_of(key), SLICE("")));
    }
    return err_ok();
}

/* A state without an equal one in the log, and with no newer one there that took its place. */
static err_t finish_pending(struct compare *c)
{
    for (size_t i = 0; i < store_count(&c->pending); i++) {
        struct slice key = {0};
        struct slice bytes = {0};
        struct pend pend = {0};
        const struct stream_entry *entry = NULL;
        store_at(&c->pending, i, &key, &bytes);
        memcpy(&pend, bytes.ptr, sizeof pend);
        TRY(stream_next(c->states, key, (wall_ms_t){0}, NULL, &entry));
        if (has_differed(c, key) || entry != NULL) {
            continue;
        }
        const struct difference d = {.kind = DIFFERENCE_STATE,
                                     .key = conversation_of(key),
                                     .offset = pend.offset,
                                     .time = pend.time,
                                     .is_ours = true,
                                     .text = "the log's newest state is another one"};
        TRY(c->tell(c->arg, &d));
        TRY(store_put(&c->differs, conversation_of(key), SLICE("")));
    }
    return err_ok();
}

err_t compare_finish(struct compare *c, wall_ms_t until, bool is_all, struct why *why)
{
    wall_ms_t end = is_all ? (wall_ms_t){0} : until;
    TRY(stream_read_until(c->commands, end, why));
    TRY(stream_read_until(c->states, end, why));
    TRY(finish_rows(c, c->commands, DIFFERENCE_COMMAND, until));
    TRY(finish_rows(c, c->states, DIFFERENCE_STATE, until));
    return finish_pending(c);
}
