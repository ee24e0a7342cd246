/* tail — events and decisions as they pass. */
#include "base/limits.h"
#include "ctl/command.h"
#include "ctl/comments.h"
#include "ctl/draw.h"
#include "ctl/out.h"
#include "ctl/published.h"
#include "ctl/since.h"
#include "ctl/timeline.h"
#include "ctl/where.h"
#include "event/codec.h"
#include "kafka/reader_kafka.h"
#include "rt/clock_sys.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <poll.h>
#include <stdio.h>

enum {
    ARENA_BYTES = 1024 * 1024,
    ASK_MS = 10 * 1000,
    WAIT_MS = 20,    /* when nothing came from any partition */
    TURN_MAX = 1000, /* records of one partition before the next has its turn */
    LINE_BYTES_MAX = 4 * 1024 * 1024,
};

static const char program[] = "tieline tail";
static const char purpose[] = "Follows the log: what comes in, what is decided, what calls come "
                              "to, a line each. Ctrl-C ends\n"
                              "it. Customers' words are in it.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"account", OPTION_TEXT, NULL, false, false, "NAME", "of this account only"},
    {"store", OPTION_TEXT, NULL, false, false, "NAME",
     "of this store only, by its name, widget or brand, as far as a record has one of them"},
    {"conversation", OPTION_TEXT, NULL, false, false, "KEY", "of this conversation only"},
    {"type", OPTION_LIST, NULL, false, false, "TYPE",
     "of this type only: an event's (conversations.message) or an effect's (pass_control); again, "
     "or with commas, for several"},
    {"since", OPTION_TEXT, NULL, false, false, "T", "begin there instead of now"},
    {"until-now", OPTION_SWITCH, NULL, false, false, NULL, "end where the log ends now"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line"},
};

struct source {
    struct reader *reader;
    bool is_over; /* its end was reached, and nobody waits for more */
};

struct tail {
    const struct options *options;
    struct timeline_filter filter;
    wall_ms_t since;
    bool is_json, ends;
    struct startup startup;
    struct reader_kafka kafka;
    struct reader_port reader;
    struct arena arena;         /* of one record */
    struct published published; /* as it was at the start: whose comments the bot's are */
    struct comments_seen seen;
    struct buf line;
    struct source sources[2 * LIMIT_PARTITIONS_MAX];
    size_t source_count;
};

/* What customers and agents said on a ticket stands in what was fetched. */
static err_t tell_comments(struct tail *t, const struct bus_record *record)
{
    struct event event = {0};
    struct slice line = {0};
    if (record->topic != TOPIC_EVENTS) {
        return err_ok();
    }
    buf_reset(&t->line);
    TRY(codec_event_decode(&t->arena, record->value, NULL, &event));
    TRY(comments_put(&t->arena, &event, t->published.set, &t->seen, &t->line));
    struct slice rest = buf_slice(&t->line);
    while (slice_split(rest, '\n', &line, &rest)) {
        draw_line(stdout, record->time, record->key, line);
    }
    return err_ok();
}

/* What cannot be read is passed: the programs keep it in `dead`. */
static err_t tell(struct tail *t, const struct bus_record *record)
{
    bool tells = false;
    if (wall_before(record->time, t->since)) {
        return err_ok();
    }
    arena_reset(&t->arena);
    buf_reset(&t->line);
    err_t e = timeline_record(&t->arena, &t->line, record, t->is_json, &t->filter, &tells);
    if (err_failed(e)) {
        return err_class(e) == ERR_CLASS_POISON ? err_ok() : e;
    }
    if (tells && t->is_json) {
        (void)printf("%s\n", buf_text(&t->line));
    } else if (tells) {
        draw_line(stdout, record->time, record->key, buf_slice(&t->line));
        return tell_comments(t, record);
    }
    return err_ok();
}

/* What one partition has by now, at most TURN_MAX records. */
static err_t take_turn(struct tail *t, struct source *source, bool *ret_some)
{
    for (int i = 0; i < TURN_MAX && !source->is_over && !stop_requested(); i++) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_next(&t->reader, source->reader, span_ms(0), &record, &status));
        if (status == READER_END) {
            source->is_over = t->ends;
            return err_ok();
        }
        if (status == READER_IDLE) {
            return err_ok();
        }
        *ret_some = true;
        TRY(tell(t, &record));
    }
    return err_ok();
}

static bool is_over(const struct tail *t)
{
    for (size_t i = 0; i < t->source_count; i++) {
        if (!t->sources[i].is_over) {
            return false;
        }
    }
    return true;
}

static err_t follow(struct tail *t)
{
    out_quiet();
    while (!stop_requested() && !is_over(t)) {
        bool some = false;
        for (size_t i = 0; i < t->source_count; i++) {
            TRY(take_turn(t, &t->sources[i], &some));
        }
        (void)fflush(stdout);
        if (!some && t->source_count > 0) {
            (void)poll(NULL, 0, WAIT_MS);
        }
    }
    return err_ok();
}

static err_t open_source(struct tail *t, enum topic topic, int32_t partition)
{
    struct source *source = &t->sources[t->source_count];
    int64_t from = 0;
    TRY(reader_kafka_at(&t->kafka, topic, partition, t->since, span_ms(ASK_MS), &from));
    TRY(reader_open(&t->reader, topic, partition, from, &source->reader));
    t->source_count++;
    return err_ok();
}

static err_t open_all(struct tail *t, struct why *why)
{
    struct clock clock = clock_sys();
    t->since = clock_wall(&clock);
    int32_t first = 0;
    int32_t last = t->startup.cluster.partitions - 1;
    const char *text = options_text(t->options, "since");
    if (text != NULL) {
        TRY(since_read(slice_of(text), t->since, why, &t->since));
    }
    if (t->filter.conversation.len > 0) {
        first = cluster_partition(t->filter.conversation, t->startup.cluster.partitions);
        last = first;
    }
    for (int32_t i = first; i <= last; i++) {
        TRY(open_source(t, TOPIC_EVENTS, i));
        TRY(open_source(t, TOPIC_COMMANDS, i));
    }
    return err_ok();
}

static struct slice text_of(const struct options *options, const char *name)
{
    const char *text = options_text(options, name);
    return text == NULL ? (struct slice){0} : slice_of(text);
}

static err_t read_types(const struct options *options, struct timeline_filter *filter,
                        struct why *why)
{
    filter->types = options_list(options, "type", &filter->type_count);
    for (size_t i = 0; i < filter->type_count; i++) {
        const char *nearest = timeline_unknown_type(filter->types[i]);
        if (nearest != NULL) {
            why_set(why, "--type: no record has the type \"%s\"%s%s%s", filter->types[i],
                    nearest[0] == '\0' ? "" : "; did you mean \"", nearest,
                    nearest[0] == '\0' ? "" : "\"?");
            return ERR(USAGE);
        }
    }
    return err_ok();
}

static err_t run(const struct options *options, struct log *log, struct why *why)
{
    static struct tail t; /* too large for a stack; one a process */
    t = (struct tail){.options = options,
                      .filter = {.account = text_of(options, "account"),
                                 .store = text_of(options, "store"),
                                 .conversation = text_of(options, "conversation")},
                      .is_json = options_switch(options, "json"),
                      .ends = options_switch(options, "until-now")};
    TRY(read_types(options, &t.filter, why));
    CLEANUP(arena) struct arena words;
    arena_init(&words, ARENA_BYTES);
    arena_init(&t.arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&t.line, LINE_BYTES_MAX);
    err_t e = seal_init(true);
    e = err_failed(e) ? e : where_options(options, &words, why, &t.startup);
    e = err_failed(e) ? e : where_cluster(&t.startup, why);
    if (!err_failed(e)) {
        t.kafka = (struct reader_kafka){.options = &t.startup.kafka, .log = log};
        t.reader = reader_kafka_port(&t.kafka);
        e = published_read_if(&t.reader, why, &t.published);
        t.filter.set = t.published.set;
        e = err_failed(e) ? e : open_all(&t, why);
        e = err_failed(e) ? e : follow(&t);
    }
    for (size_t i = 0; i < t.source_count; i++) {
        t.reader.ops->close(t.sources[i].reader);
    }
    published_deinit(&t.published);
    reader_kafka_deinit(&t.kafka);
    buf_deinit(&t.line);
    arena_deinit(&t.arena);
    return e;
}

int command_tail(int argc, char *const *argv)
{
    return command_main(program, purpose, rows, sizeof rows / sizeof rows[0], NULL, 0, argc, argv,
                        run);
}
