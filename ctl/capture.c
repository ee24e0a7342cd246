/* capture — what a replay needs, in one file that runs anywhere. */
#include "ctl/command.h"
#include "ctl/out.h"
#include "ctl/replay/capture_make.h"
#include "ctl/replay/capture_redact.h"
#include "ctl/replay/run.h"
#include "ctl/since.h"
#include "ctl/where.h"
#include "ctl/write_file.h"
#include "kafka/reader_kafka.h"
#include "rt/clock_sys.h"
#include "rt/seal.h"
#include "rt/version.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>

enum { ARENA_BYTES = 1024 * 1024 };

static const char program[] = "tieline capture";
static const char purpose[] =
    "Writes what a replay of one conversation, or of a partition, needs into FILE: events, "
    "states,\n"
    "commands and configuration, with checksums. `tieline replay --capture FILE` replays it "
    "anywhere.\n"
    "Secrets of the configuration are not in it. Nor are customers' words and ids, unless --whole "
    "says so:\n"
    "each is another one of the same shape, and what was decided stays.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"conversation", OPTION_TEXT, NULL, false, false, "KEY", "of this conversation only"},
    {"partition", OPTION_U64, NULL, false, false, "N", "of this partition"},
    {"since", OPTION_TEXT, NULL, false, false, "T",
     "from the day of this time on: a span back from now (2h) or a time"},
    {"whole", OPTION_SWITCH, NULL, false, false, NULL,
     "with customers' words and ids, as they stand in the log"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line"},
};

static err_t read_span(const struct options *o, const struct startup *startup, struct why *why,
                       struct past_span *ret_span, int32_t *ret_partition)
{
    const char *key = options_text(o, "conversation");
    const char *since = options_text(o, "since");
    struct clock clock = clock_sys();
    struct slice account = {0};
    struct slice id = {0};
    enum surface surface = SURFACE_NONE;
    if (since != NULL && err_failed(instant_parse_iso8601(slice_of(since), &ret_span->since))) {
        TRY(since_read(slice_of(since), clock_wall(&clock), why, &ret_span->since));
    }
    if (key != NULL) {
        ret_span->key = slice_of(key);
        if (err_failed(ident_key_parse(ret_span->key, &account, &surface, &id))) {
            why_set(why, "`%s` is no conversation: write its key, as in acme/ticket/35436", key);
            return ERR(USAGE);
        }
        *ret_partition = cluster_partition(ret_span->key, startup->cluster.partitions);
        return err_ok();
    }
    uint64_t partition = options_given(o, "partition") ? options_u64(o, "partition") : UINT64_MAX;
    if (partition >= (uint64_t)startup->cluster.partitions) {
        why_set(why, "say --conversation KEY, or --partition N from 0 to %d",
                (int)startup->cluster.partitions - 1);
        return ERR(USAGE);
    }
    *ret_partition = (int32_t)partition;
    return err_ok();
}

/* What was written is replayed before it is given away. */
static err_t try_it(struct slice bytes, struct replay *ret_replay, struct why *why)
{
    struct capture capture;
    err_t e = capture_read(bytes, why, &capture);
    if (!err_failed(e)) {
        struct reader_port port = capture_port(&capture);
        *ret_replay = (struct replay){.port = &port,
                                      .partition = capture.head.partition,
                                      .span = {.key = capture.head.conversation},
                                      .compares = true};
        e = replay_run(ret_replay, why);
        ret_replay->port = NULL;
    }
    capture_deinit(&capture);
    return e;
}

static void say(const char *file, const struct buf *out, const struct replay *r, bool is_json)
{
    struct out_line o;
    if (!is_json) {
        (void)printf("%s: %zu bytes, %" PRIu64 " events, %" PRIu64
                     " records the same when it is replayed, %" PRIu64 " conversations differ\n",
                     file, out->len, r->events, r->compared, r->differences);
        return;
    }
    out_begin(&o, stdout);
    json_put_text(&o.json, "capture", file);
    json_put_int(&o.json, "bytes", (int64_t)out->len);
    json_put_int(&o.json, "events", (int64_t)r->events);
    json_put_int(&o.json, "same", (int64_t)r->compared);
    json_put_int(&o.json, "differ", (int64_t)r->differences);
    out_end(&o);
}

/* The same without customers' words, by a key that nobody keeps. */
static err_t without_words(struct buf *out, struct why *why)
{
    unsigned char key[IDENT_KEY_BYTES];
    struct capture whole;
    CLEANUP(buf) struct buf redacted = {0};
    buf_init(&redacted, CAPTURE_BYTES_MAX);
    randombytes_buf(key, sizeof key);
    err_t e = capture_read(buf_slice(out), why, &whole);
    e = err_failed(e) ? e : capture_redact(&whole, key, &redacted, why);
    capture_deinit(&whole);
    sodium_memzero(key, sizeof key);
    TRY(e);
    buf_reset(out);
    return buf_append(out, buf_slice(&redacted));
}

static err_t capture(const struct options *options, struct reader_port *port,
                     const struct startup *startup, struct buf *out, struct why *why)
{
    char build[64];
    struct past_span span = {0};
    struct replay replay = {0};
    struct capture_head head = {.partitions = startup->cluster.partitions};
    const char *file = options_word(options, 0);
    (void)snprintf(build, sizeof build, "%s %s", version_number(), version_commit());
    head.build = slice_of(build);
    TRY(read_span(options, startup, why, &span, &head.partition));
    TRY(capture_make(port, &span, &head, out, why));
    if (!options_switch(options, "whole")) {
        TRY(without_words(out, why));
    }
    TRY(try_it(buf_slice(out), &replay, why));
    TRY(write_file(file, 0600, buf_slice(out), why));
    say(file, out, &replay, options_switch(options, "json"));
    return err_ok();
}

static err_t run(const struct options *options, struct log *log, struct why *why)
{
    CLEANUP(arena) struct arena words; /* of the flags */
    CLEANUP(buf) struct buf out = {0};
    struct startup startup = {0};
    arena_init(&words, ARENA_BYTES);
    buf_init(&out, CAPTURE_BYTES_MAX);
    TRY(seal_init(true));
    TRY(where_options(options, &words, why, &startup));
    TRY(where_cluster(&startup, why));
    struct reader_kafka kafka = {.options = &startup.kafka, .log = log};
    struct reader_port port = where_reader(&kafka);
    err_t e = capture(options, &port, &startup, &out, why);
    reader_kafka_deinit(&kafka);
    return e;
}

int command_capture(int argc, char *const *argv)
{
    return command_main(program, purpose, rows, sizeof rows / sizeof rows[0], "FILE", 1, argc, argv,
                        run);
}
