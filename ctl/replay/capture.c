#include "ctl/replay/capture.h"

#include "event/command.h"
#include "event/config.h"
#include "event/conversation.h"
#include "event/event.h"
#include "json/json_read.h"
#include "json/json_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "tieline capture 1\n";
static const char family[] = "tieline capture ";

enum { HEAD_BYTES = 8, NUMBERS_BYTES = 1 + 8 + 8 + 4 * 4, END_BYTES = 4 + 8 + 8 };

/* ---- numbers */

static err_t put(struct buf *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        TRY(buf_append_char(out, (char)(value >> (8 * i) & 0xFF)));
    }
    return err_ok();
}

static uint64_t take(struct slice *from, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value |= (uint64_t)(unsigned char)from->ptr[i] << (8 * i);
    }
    *from = slice_sub(*from, bytes, from->len);
    return value;
}

static uint64_t word_at(const char *text, size_t bytes)
{
    uint64_t word = 0;
    for (size_t i = 0; i < bytes; i++) {
        word |= (uint64_t)(unsigned char)text[i] << (8 * i);
    }
    return word;
}

/* Against damage, not against malice: fast, and any one word that is another makes another sum. */
static uint32_t sum_of(struct slice bytes)
{
    uint64_t sum = bytes.len;
    size_t at = 0;
    for (; bytes.len - at >= 8; at += 8) {
        sum = (sum ^ word_at(bytes.ptr + at, 8)) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    sum = (sum ^ word_at(bytes.ptr + at, bytes.len - at)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(sum >> 32);
}

/* Of all frames, in their order. */
static uint64_t add_sum(uint64_t all, uint32_t sum)
{
    return (all ^ sum) * UINT64_C(1099511628211);
}

/* ---- writing */

static err_t write_head(struct buf *out, const struct capture_head *head)
{
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    json_put_slice(&w, "build", head->build);
    json_key(&w, "schemas");
    json_object(&w);
    json_put_int(&w, "event", EVENT_SCHEMA);
    json_put_int(&w, "command", COMMAND_SCHEMA);
    json_put_int(&w, "conversation", CONVERSATION_SCHEMA);
    json_put_int(&w, "config", CONFIG_SCHEMA);
    json_end(&w);
    json_put_int(&w, "partition", head->partition);
    json_put_int(&w, "partitions", head->partitions);
    json_put_slice(&w, "conversation", head->conversation);
    json_put_bool(&w, "redacted", head->is_redacted);
    json_key(&w, "first");
    json_object(&w);
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        json_put_int(&w, topic_name((enum topic)i), head->first[i]);
    }
    json_end(&w);
    json_end(&w);
    return json_write_done(&w);
}

err_t capture_begin(struct capture_writer *w, struct buf *out, const struct capture_head *head)
{
    *w = (struct capture_writer){.out = out};
    TRY(buf_append_text(out, magic));
    TRY(write_head(out, head));
    return buf_append_char(out, '\n');
}

static err_t write_frame(struct buf *out, const struct bus_record *r)
{
    TRY(put(out, (uint64_t)r->topic, 1));
    TRY(put(out, (uint64_t)r->offset, 8));
    TRY(put(out, (uint64_t)r->time.ms, 8));
    TRY(put(out, r->ce_id.len, 4));
    TRY(put(out, r->ce_source.len, 4));
    TRY(put(out, r->key.len, 4));
    TRY(put(out, r->value.len, 4));
    TRY(buf_append(out, r->ce_id));
    TRY(buf_append(out, r->ce_source));
    TRY(buf_append(out, r->key));
    return buf_append(out, r->value);
}

err_t capture_add(struct capture_writer *w, const struct bus_record *record)
{
    CLEANUP(buf) struct buf frame = {0};
    buf_init(&frame, (size_t)4 * LIMIT_RECORD_BYTES_MAX);
    TRY(write_frame(&frame, record));
    uint32_t sum = sum_of(buf_slice(&frame));
    w->frames++;
    w->sum = add_sum(w->sum, sum);
    TRY(put(w->out, frame.len, 4));
    TRY(put(w->out, sum, 4));
    return buf_append(w->out, buf_slice(&frame));
}

err_t capture_end(struct capture_writer *w)
{
    TRY(put(w->out, 0, 4));
    TRY(put(w->out, w->frames, 8));
    return put(w->out, w->sum, 8);
}

/* ---- reading */

/* One that has a next. */
static bool is_offset(int64_t offset)
{
    return offset >= 0 && offset < INT64_MAX;
}

static err_t read_first(struct capture *c, const struct json *root)
{
    const struct json *first = json_find(root, "first");
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        c->head.first[i] = json_i64(json_find(first, topic_name((enum topic)i)), 0);
        if (!is_offset(c->head.first[i])) {
            return ERR(SYNTAX);
        }
    }
    return err_ok();
}

static err_t check_schemas(const struct json *root, struct why *why)
{
    static const struct {
        const char *name;
        int64_t known;
    } schemas[] = {{"event", EVENT_SCHEMA},
                   {"command", COMMAND_SCHEMA},
                   {"conversation", CONVERSATION_SCHEMA},
                   {"config", CONFIG_SCHEMA}};
    const struct json *all = json_find(root, "schemas");
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        int64_t written = json_i64(json_find(all, schemas[i].name), -1);
        if (written < 0) {
            return ERR(SYNTAX);
        }
        if (written > schemas[i].known) {
            why_set(why,
                    "the capture has records of schema %" PRId64 " (%s), and this build reads "
                    "up to %" PRId64,
                    written, schemas[i].name, schemas[i].known);
            return ERR(UNKNOWN_SCHEMA);
        }
    }
    return err_ok();
}

static err_t read_head(struct capture *c, struct slice line, struct why *why)
{
    const struct json *root = NULL;
    TRY(json_parse(&c->arena, line, NULL, why, &root));
    TRY(check_schemas(root, why));
    TRY(read_first(c, root));
    c->head.partition = (int32_t)json_i64(json_find(root, "partition"), -1);
    c->head.partitions = (int32_t)json_i64(json_find(root, "partitions"), -1);
    if (c->head.partition < 0 || c->head.partition >= c->head.partitions) {
        return ERR(SYNTAX);
    }
    c->head.text = line;
    c->head.build = json_string(json_find(root, "build"));
    c->head.conversation = json_string(json_find(root, "conversation"));
    c->head.is_redacted = json_bool(json_find(root, "redacted"), false);
    return err_ok();
}

static struct slice cut(struct slice *from, size_t bytes)
{
    struct slice head = slice_sub(*from, 0, bytes);
    *from = slice_sub(*from, bytes, from->len);
    return head;
}

static err_t keep(struct capture *c, const struct bus_record *record)
{
    size_t count = c->counts[record->topic];
    if ((count & (count - 1)) == 0) { /* 0, 1, 2, 4, …: the list doubles */
        size_t room = count == 0 ? 1 : count * 2;
        struct bus_record *grown = realloc(c->records[record->topic], room * sizeof *grown);
        if (grown == NULL) {
            return ERR(NO_MEMORY);
        }
        c->records[record->topic] = grown;
    }
    c->records[record->topic][c->counts[record->topic]++] = *record;
    return err_ok();
}

static err_t read_frame(struct capture *c, struct slice frame)
{
    if (frame.len < NUMBERS_BYTES) {
        return ERR(SYNTAX);
    }
    uint64_t topic = take(&frame, 1);
    struct bus_record r = {.partition = c->head.partition};
    r.offset = (int64_t)take(&frame, 8);
    r.time.ms = (int64_t)take(&frame, 8);
    size_t lengths[4];
    size_t all = 0;
    for (size_t i = 0; i < 4; i++) {
        lengths[i] = take(&frame, 4);
        all += lengths[i];
    }
    if (topic >= TOPIC_COUNT || all != frame.len || !is_offset(r.offset)) {
        return ERR(SYNTAX);
    }
    r.topic = (enum topic)topic;
    r.ce_id = cut(&frame, lengths[0]);
    r.ce_source = cut(&frame, lengths[1]);
    r.key = cut(&frame, lengths[2]);
    r.value = cut(&frame, lengths[3]);
    size_t count = c->counts[topic];
    if (count > 0 && c->records[topic][count - 1].offset >= r.offset) {
        return ERR(SYNTAX);
    }
    return keep(c, &r);
}

/* All frames and the end. */
static err_t read_frames(struct capture *c, struct slice rest, uint64_t *ret_frames)
{
    uint64_t sum = 0;
    while (rest.len >= END_BYTES) {
        size_t length = take(&rest, 4);
        if (length == 0) {
            uint64_t frames = take(&rest, 8);
            return rest.len == 8 && frames == *ret_frames && take(&rest, 8) == sum ? err_ok()
                                                                                   : ERR(SYNTAX);
        }
        uint32_t wanted = (uint32_t)take(&rest, 4);
        if (length > rest.len) {
            return ERR(TOO_LARGE);
        }
        struct slice frame = cut(&rest, length);
        if (sum_of(frame) != wanted) {
            return ERR(SYNTAX);
        }
        TRY(read_frame(c, frame));
        sum = add_sum(sum, wanted);
        (*ret_frames)++;
    }
    return ERR(TOO_LARGE); /* there should be more */
}

err_t capture_read(struct slice bytes, struct why *why, struct capture *ret_capture)
{
    struct capture *c = ret_capture;
    struct slice line = {0};
    struct slice rest = {0};
    uint64_t frames = 0;
    *c = (struct capture){0};
    arena_init(&c->arena, LIMIT_ARENA_BYTES_MAX);
    if (!slice_starts_with(bytes, slice_of(magic))) {
        bool is_newer = slice_starts_with(bytes, slice_of(family));
        why_set(why, is_newer ? "this capture is of a newer form than this build reads"
                              : "this is no capture");
        return is_newer ? ERR(UNKNOWN_SCHEMA) : ERR(SYNTAX);
    }
    (void)slice_split(slice_sub(bytes, sizeof magic - 1, bytes.len), '\n', &line, &rest);
    err_t e = read_head(c, line, why);
    if (err_failed(e)) {
        if (why->text[0] == '\0') {
            why_set(why, "the head of this capture is damaged");
        }
        return e;
    }
    e = read_frames(c, rest, &frames);
    if (err_is(e, ERR_TOO_LARGE)) {
        why_set(why, "this capture is truncated behind record %" PRIu64, frames);
        return ERR(SYNTAX);
    }
    if (err_is(e, ERR_SYNTAX)) {
        why_set(why, "this capture is damaged at record %" PRIu64, frames);
    }
    return e;
}

void capture_deinit(struct capture *c)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        free(c->records[i]);
    }
    arena_deinit(&c->arena);
    *c = (struct capture){0};
}

/* ---- the port */

struct reader {
    const struct capture *capture;
    enum topic topic;
    size_t at;
    int64_t position;
    bool told;
};

static err_t open_reader(void *self, enum topic topic, int32_t partition, int64_t from,
                         struct reader **ret_reader)
{
    const struct capture *c = self;
    if (partition != (topic == TOPIC_CONFIG ? 0 : c->head.partition)) {
        return ERR(NO_TOPIC);
    }
    struct reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return ERR(NO_MEMORY);
    }
    int64_t position = from == READER_FROM_START ? c->head.first[topic] : from;
    *r = (struct reader){.capture = c, .topic = topic, .position = position};
    while (r->at < c->counts[topic] && c->records[topic][r->at].offset < position) {
        r->at++;
    }
    *ret_reader = r;
    return err_ok();
}

static err_t next(struct reader *r, span_ms_t timeout, struct bus_record *ret_record,
                  enum reader_status *ret_status)
{
    (void)timeout;
    if (r->at == r->capture->counts[r->topic]) {
        *ret_status = r->told ? READER_IDLE : READER_END;
        r->told = true;
        return err_ok();
    }
    *ret_record = r->capture->records[r->topic][r->at++];
    r->position = ret_record->offset + 1;
    *ret_status = READER_RECORD;
    return err_ok();
}

static bool barred(const struct reader *r)
{
    (void)r;
    return false;
}

static int64_t end(const struct reader *r)
{
    size_t count = r->capture->counts[r->topic];
    return count == 0 ? r->capture->head.first[r->topic]
                      : r->capture->records[r->topic][count - 1].offset + 1;
}

static int64_t position(const struct reader *r)
{
    return r->position;
}

static void close_reader(struct reader *r)
{
    free(r);
}

struct reader_port capture_port(struct capture *c)
{
    static const struct reader_ops ops = {open_reader, next, barred, end, position, close_reader};
    return (struct reader_port){&ops, c};
}
