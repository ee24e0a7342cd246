/* show — one conversation: how it stands now, and what happened in it. */
#include "ctl/command.h"
#include "ctl/comments.h"
#include "ctl/draw.h"
#include "ctl/out.h"
#include "ctl/published.h"
#include "ctl/since.h"
#include "ctl/timeline.h"
#include "ctl/where.h"
#include "event/codec.h"
#include "event/describe.h"
#include "event/reason.h"
#include "kafka/reader_kafka.h"
#include "rt/clock_sys.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 4 * 1024 * 1024,
    ENTRIES_MAX = 100 * 1000,
    LINES_BYTES_MAX = 64 * 1024 * 1024,
    STEP_MS = 1000,
    IDLE_STEPS_MAX = 30,
    ASK_MS = 10 * 1000,
};

static const char program[] = "tieline show";
static const char purpose[] = "Shows one conversation: its state, then its timeline, with what "
                              "customers, the bot and agents\n"
                              "said, who had it, which rules called a human, and what each call "
                              "came to. CONVERSATION is its\n"
                              "key, as in acme/ticket/35436. Customers' words are in it.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"since", OPTION_TEXT, NULL, false, false, "T",
     "only what happened since: a span back from now (2h) or a time; else since it began, at most "
     "14 days"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL,
     "one JSON object a line: state, then records"},
};

struct entry {
    wall_ms_t time;
    size_t order; /* as read */
    size_t at, len;
};

struct show {
    const struct options *options;
    struct log *log;
    struct slice key;
    int32_t partition;
    bool is_json;
    struct startup startup;
    struct reader_kafka kafka;
    struct reader_port reader;
    struct arena arena; /* of one record */
    struct arena kept;  /* holds `state` */
    struct slice state; /* as stored */
    struct timeline_stand stand;
    wall_ms_t since;
    struct published published; /* whose comments the bot's are */
    struct comments_seen seen;
    struct buf lines;
    struct entry *entries;
    size_t count;
    bool is_cut;
};

/* ---- reading */

typedef err_t (*take_fn)(struct show *s, const struct bus_record *record);

static err_t read_on(struct show *s, enum topic topic, struct reader *reader, take_fn take,
                     struct why *why)
{
    for (int idle = 0; idle <= IDLE_STEPS_MAX;) {
        struct bus_record record = {0};
        enum reader_status status = READER_IDLE;
        TRY(reader_next(&s->reader, reader, span_ms(STEP_MS), &record, &status));
        if (status == READER_END) {
            return err_ok();
        }
        idle = status == READER_IDLE ? idle + 1 : 0;
        if (status == READER_RECORD && slice_equal(record.key, s->key)) {
            arena_reset(&s->arena);
            TRY(take(s, &record));
        }
    }
    why_set(why, "`%s` could not be read to its end", topic_name(topic));
    return ERR(TIMEOUT);
}

static err_t read_topic(struct show *s, enum topic topic, int64_t from, take_fn take,
                        struct why *why)
{
    struct reader *reader = NULL;
    TRY(reader_open(&s->reader, topic, s->partition, from, &reader));
    err_t e = read_on(s, topic, reader, take, why);
    s->reader.ops->close(reader);
    return e;
}

static void add(struct show *s, const struct bus_record *record, size_t at, size_t end)
{
    if (s->count == ENTRIES_MAX) {
        s->is_cut = true;
        return;
    }
    s->entries[s->count] = (struct entry){record->time, s->count, at, end - at};
    s->count++;
}

/* Each of the lines that were appended from `at` on. */
static void add_lines(struct show *s, const struct bus_record *record, size_t at)
{
    for (size_t i = at; i < s->lines.len; i++) {
        if (s->lines.ptr[i] == '\n') {
            add(s, record, at, i);
            at = i + 1;
        }
    }
}

/* ---- the state */

/* The newest that is read is how it stands; a tombstone leaves nothing. What the versions before it
 * show, as far as they were not compacted away, is who had it and which rules fired. */
static err_t take_state(struct show *s, const struct bus_record *record)
{
    arena_reset(&s->kept);
    TRY(arena_copy(&s->kept, record->value, &s->state));
    struct conversation *c = ARENA_NEW(&s->arena, struct conversation);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    if (s->is_json || record->value.len == 0 ||
        err_failed(codec_conversation_decode(&s->arena, record->value, NULL, c))) {
        return err_ok();
    }
    size_t at = s->lines.len;
    TRY(timeline_change(&s->lines, &s->stand, c));
    add_lines(s, record, at);
    return err_ok();
}

static void print_time(const char *what, wall_ms_t at)
{
    char text[INSTANT_TEXT_BYTES];
    if (wall_known(at)) {
        instant_format_iso8601(at, text);
        (void)printf("  %-12s %s\n", what, text);
    }
}

static void print_member(const char *what, struct slice text)
{
    if (text.len > 0) {
        CLEANUP(buf) struct buf line = {0};
        buf_init(&line, LIMIT_LABEL_BYTES_MAX * 2);
        err_t e = timeline_text(&line, text);
        (void)printf("  %-12s %s\n", what, err_failed(e) ? "?" : buf_text(&line));
    }
}

static void print_reasons(uint32_t reasons)
{
    for (unsigned reason = 1; reason < 32; reason++) {
        if ((reasons & REASON_BIT(reason)) != 0) {
            (void)printf("  %-12s %s\n", "called", reason_words((enum reason)reason));
        }
    }
}

static void print_state(const struct conversation *c)
{
    out_quiet();
    (void)printf("%.*s\n", SLICE_ARG(c->key));
    (void)printf("  %-12s %s (%s)\n", "owner", timeline_owner(c->phase), phase_name(c->phase));
    print_member("store", c->store);
    print_member("customer", c->customer.name);
    print_member("widget", c->widget_id);
    print_member("ticket", c->ticket_id);
    print_reasons(c->reasons);
    if (c->halted) {
        print_member("HALTED", SLICE("an event of it crashed the program: `tieline escalate` or "
                                     "`tieline handback` lets it go on"));
    }
    if (c->turn.state != TURN_NONE) {
        print_member("turn", slice_of(turn_state_name(c->turn.state)));
    }
    for (size_t i = 0; i < c->outstanding_count; i++) {
        print_member("waits for", slice_of(effect_name(c->outstanding[i].effect)));
    }
    for (size_t i = 0; i < c->timer_count; i++) {
        print_time("timer", c->timers[i].due);
    }
    print_time("began", c->created);
    print_time("last event", c->updated);
}

static err_t show_state(struct show *s, struct why *why, wall_ms_t *ret_began)
{
    struct conversation *c = ARENA_NEW(&s->arena, struct conversation);
    if (c == NULL) {
        return ERR(NO_MEMORY);
    }
    if (s->state.len == 0) {
        why_set(why,
                "there is no conversation \"%.*s\", or it ended long ago; `tieline tail` shows the "
                "keys of those that go on",
                SLICE_ARG(s->key));
        return ERR(RANGE);
    }
    TRY(codec_conversation_decode(&s->arena, s->state, why, c));
    *ret_began = c->created;
    if (!s->is_json) {
        print_state(c);
        return err_ok();
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_key(&o.json, "state");
    describe_conversation(&o.json, c);
    out_end(&o);
    return err_ok();
}

/* ---- the timeline */

/* What customers and agents said on a ticket stands in what was fetched. */
static err_t add_comments(struct show *s, const struct bus_record *record)
{
    struct event event = {0};
    size_t at = s->lines.len;
    if (s->is_json || record->topic != TOPIC_EVENTS) {
        return err_ok();
    }
    TRY(codec_event_decode(&s->arena, record->value, NULL, &event));
    TRY(comments_put(&s->arena, &event, s->published.set, &s->seen, &s->lines));
    add_lines(s, record, at);
    return err_ok();
}

static err_t take_record(struct show *s, const struct bus_record *record)
{
    size_t at = s->lines.len;
    bool tells = false;
    if (wall_before(record->time, s->since)) {
        return err_ok();
    }
    err_t e = timeline_record(&s->arena, &s->lines, record, s->is_json, NULL, &tells);
    if (err_failed(e)) { /* what cannot be read is passed: the programs keep it in `dead` */
        return err_class(e) == ERR_CLASS_POISON ? err_ok() : e;
    }
    if (!tells) {
        return err_ok();
    }
    add(s, record, at, s->lines.len);
    return add_comments(s, record);
}

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->time.ms != y->time.ms) {
        return x->time.ms < y->time.ms ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

static void print_timeline(struct show *s)
{
    qsort(s->entries, s->count, sizeof s->entries[0], by_time);
    out_quiet();
    (void)printf("%s", s->is_json ? "" : "\n");
    for (size_t i = 0; i < s->count; i++) {
        const struct entry *entry = &s->entries[i];
        if (wall_before(entry->time, s->since)) {
            continue; /* a state from before */
        }
        struct slice line = slice_sub(buf_slice(&s->lines), entry->at, entry->at + entry->len);
        if (s->is_json) {
            (void)printf("%.*s\n", SLICE_ARG(line));
        } else {
            draw_line(stdout, entry->time, (struct slice){NULL, 0}, line);
        }
    }
    if (s->is_cut) {
        (void)fprintf(
            stderr,
            "%s: not all of the timeline is shown, it has more than %d entries: use --since\n",
            program, (int)ENTRIES_MAX);
    }
}

static err_t since_of(const struct show *s, wall_ms_t began, struct why *why, wall_ms_t *ret_since)
{
    struct clock clock = clock_sys();
    const char *since = options_text(s->options, "since");
    if (since != NULL) {
        return since_read(slice_of(since), clock_wall(&clock), why, ret_since);
    }
    wall_ms_t oldest = wall_add(clock_wall(&clock), span_s(-(int64_t)SINCE_DAYS_MAX * 24 * 3600));
    *ret_since = wall_later(began, oldest);
    return err_ok();
}

static err_t show(struct show *s, struct why *why)
{
    static const enum topic topics[] = {TOPIC_EVENTS, TOPIC_COMMANDS};
    wall_ms_t began = {0};
    TRY(read_topic(s, TOPIC_CONVERSATIONS, READER_FROM_START, take_state, why));
    arena_reset(&s->arena);
    TRY(show_state(s, why, &began));
    TRY(since_of(s, began, why, &s->since));
    TRY(published_read_if(&s->reader, why, &s->published));
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        int64_t from = 0;
        TRY(reader_kafka_at(&s->kafka, topics[i], s->partition, s->since, span_ms(ASK_MS), &from));
        TRY(read_topic(s, topics[i], from, take_record, why));
    }
    print_timeline(s);
    return err_ok();
}

static err_t run(const struct options *options, struct log *log, struct why *why)
{
    static struct show s; /* too large for a stack; one a process */
    s = (struct show){.options = options,
                      .log = log,
                      .key = slice_of(options_word(options, 0)),
                      .is_json = options_switch(options, "json")};
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    if (err_failed(ident_key_parse(s.key, &account, &surface, &id))) {
        why_set(why, "`%s` is no conversation: write its key, as in acme/ticket/35436",
                options_word(options, 0));
        return ERR(USAGE);
    }
    arena_init(&s.arena, LIMIT_ARENA_BYTES_MAX);
    CLEANUP(arena) struct arena words; /* of the flags */
    arena_init(&words, ARENA_BYTES);
    arena_init(&s.kept, LIMIT_ARENA_BYTES_MAX);
    buf_init(&s.lines, LINES_BYTES_MAX);
    s.entries = calloc(ENTRIES_MAX, sizeof s.entries[0]);
    err_t e = s.entries == NULL ? ERR(NO_MEMORY) : seal_init(true);
    e = err_failed(e) ? e : where_options(options, &words, why, &s.startup);
    e = err_failed(e) ? e : where_cluster(&s.startup, why);
    if (!err_failed(e)) {
        s.partition = cluster_partition(s.key, s.startup.cluster.partitions);
        s.kafka = (struct reader_kafka){.options = &s.startup.kafka, .log = log};
        s.reader = where_reader(&s.kafka);
        e = show(&s, why);
    }
    published_deinit(&s.published);
    reader_kafka_deinit(&s.kafka);
    free(s.entries);
    buf_deinit(&s.lines);
    arena_deinit(&s.arena);
    arena_deinit(&s.kept);
    return e;
}

int command_show(int argc, char *const *argv)
{
    return command_main(program, purpose, rows, sizeof rows / sizeof rows[0], "CONVERSATION", 1,
                        argc, argv, run);
}
