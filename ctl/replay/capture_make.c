#include "ctl/replay/capture_make.h"

#include "ctl/bare_config.h"
#include "event/codec.h"

struct make {
    struct reader_port *port;
    struct past *past;
    struct capture_head *head;
    struct capture_writer writer;
    struct arena arena;
    struct buf value; /* of a record that is changed */
};

typedef err_t (*pick_fn)(struct make *m, const struct bus_record *record);

/* ---- what is picked */

static bool is_wanted(const struct make *m, struct slice key)
{
    struct slice of = key;
    struct slice wanted = m->past->span.key;
    (void)transcript_key_parse(key, &of, NULL);
    return wanted.len == 0 || slice_equal(of, wanted);
}

/* A record that cannot be read stays as it is: whatever stands there is absent from there on. */
static err_t pick_config(struct make *m, const struct bus_record *record)
{
    struct config_record config = {0};
    struct bus_record changed = *record;
    arena_reset(&m->arena);
    buf_reset(&m->value);
    if (record->value.len > 0 &&
        !err_failed(codec_config_decode(&m->arena, record->value, NULL, &config))) {
        bare_config(&config);
        TRY(codec_config_encode(&config, &m->value));
        changed.value = buf_slice(&m->value);
    }
    return capture_add(&m->writer, &changed);
}

static err_t pick_state(struct make *m, const struct bus_record *record)
{
    bool is_checkpoint = slice_equal(record->key, checkpoint_key());
    return is_checkpoint || is_wanted(m, record->key) ? capture_add(&m->writer, record) : err_ok();
}

static err_t pick_own(struct make *m, const struct bus_record *record)
{
    return is_wanted(m, record->key) ? capture_add(&m->writer, record) : err_ok();
}

/* Of the partition, or of the conversation; and the first one, whose time tells the day. */
static err_t pick_event(struct make *m, const struct bus_record *record)
{
    struct bus_record blank = *record;
    int64_t start = m->past->start.next;
    if (record->offset < start || record->offset >= m->past->newest.next) {
        return err_ok();
    }
    if (record->key.len == 0 || is_wanted(m, record->key)) {
        return capture_add(&m->writer, record);
    }
    blank.key = SLICE("-"); /* somebody else's */
    blank.value = (struct slice){0};
    return record->offset == m->head->first[TOPIC_EVENTS] ? capture_add(&m->writer, &blank)
                                                          : err_ok();
}

/* ---- reading */

static err_t pick_all(struct make *m, struct reader *reader, enum topic topic, pick_fn pick,
                      struct why *why)
{
    for (;;) {
        struct bus_record record = {0};
        bool is_more = false;
        TRY(past_next(m->port, reader, topic_name(topic), why, &record, &is_more));
        if (!is_more) {
            return err_ok();
        }
        TRY(pick(m, &record));
    }
}

static err_t read_topic(struct make *m, enum topic topic, int64_t from, pick_fn pick,
                        struct why *why)
{
    struct reader *reader = NULL;
    int32_t partition = topic == TOPIC_CONFIG ? 0 : m->past->partition;
    TRY(reader_open(m->port, topic, partition, from, &reader));
    err_t e = pick_all(m, reader, topic, pick, why);
    m->port->ops->close(reader);
    return e;
}

/* Where each topic begins, so that a replay of the file knows what was gone. */
static err_t look_at_begins(struct make *m)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        enum topic topic = (enum topic)t;
        struct reader *reader = NULL;
        TRY(reader_open(m->port, topic, topic == TOPIC_CONFIG ? 0 : m->past->partition,
                        READER_FROM_START, &reader));
        m->head->first[t] = m->port->ops->position(reader);
        m->port->ops->close(reader);
    }
    int64_t start = m->past->start.next;
    m->head->first[TOPIC_EVENTS] = start > m->past->first ? start : m->past->first;
    return err_ok();
}

static err_t make(struct make *m, struct buf *out, struct why *why)
{
    static const struct {
        enum topic topic;
        pick_fn pick;
    } picks[] = {{TOPIC_CONFIG, pick_config},   {TOPIC_CONVERSATIONS, pick_state},
                 {TOPIC_SNAPSHOTS, pick_state}, {TOPIC_DEAD, pick_own},
                 {TOPIC_EVENTS, pick_event},    {TOPIC_COMMANDS, pick_own}};
    TRY(past_read(m->past, why));
    TRY(look_at_begins(m));
    m->head->conversation = m->past->span.key;
    TRY(capture_begin(&m->writer, out, m->head));
    for (size_t i = 0; i < sizeof picks / sizeof picks[0]; i++) {
        bool is_events = picks[i].topic == TOPIC_EVENTS;
        TRY(read_topic(m, picks[i].topic,
                       is_events ? m->head->first[TOPIC_EVENTS] : READER_FROM_START, picks[i].pick,
                       why));
    }
    return capture_end(&m->writer);
}

err_t capture_make(struct reader_port *port, const struct past_span *span,
                   struct capture_head *head, struct buf *out, struct why *why)
{
    struct past past = {.port = port, .partition = head->partition, .span = *span};
    struct make m = {.port = port, .past = &past, .head = head};
    arena_init(&m.arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&m.value, LIMIT_RECORD_BYTES_MAX);
    err_t e = make(&m, out, why);
    past_deinit(&past);
    arena_deinit(&m.arena);
    buf_deinit(&m.value);
    return e;
}
