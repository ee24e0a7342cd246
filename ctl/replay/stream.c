#include "ctl/replay/stream.h"

#include "base/table.h"
#include "ctl/replay/past.h"
#include "event/codec.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 40 * 1000 * 1000 };

struct row {
    struct stream_entry *first, *last;
    bool is_ignored;
    size_t key_len;
    char key[];
};

struct stream {
    struct stream_options options;
    struct reader *reader;
    struct table *rows;
    bool is_over;      /* the end was reached */
    bool is_removed;   /* the log does not begin at its beginning */
    wall_ms_t first;   /* time of the first record there is; 0 = none was read yet */
    wall_ms_t reached; /* what is older has been read */
};

static struct slice key_of(const void *value)
{
    const struct row *row = value;
    return slice_from(row->key, row->key_len);
}

err_t stream_new(const struct stream_options *options, struct stream **ret_stream)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return ERR(NO_MEMORY);
    }
    s->options = *options;
    err_t e = table_new_of(ROWS_MAX, 1, key_of, &s->rows);
    e = err_failed(e) ? e
                      : reader_open(options->port, options->topic, options->partition,
                                    options->from, &s->reader);
    if (err_failed(e)) {
        stream_free(s);
        return e;
    }
    s->is_removed = options->port->ops->position(s->reader) > 0;
    *ret_stream = s;
    return err_ok();
}

static void empty(struct row *row)
{
    while (row->first != NULL) {
        struct stream_entry *gone = row->first;
        row->first = gone->next;
        free(gone);
    }
    row->last = NULL;
}

void stream_free(struct stream *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; s->rows != NULL && i < table_count(s->rows); i++) {
        struct row *row = table_at(s->rows, i, NULL);
        empty(row);
        free(row);
    }
    table_free(s->rows);
    if (s->reader != NULL) {
        s->options.port->ops->close(s->reader);
    }
    free(s);
}

static err_t row_of(struct stream *s, struct slice key, struct row **ret_row)
{
    struct row *row = table_get(s->rows, key);
    if (row == NULL) {
        row = calloc(1, sizeof *row + key.len);
        if (row == NULL) {
            return ERR(NO_MEMORY);
        }
        row->key_len = key.len;
        memcpy(row->key, key.ptr, key.len);
        err_t e = table_put(s->rows, key_of(row), row, NULL);
        if (err_failed(e)) {
            free(row);
            return e;
        }
    }
    *ret_row = row;
    return err_ok();
}

/* Rows without anything in them are not kept, so that memory is flat. */
static void forget_if_empty(struct stream *s, struct row *row)
{
    if (row->first == NULL && !row->is_ignored) {
        (void)table_remove(s->rows, key_of(row));
        free(row);
    }
}

/* False: nothing but the log tells its time. */
static bool time_of(const struct stream *s, const struct bus_record *record, wall_ms_t *ret_time)
{
    *ret_time = record->time;
    if (s->options.topic == TOPIC_COMMANDS) {
        return codec_command_created(record->value, ret_time);
    }
    return record->value.len > 0 && !transcript_key_parse(record->key, NULL, NULL) &&
           codec_conversation_updated(record->value, ret_time);
}

/* Of a conversation, and not what a person had written again. */
static bool is_decided(const struct bus_record *record)
{
    return record->key.len > 0 && !slice_equal(record->key, checkpoint_key()) &&
           !slice_equal(record->ce_source, SLICE("tieline/ctl"));
}

static bool is_wanted(const struct stream *s, const struct bus_record *record)
{
    struct slice of = record->key;
    (void)transcript_key_parse(record->key, &of, NULL);
    return s->options.key.len == 0 || slice_equal(of, s->options.key);
}

static err_t push(struct row *row, const struct bus_record *record, wall_ms_t time, bool is_told)
{
    struct stream_entry *entry = malloc(sizeof *entry + record->value.len);
    if (entry == NULL) {
        return ERR(NO_MEMORY);
    }
    *entry = (struct stream_entry){NULL, time, is_told, record->offset, record->value.len};
    if (record->value.len > 0) {
        memcpy(entry->bytes, record->value.ptr, record->value.len);
    }
    if (row->last == NULL) {
        row->first = entry;
    } else {
        row->last->next = entry;
    }
    row->last = entry;
    return err_ok();
}

/* A state that only the log tells the time of is taken from somewhat before: its clock may be slow.
 */
static bool is_older(const struct stream *s, wall_ms_t time, bool is_told)
{
    bool is_sure = is_told || s->options.topic == TOPIC_COMMANDS;
    return wall_before(wall_add(time, span_ms(is_sure ? 0 : PAST_MARGIN_MS)), s->options.since);
}

/* Reads one record; *ret_row = the row it went to, or NULL. */
static err_t read_one(struct stream *s, struct why *why, struct row **ret_row)
{
    struct bus_record record = {0};
    bool is_more = false;
    wall_ms_t time = {0};
    *ret_row = NULL;
    TRY(past_next(s->options.port, s->reader, topic_name(s->options.topic), why, &record,
                  &is_more));
    s->is_over = !is_more;
    if (!is_more || !is_decided(&record)) {
        return err_ok();
    }
    bool is_told = time_of(s, &record, &time);
    if (!wall_known(s->first)) {
        s->first = time;
    }
    /* It is damaged, or a clock was set back; a little is what leaders' clocks differ by. */
    if (wall_before(wall_add(record.time, span_ms(PAST_MARGIN_MS)), time)) {
        time = record.time;
    }
    s->reached = is_told ? wall_later(s->reached, time) : s->reached;
    if (is_older(s, time, is_told) || !is_wanted(s, &record)) {
        return err_ok();
    }
    TRY(row_of(s, record.key, ret_row));
    return (*ret_row)->is_ignored ? err_ok() : push(*ret_row, &record, time, is_told);
}

/* Whether all that is of that time or older has been read; 0 = all there is. */
static bool is_read_until(const struct stream *s, wall_ms_t until)
{
    return s->is_over ||
           (wall_known(until) && wall_before(wall_add(until, span_ms(PAST_MARGIN_MS)), s->reached));
}

err_t stream_next(struct stream *s, struct slice key, wall_ms_t until, struct why *why,
                  const struct stream_entry **ret_entry)
{
    struct row *row = table_get(s->rows, key);
    *ret_entry = NULL;
    while (row == NULL || row->first == NULL) {
        if (is_read_until(s, until)) {
            return err_ok();
        }
        struct row *read = NULL;
        TRY(read_one(s, why, &read));
        row = read != NULL && slice_equal(key_of(read), key) ? read : row;
    }
    *ret_entry = row->first;
    return err_ok();
}

void stream_drop(struct stream *s, struct slice key)
{
    struct row *row = table_get(s->rows, key);
    struct stream_entry *gone = row->first;
    row->first = gone->next;
    row->last = row->first == NULL ? NULL : row->last;
    free(gone);
    forget_if_empty(s, row);
}

err_t stream_ignore(struct stream *s, struct slice key)
{
    struct row *row = NULL;
    TRY(row_of(s, key, &row));
    empty(row);
    row->is_ignored = true;
    return err_ok();
}

err_t stream_read_until(struct stream *s, wall_ms_t until, struct why *why)
{
    while (!is_read_until(s, until)) {
        struct row *row = NULL;
        TRY(read_one(s, why, &row));
    }
    return err_ok();
}

size_t stream_rows(const struct stream *s)
{
    return table_count(s->rows);
}

const struct stream_entry *stream_row(const struct stream *s, size_t index, struct slice *ret_key)
{
    const struct row *row = table_at(s->rows, index, ret_key);
    return row->first;
}

bool stream_is_cut(const struct stream *s, wall_ms_t time)
{
    return s->is_removed && (!wall_known(s->first) || wall_before(time, s->first));
}
