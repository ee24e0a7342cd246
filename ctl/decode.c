#include "ctl/command.h"
#include "ctl/out.h"
#include "ctl/read_file.h"
#include "ctl/replay/capture.h"
#include "event/codec.h"
#include "event/describe.h"
#include "processor/core/checkpoint.h"
#include "rt/nearest.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

static const char program[] = "tieline decode";

static const struct option_row rows[] = {
    {"hex", OPTION_SWITCH, NULL, false, false, NULL, "the file holds hex digits instead of bytes"},
};

static err_t decode_event(struct arena *arena, struct slice bytes, struct why *why,
                          struct json_write *w)
{
    struct event event;
    TRY(codec_event_decode(arena, bytes, why, &event));
    describe_event(w, &event);
    return err_ok();
}

static err_t decode_command(struct arena *arena, struct slice bytes, struct why *why,
                            struct json_write *w)
{
    struct command command;
    TRY(codec_command_decode(arena, bytes, why, &command));
    describe_command(w, &command);
    return err_ok();
}

static err_t decode_conversation(struct arena *arena, struct slice bytes, struct why *why,
                                 struct json_write *w)
{
    struct conversation *state = ARENA_NEW(arena, struct conversation);
    if (state == NULL) {
        return ERR(NO_MEMORY);
    }
    TRY(codec_conversation_decode(arena, bytes, why, state));
    describe_conversation(w, state);
    return err_ok();
}

static err_t decode_dead(struct arena *arena, struct slice bytes, struct why *why,
                         struct json_write *w)
{
    struct dead dead;
    TRY(codec_dead_decode(arena, bytes, why, &dead));
    describe_dead(w, &dead);
    return err_ok();
}

typedef err_t (*decoder)(struct arena *arena, struct slice bytes, struct why *why,
                         struct json_write *w);

static const char *const names[] = {"events", "commands", "conversations", "snapshots", "dead"};
static const decoder decoders[] = {decode_event, decode_command, decode_conversation,
                                   decode_conversation, decode_dead};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static err_t find_decoder(const char *topic, struct why *why, decoder *ret_decoder)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (strcmp(names[i], topic) == 0) {
            *ret_decoder = decoders[i];
            return err_ok();
        }
    }
    const char *nearest = nearest_name(slice_of(topic), names, NAME_COUNT);
    why_set(why,
            "there are no records of \"%s\"; expected events, commands, conversations, snapshots, "
            "dead or capture%s%s%s",
            topic, nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
            nearest == NULL ? "" : "\"?");
    return ERR(USAGE);
}

static err_t from_hex(struct arena *arena, struct slice text, struct why *why,
                      struct slice *ret_bytes)
{
    size_t len = 0;
    unsigned char *bytes = arena_alloc(arena, text.len / 2 + 1);
    if (bytes == NULL) {
        return ERR(NO_MEMORY);
    }
    if (sodium_hex2bin(bytes, text.len / 2 + 1, text.ptr, text.len, " \r\n\t", &len, NULL) != 0) {
        why_set(why, "these are no hex digits");
        return ERR(SYNTAX);
    }
    *ret_bytes = slice_from(bytes, len);
    return err_ok();
}

/* ---- captures */

/* One record: its place, and its value where it can be read. */
static void print_record(struct arena *arena, const struct bus_record *record)
{
    static const decoder by_topic[TOPIC_COUNT] = {
        [TOPIC_EVENTS] = decode_event,
        [TOPIC_COMMANDS] = decode_command,
        [TOPIC_CONVERSATIONS] = decode_conversation,
        [TOPIC_SNAPSHOTS] = decode_conversation,
        [TOPIC_DEAD] = decode_dead,
    };
    char time[INSTANT_TEXT_BYTES];
    struct out_line o;
    CLEANUP(buf) struct buf value = {0};
    struct json_write w;
    decoder decode = by_topic[record->topic];
    instant_format_iso8601(record->time, time);
    arena_reset(arena);
    buf_init(&value, LIMIT_ARENA_BYTES_MAX);
    json_write_init(&w, &value);
    out_begin(&o, stdout);
    json_put_text(&o.json, "topic", topic_name(record->topic));
    json_put_int(&o.json, "offset", record->offset);
    json_put_text(&o.json, "time", time);
    json_put_slice(&o.json, "key", slice_sub(record->key, 0, slice_find(record->key, '\0')));
    json_put_slice_if(&o.json, "id", record->ce_id);
    json_put_int(&o.json, "bytes", (int64_t)record->value.len);
    if (slice_equal(record->key, checkpoint_key())) {
        json_put_slice(&o.json, "value", record->value);
    } else if (decode != NULL && record->value.len > 0 &&
               !err_failed(decode(arena, record->value, NULL, &w)) &&
               !err_failed(json_write_done(&w))) {
        json_key(&o.json, "value");
        json_raw(&o.json, buf_slice(&value));
    }
    out_end(&o);
}

static err_t run_capture(const char *path, struct why *why)
{
    CLEANUP(arena) struct arena file;
    CLEANUP(arena) struct arena arena;
    struct capture capture;
    struct slice bytes = {0};
    arena_init(&file, (size_t)CAPTURE_BYTES_MAX + LIMIT_ARENA_BYTES_MAX);
    arena_init(&arena, 4 * (size_t)LIMIT_ARENA_BYTES_MAX);
    TRY(read_file(&file, path, CAPTURE_BYTES_MAX, why, &bytes));
    err_t e = capture_read(bytes, why, &capture);
    if (err_failed(e)) {
        why_prefix(why, "%s: ", path);
    } else {
        (void)printf("%.*s\n", SLICE_ARG(capture.head.text));
    }
    for (int t = 0; t < TOPIC_COUNT && !err_failed(e); t++) {
        for (size_t i = 0; i < capture.counts[t]; i++) {
            print_record(&arena, &capture.records[t][i]);
        }
    }
    capture_deinit(&capture);
    return e;
}

static err_t run(const struct options *options, struct log *log, struct why *why)
{
    (void)log;
    if (strcmp(options_word(options, 0), "capture") == 0) {
        return run_capture(options_word(options, 1), why);
    }

    CLEANUP(arena) struct arena arena;
    CLEANUP(buf) struct buf out;
    arena_init(&arena, 4 * (size_t)LIMIT_ARENA_BYTES_MAX);
    buf_init(&out, LIMIT_ARENA_BYTES_MAX);
    decoder decode = NULL;
    struct slice bytes;
    TRY(find_decoder(options_word(options, 0), why, &decode));
    TRY(read_file(&arena, options_word(options, 1), 3 * (size_t)LIMIT_RECORD_BYTES_MAX, why,
                  &bytes));
    if (options_switch(options, "hex")) {
        TRY(from_hex(&arena, bytes, why, &bytes));
    }
    struct json_write w;
    json_write_init(&w, &out);
    TRY(decode(&arena, bytes, why, &w));
    TRY(json_write_done(&w));
    (void)printf("%s\n", buf_text(&out));
    return err_ok();
}

int command_decode(int argc, char *const *argv)
{
    return command_main(
        program,
        "Prints the value of one record as JSON, or all records of a capture, one a line. "
        "TOPIC: events, commands,\n"
        "conversations, snapshots, dead, or capture.",
        rows, sizeof rows / sizeof rows[0], "TOPIC FILE", 2, argc, argv, run);
}
