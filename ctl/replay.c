/* replay — the past decided once more, from the log or from a capture. */
#include "ctl/command.h"
#include "ctl/published.h"
#include "ctl/read_file.h"
#include "ctl/replay/capture.h"
#include "ctl/replay/find.h"
#include "ctl/replay/run.h"
#include "ctl/replay_config.h"
#include "ctl/replay_into.h"
#include "ctl/replay_sandbox.h"
#include "ctl/replay_step.h"
#include "ctl/replay_tell.h"
#include "ctl/since.h"
#include "ctl/where.h"
#include "kafka/reader_kafka.h"
#include "rt/clock_sys.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BYTES = 1024 * 1024, ASK_MS = 10 * 1000, EXIT_DIFFERS = 1 };

static const char program[] = "tieline replay";
static const char purpose[] =
    "Decides again what is in the log, with the configuration of that time, and compares each "
    "command\n"
    "and state with what was decided then. Without --into and --to-sandbox it writes nothing and "
    "calls\n"
    "nobody. CONVERSATION is a key, as in acme/ticket/35436; without one it is everything. Ends "
    "with 0\n"
    "when all is the same, with 1 when something differs.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"partition", OPTION_U64, NULL, false, false, "N", "of this partition only"},
    {"since", OPTION_TEXT, NULL, false, false, "T",
     "tell what happened since: a span back from now (2h) or a time"},
    {"until", OPTION_TEXT, NULL, false, false, "T", "end there"},
    {"from", OPTION_U64, NULL, false, false, "OFFSET", "tell from this offset of `events` on"},
    {"to", OPTION_U64, NULL, false, false, "OFFSET", "end before this one"},
    {"ticket", OPTION_TEXT, NULL, false, false, "ID",
     "the conversation of this ticket; looked for in the events since --since, else of 14 days"},
    {"message", OPTION_TEXT, NULL, false, false, "ID",
     "the conversation that this message of a customer is in; looked for in the same way"},
    {"against", OPTION_TEXT, "log", false, false, "log|none", "what it is compared with"},
    {"capture", OPTION_TEXT, NULL, false, false, "FILE",
     "replay this file of `tieline capture` instead of the log; asks no broker"},
    {"config", OPTION_TEXT, NULL, false, false, "FILE",
     "decide with this configuration file instead of what was in force"},
    {"into", OPTION_TEXT, NULL, false, false, "PREFIX",
     "write the commands to the topics of this prefix, where nothing can log in to Zendesk"},
    {"to-sandbox", OPTION_TEXT, NULL, false, false, "FILE",
     "make the calls to the sandbox whose ready line is in FILE; its clock follows the log"},
    {"step", OPTION_SWITCH, NULL, false, false, NULL,
     "one event at a time, forward and back: commands on standard input, help with ?"},
    {"timeline", OPTION_SWITCH, NULL, false, false, NULL,
     "tell each event; for one conversation that is so anyhow"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line"},
};

struct replay_command {
    const struct options *options;
    struct startup startup;
    struct reader_kafka kafka;
    struct reader_port reader;
    struct replay_tell tell;
    struct past_span span;
    struct slice file; /* of --capture, and what is in it */
    struct capture capture;
    bool is_offline;
    struct replay_into *into;       /* of --into */
    struct replay_sandbox *sandbox; /* of --to-sandbox */
    struct why *why;                /* of what on_event() does */
    struct config_log *config;      /* of --config; owns `instead` */
    const struct config_set *instead;
    bool is_json, tells;
};

/* ---- what is asked */

static err_t time_of(const struct options *options, const char *name, struct why *why,
                     wall_ms_t *ret_time)
{
    const char *text = options_text(options, name);
    struct clock clock = clock_sys();
    if (text == NULL || !err_failed(instant_parse_iso8601(slice_of(text), ret_time))) {
        return err_ok();
    }
    return since_read(slice_of(text), clock_wall(&clock), why, ret_time);
}

static int64_t offset_of(const struct options *options, const char *name)
{
    uint64_t offset = options_given(options, name) ? options_u64(options, name) : 0;
    return offset > INT64_MAX ? INT64_MAX : (int64_t)offset;
}

static err_t read_options(struct replay_command *c, struct why *why)
{
    const struct options *o = c->options;
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    const char *ticket = options_text(o, "ticket");
    const char *message = options_text(o, "message");
    int named = (options_word_count(o) > 0) + (ticket != NULL) + (message != NULL);
    c->is_json = options_switch(o, "json");
    c->tells = options_switch(o, "timeline") || named > 0;
    c->span.from = offset_of(o, "from");
    c->span.to = offset_of(o, "to");
    TRY(time_of(o, "since", why, &c->span.since));
    TRY(time_of(o, "until", why, &c->span.until));
    if (strcmp(options_text(o, "against"), "log") != 0 &&
        strcmp(options_text(o, "against"), "none") != 0) {
        why_set(why, "--against takes log or none");
        return ERR(USAGE);
    }
    if (named > 1) {
        why_set(why, "CONVERSATION, --ticket and --message each name one: give one of them");
        return ERR(USAGE);
    }
    if ((ticket != NULL && *ticket == '\0') || (message != NULL && *message == '\0')) {
        why_set(why, "%s takes an id", ticket != NULL ? "--ticket" : "--message");
        return ERR(USAGE);
    }
    if (options_text(o, "to-sandbox") != NULL && options_switch(o, "step")) {
        why_set(why, "--to-sandbox makes all calls in their turn: it does not go with --step");
        return ERR(USAGE);
    }
    if (options_text(o, "into") != NULL &&
        (options_text(o, "capture") != NULL || options_switch(o, "step"))) {
        why_set(why,
                "--into writes what the log comes to: it goes with neither --capture nor --step");
        return ERR(USAGE);
    }
    if (options_word_count(o) == 0) {
        return err_ok();
    }
    c->span.key = slice_of(options_word(o, 0));
    if (err_failed(ident_key_parse(c->span.key, &account, &surface, &id))) {
        why_set(why, "`%s` is no conversation: write its key, as in acme/ticket/35436",
                options_word(o, 0));
        return ERR(USAGE);
    }
    return err_ok();
}

/* ---- replaying */

static err_t at(void *arg, enum topic topic, int32_t partition, wall_ms_t time, int64_t *ret_offset)
{
    struct replay_command *c = arg;
    return reader_kafka_at(&c->kafka, topic, partition, time, span_ms(ASK_MS), ret_offset);
}

static struct past_times times_of(struct replay_command *c)
{
    return c->is_offline ? (struct past_times){0} : (struct past_times){at, c};
}

/* Which are read for what is asked. USAGE. */
static err_t partitions_of(const struct replay_command *c, struct why *why, int32_t *ret_first,
                           int32_t *ret_last)
{
    *ret_first = 0;
    *ret_last = c->startup.cluster.partitions - 1;
    if (c->is_offline) {
        *ret_first = *ret_last = c->capture.head.partition;
    } else if (c->span.key.len > 0) {
        *ret_first = *ret_last = cluster_partition(c->span.key, c->startup.cluster.partitions);
    } else if (options_given(c->options, "partition")) {
        uint64_t number = options_u64(c->options, "partition");
        if (number >= (uint64_t)c->startup.cluster.partitions) {
            why_set(why, "there is no partition %" PRIu64 ": there are %d", number,
                    (int)c->startup.cluster.partitions);
            return ERR(USAGE);
        }
        *ret_first = *ret_last = (int32_t)number;
    }
    return err_ok();
}

/* --ticket, --message: whose conversation it is, which from here on is asked for. */
static err_t find(struct replay_command *c, struct arena *arena, struct why *why)
{
    const char *ticket = options_text(c->options, "ticket");
    const char *message = options_text(c->options, "message");
    struct clock clock = clock_sys();
    int32_t first = 0;
    int32_t last = 0;
    if (ticket == NULL && message == NULL) {
        return err_ok();
    }
    TRY(partitions_of(c, why, &first, &last));
    struct find f = {
        .port = &c->reader,
        .first = first,
        .last = last,
        .span = c->span,
        .ticket = slice_of(ticket == NULL ? "" : ticket),
        .message = slice_of(message == NULL ? "" : message),
        .arena = arena,
        .times = times_of(c),
    };
    if (!c->is_offline && !wall_known(f.span.since) && f.span.from <= 0) {
        f.span.since = wall_add(clock_wall(&clock), span_s(-(int64_t)SINCE_DAYS_MAX * 24 * 3600));
    }
    return find_conversation(&f, why, &c->span.key);
}

static err_t step_through(struct replay_command *c, int32_t partition, struct why *why)
{
    static struct cursor cursor; /* too large for a stack; one a process */
    cursor = (struct cursor){.instead = c->instead};
    cursor.past = (struct past){
        .port = &c->reader, .partition = partition, .span = c->span, .times = times_of(c)};
    err_t e = cursor_open(&cursor, why);
    e = err_failed(e) ? e : replay_step(&cursor, &c->tell, stdin, isatty(STDIN_FILENO), why);
    cursor_close(&cursor);
    return e;
}

/* What is told is told, and with --into written too. */
static err_t on_start(void *arg, const struct past *past)
{
    struct replay_command *c = arg;
    const struct replay_watcher told = replay_tell_watcher(&c->tell);
    return told.on_start(told.arg, past);
}

static err_t on_event(void *arg, const struct bus_record *record, const struct player *player,
                      enum played played)
{
    struct replay_command *c = arg;
    const struct replay_watcher told = replay_tell_watcher(&c->tell);
    TRY(told.on_event(told.arg, record, player, played));
    if (c->sandbox != NULL && played == PLAYED_DECIDED) {
        TRY(replay_sandbox_take(c->sandbox, record->time, &player->decide, c->why));
    }
    return c->into == NULL ? err_ok() : replay_into_take(c->into, &player->decide);
}

static err_t on_difference(void *arg, const struct difference *difference)
{
    struct replay_command *c = arg;
    const struct replay_watcher told = replay_tell_watcher(&c->tell);
    return told.on_difference(told.arg, difference);
}

static err_t replay_one(struct replay_command *c, int32_t partition, struct why *why)
{
    if (options_switch(c->options, "step")) {
        return step_through(c, partition, why);
    }
    struct replay r = {
        .port = &c->reader,
        .partition = partition,
        .span = c->span,
        .instead = c->instead,
        .compares = strcmp(options_text(c->options, "against"), "log") == 0,
        .watcher = {c, on_start, on_event, on_difference},
        .times = times_of(c),
    };
    TRY(replay_run(&r, why));
    replay_tell_sum(&c->tell, &r);
    return err_ok();
}

static err_t replay_all(struct replay_command *c, struct why *why)
{
    int32_t first = 0;
    int32_t last = 0;
    if (options_switch(c->options, "step") && c->span.key.len == 0 && !c->is_offline &&
        !options_given(c->options, "partition")) {
        why_set(why, "--step needs a CONVERSATION or a --partition");
        return ERR(USAGE);
    }
    TRY(partitions_of(c, why, &first, &last));
    for (int32_t i = first; i <= last && !stop_requested(); i++) {
        TRY(replay_one(c, i, why));
    }
    return err_ok();
}

/* --config, over what is published. */
static err_t read_config(struct replay_command *c, struct why *why)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    const char *path = options_text(c->options, "config");
    if (path == NULL) {
        return err_ok();
    }
    TRY(published_read(&c->reader, why, &published));
    TRY(config_log_new(&c->config));
    return replay_config(path, published.set, c->config, why, &c->instead);
}

static err_t open_log(struct replay_command *c, struct arena *words, struct log *log,
                      struct why *why)
{
    TRY(where_options(c->options, words, why, &c->startup));
    TRY(where_cluster(&c->startup, why));
    c->kafka = (struct reader_kafka){.options = &c->startup.kafka, .log = log};
    c->reader = where_reader(&c->kafka);
    return err_ok();
}

static err_t open_capture(struct replay_command *c, struct why *why)
{
    const char *path = options_text(c->options, "capture");
    c->is_offline = true;
    TRY(read_file_map(path, CAPTURE_BYTES_MAX, why, &c->file));
    err_t e = capture_read(c->file, why, &c->capture);
    if (err_failed(e)) {
        why_prefix(why, "%s: ", path);
        return e;
    }
    c->reader = capture_port(&c->capture);
    c->startup.cluster.partitions = c->capture.head.partitions;
    if (c->span.key.len == 0 && c->capture.head.conversation.len > 0) {
        c->span.key = c->capture.head.conversation;
        c->tell.tells = true;
    }
    return err_ok();
}

static err_t open_others(struct replay_command *c, struct log *log, struct why *why)
{
    const char *prefix = options_text(c->options, "into");
    const char *sandbox = options_text(c->options, "to-sandbox");
    if (sandbox != NULL) {
        TRY(replay_sandbox_new(sandbox, why, &c->sandbox));
    }
    return prefix == NULL
               ? err_ok()
               : replay_into_new(&c->startup.kafka, prefix, &c->reader, log, why, &c->into);
}

static err_t end_others(struct replay_command *c, struct why *why)
{
    if (c->sandbox != NULL) {
        c->tell.sandbox = replay_sandbox_sum(c->sandbox);
        c->tell.is_to_sandbox = true;
    }
    return c->into == NULL ? err_ok()
                           : replay_into_end(c->into, why, &c->tell.written, &c->tell.there);
}

static err_t run(struct replay_command *c, struct log *log, struct why *why)
{
    CLEANUP(arena) struct arena words; /* of the flags */
    arena_init(&words, ARENA_BYTES);
    TRY(seal_init(true));
    TRY(read_options(c, why));
    replay_tell_init(&c->tell, c->is_json, c->tells);
    c->tell.into = options_text(c->options, "into");
    err_t e = options_text(c->options, "capture") != NULL ? open_capture(c, why)
                                                          : open_log(c, &words, log, why);
    e = err_failed(e) ? e : read_config(c, why);
    e = err_failed(e) ? e : find(c, &words, why);
    e = err_failed(e) ? e : open_others(c, log, why);
    e = err_failed(e) ? e : replay_all(c, why);
    e = err_failed(e) ? e : end_others(c, why);
    if (!err_failed(e) && !options_switch(c->options, "step")) {
        replay_tell_end(&c->tell);
    }
    replay_into_free(c->into);
    replay_sandbox_free(c->sandbox);
    replay_tell_deinit(&c->tell);
    reader_kafka_deinit(&c->kafka);
    capture_deinit(&c->capture);
    read_file_unmap(c->file);
    config_log_free(c->config);
    return e;
}

static err_t answer(const struct options *options, struct log *log, struct why *why,
                    int *ret_status)
{
    struct replay_command c = {.options = options, .why = why};
    TRY(run(&c, log, why));
    *ret_status = c.tell.differences > 0 ? EXIT_DIFFERS : 0;
    return err_ok();
}

int command_replay(int argc, char *const *argv)
{
    return command_answer(program, purpose, rows, sizeof rows / sizeof rows[0], "[CONVERSATION]", 0,
                          1, argc, argv, answer);
}
