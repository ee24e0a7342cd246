/* dead — what was set aside: calls given up, records that could not be handled, unreadable
 * webhooks. */
#include "ctl/append.h"
#include "ctl/command.h"
#include "ctl/dead_read.h"
#include "ctl/out.h"
#include "ctl/published.h"
#include "ctl/redrive.h"
#include "ctl/where.h"
#include "event/codec.h"
#include "event/describe.h"
#include "kafka/reader_kafka.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ARENA_BYTES = 64 * 1024 * 1024, SHOWN_BYTES_MAX = 8 * 1024 * 1024 };

static const char purpose[] =
    "What was set aside, with the reason: calls given up, events that could not be handled,\n"
    "webhooks that could not be read.\n"
    "  list         all of them, the newest of each partition last\n"
    "  show ID      one of them, whole, as JSON; customers' words are in it\n"
    "  redrive ID   has it done after all: Zendesk is asked first whether it was, so doing this\n"
    "               twice does no harm. What would come too late is refused.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"account", OPTION_TEXT, NULL, false, false, "NAME", "list: of this account only"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"},
};

struct session {
    const struct options *options;
    struct log *log;
    struct arena arena;
    struct startup startup;
    struct reader_kafka kafka;
    struct reader_port reader;
};

static void place_text(struct dead_place place, char text[32])
{
    (void)snprintf(text, 32, "%" PRId32 "-%" PRId64, place.partition, place.offset);
}

/* ---- list */

struct listing {
    struct slice account; /* empty = all */
    bool is_json;
    struct out_table *table;
};

/* The account is known by the letter, or by the key of a conversation. */
static bool is_of(const struct listing *l, const struct dead *dead)
{
    struct slice account = dead->account;
    if (slice_empty(account)) {
        struct slice rest = {0};
        (void)slice_split(dead->key, '/', &account, &rest);
    }
    return slice_empty(l->account) || slice_equal(account, l->account);
}

static void cell(char *out, size_t size, struct slice text)
{
    (void)snprintf(out, size, "%.*s", SLICE_ARG(slice_cut_utf8(text, size - 1)));
}

static err_t list_one(void *arg, struct dead_place place, const struct dead *dead)
{
    struct listing *l = arg;
    char id[32];
    place_text(place, id);
    if (dead == NULL && l->account.len == 0 && !l->is_json) {
        out_table_add(l->table, (const char *[]){id, "", "", "", "unreadable", ""});
    }
    if (dead == NULL || !is_of(l, dead)) {
        return err_ok();
    }
    if (l->is_json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, "id", id);
        json_key(&o.json, "letter");
        describe_dead(&o.json, dead);
        out_end(&o);
        return err_ok();
    }
    char at[INSTANT_TEXT_BYTES];
    char stage[32];
    char key[LIMIT_KEY_BYTES_MAX + 1];
    char reason[64];
    char text[LIMIT_LABEL_BYTES_MAX];
    instant_format_iso8601(dead->at, at);
    cell(stage, sizeof stage, dead->stage);
    cell(key, sizeof key, slice_empty(dead->conversation) ? dead->key : dead->conversation);
    cell(reason, sizeof reason, dead->reason);
    cell(text, sizeof text, dead->text);
    out_table_add(l->table, (const char *[]){id, at, stage, key, reason, text});
    return err_ok();
}

static err_t list(struct session *s, const char *id, struct why *why)
{
    (void)id;
    const char *account = options_text(s->options, "account");
    struct listing l = {
        .account = account == NULL ? (struct slice){0} : slice_of(account),
        .is_json = options_switch(s->options, "json"),
        .table = out_table_new(6),
    };
    out_table_add(l.table, (const char *[]){"ID", "AT", "STAGE", "OF", "REASON", "TEXT"});
    err_t e = dead_read_all(&s->reader, s->startup.cluster.partitions, list_one, &l, why);
    if (!err_failed(e) && !l.is_json) {
        out_table_print(l.table, stdout);
    }
    out_table_free(l.table);
    return e;
}

/* ---- show, redrive */

static err_t find(struct session *s, const char *id, struct why *why, struct dead_place *ret_place,
                  struct dead *ret_dead)
{
    if (err_failed(dead_place_parse(slice_of(id), ret_place)) ||
        ret_place->partition >= s->startup.cluster.partitions) {
        why_set(why, "`%s` is no id of a dead letter: `tieline dead list` shows them, as in 3-17",
                id);
        return ERR(USAGE);
    }
    return dead_read_one(&s->reader, &s->arena, *ret_place, why, ret_dead);
}

/* What was set aside, as far as it can be read. */
static void put_original(struct session *s, struct json_write *w, const struct dead *dead)
{
    struct command command = {0};
    struct event event = {0};
    if (slice_equal(dead->topic, SLICE("commands")) &&
        !err_failed(codec_command_decode(&s->arena, dead->value, NULL, &command))) {
        json_key(w, "command");
        describe_command(w, &command);
    } else if (slice_equal(dead->topic, SLICE("events")) &&
               !err_failed(codec_event_decode(&s->arena, dead->value, NULL, &event))) {
        json_key(w, "event");
        describe_event(w, &event);
    } else if (slice_is_utf8(dead->value)) {
        json_put_slice(w, "text", dead->value);
    }
}

static err_t show(struct session *s, const char *id, struct why *why)
{
    struct dead_place place = {0};
    struct dead dead = {0};
    CLEANUP(buf) struct buf out = {0};
    struct json_write w;
    TRY(find(s, id, why, &place, &dead));
    buf_init(&out, SHOWN_BYTES_MAX);
    json_write_init(&w, &out);
    json_object(&w);
    json_put_text(&w, "id", id);
    json_key(&w, "letter");
    describe_dead(&w, &dead);
    put_original(s, &w, &dead);
    json_end(&w);
    TRY(json_write_done(&w));
    (void)printf("%s\n", buf_text(&out));
    return err_ok();
}

static void report(const struct session *s, const char *id, const struct bus_message *message,
                   struct append_place place)
{
    if (!options_switch(s->options, "json")) {
        (void)printf("%s: written again to %s, partition %d, offset %lld\n", id,
                     topic_name(message->topic), (int)place.partition, (long long)place.offset);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_text(&o.json, "id", id);
    json_put_slice(&o.json, "conversation", message->key);
    json_put_text(&o.json, "topic", topic_name(message->topic));
    json_put_int(&o.json, "partition", place.partition);
    json_put_int(&o.json, "offset", place.offset);
    out_end(&o);
}

/* Where all was moved away nobody would have it done. */
static err_t check_here(struct session *s, struct why *why)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    TRY(published_read(&s->reader, why, &published));
    return published_check_here(&published, why);
}

static err_t redrive(struct session *s, const char *id, struct why *why)
{
    struct dead_place place = {0};
    struct dead dead = {0};
    struct bus_message message = {0};
    CLEANUP_PTR(append) struct append *append = NULL;
    TRY(check_here(s, why));
    TRY(find(s, id, why, &place, &dead));
    err_t e = redrive_make(&s->arena, &dead, why, &message);
    if (err_failed(e)) {
        why_prefix(why, "%s is not redriven: ", id);
        return e;
    }
    TRY(append_new(&s->startup.kafka, message.topic, s->log, why, &append));
    TRY(append_send(append, &message));
    TRY(append_wait(append, why));
    report(s, id, &message, append_last(append));
    return err_ok();
}

/* ---- the command */

static const struct verb {
    const char *name;
    const char *program;
    size_t words; /* behind its name */
    err_t (*run)(struct session *s, const char *id, struct why *why);
} verbs[] = {
    {"list", "tieline dead list", 0, list},
    {"show", "tieline dead show", 1, show},
    {"redrive", "tieline dead redrive", 1, redrive},
};

static const struct verb *verb_of(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static err_t run(const struct options *options, struct log *log, struct why *why, int *ret_status)
{
    struct session s = {.options = options, .log = log};
    const struct verb *verb = verb_of(options_word(options, 0));
    if (verb == NULL) {
        why_set(why, "expected list, show or redrive; try \"tieline dead --help\"");
        return ERR(USAGE);
    }
    if (!command_words(verb->program, options, verb->words + 1)) {
        *ret_status = EXIT_USAGE;
        return err_ok();
    }
    arena_init(&s.arena, ARENA_BYTES);
    err_t e = seal_init(true);
    e = err_failed(e) ? e : where_options(options, &s.arena, why, &s.startup);
    e = err_failed(e) ? e : where_cluster(&s.startup, why);
    if (!err_failed(e)) {
        s.kafka = (struct reader_kafka){.options = &s.startup.kafka, .log = log};
        s.reader = where_reader(&s.kafka);
        e = verb->run(&s, verb->words > 0 ? options_word(options, 1) : NULL, why);
    }
    reader_kafka_deinit(&s.kafka);
    arena_deinit(&s.arena);
    return e;
}

int command_dead(int argc, char *const *argv)
{
    return command_answer("tieline dead", purpose, rows, sizeof rows / sizeof rows[0],
                          "list|show|redrive [ID]", 1, 2, argc, argv, run);
}
