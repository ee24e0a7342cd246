/* erase — takes a person's conversations out of what is held, and says what stays, and how long.
 *
 *     conversations ─▶ whose state names the person ─▶ one order each ─▶ until tombstones stand
 */
#include "ctl/append.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/erase_find.h"
#include "ctl/erase_tell.h"
#include "ctl/order.h"
#include "ctl/published.h"
#include "ctl/text.h"
#include "ctl/where.h"
#include "event/codec.h"
#include "kafka/reader_kafka.h"
#include "rt/clock_sys.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <sodium.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES = 64 * 1024 * 1024, LOOK_MS = 200, QUESTION_BYTES = 128 };

static const char program[] = "tieline erase";
static const char purpose[] =
    "Takes a person's conversations out of what is held: states and transcripts. PERSON is a user "
    "id, an\n"
    "external id, an e-mail address, or the key of one conversation. Shows them first, and asks. "
    "One that a\n"
    "human has, or in which a call has no outcome, is left alone. Says what stays in the log, and "
    "until when;\n"
    "what Zendesk and the bot hold is not touched. Ends with 75 when some are there still.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"account", OPTION_TEXT, NULL, false, false, "NAME", "only in this account"},
    {"dry-run", OPTION_SWITCH, NULL, false, false, NULL, "only look: nothing is erased"},
    {"yes", OPTION_SWITCH, NULL, false, false, NULL, "erase without asking"},
    {"force", OPTION_SWITCH, NULL, false, false, NULL,
     "also what a human has, and what has calls without outcome: what comes of them is lost"},
    {"wait", OPTION_SPAN, "30s", false, false, "SPAN", "so long for the processor to do it"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"},
};

struct erase {
    const struct options *options;
    struct log *log;
    struct arena arena;
    struct startup startup;
    struct reader_kafka kafka;
    struct reader_port reader;
    struct published published;
    struct erase_list list;
    int64_t *next; /* of each partition of `conversations` */
    bool is_json, is_dry, is_forced;
};

/* ---- looking */

static err_t look_for(struct erase *e, struct why *why)
{
    int32_t partitions = e->startup.cluster.partitions;
    e->next = ARENA_ARRAY(&e->arena, int64_t, (size_t)partitions);
    if (e->next == NULL) {
        return ERR(NO_MEMORY);
    }
    for (int32_t p = 0; p < partitions; p++) {
        TRY(erase_read(&e->list, &e->reader, p, why, &e->next[p]));
    }
    for (size_t i = 0; i < e->list.count; i++) {
        struct erase_entry *entry = &e->list.entries[i];
        entry->fate = entry->is_held && !e->is_forced ? ERASE_HELD : ERASE_FOUND;
    }
    return err_ok();
}

/* 0 = go on, else the exit status. */
static int ask(const struct erase *e)
{
    char question[QUESTION_BYTES];
    size_t count = erase_count(&e->list, ERASE_FOUND);
    if (options_switch(e->options, "yes") || count == 0) {
        return 0;
    }
    text_set(question, sizeof question, "Erase %zu conversation%s for good?", count,
             count == 1 ? "" : "s");
    return ask_person(program, question, "erase them", !e->is_json);
}

/* ---- ordering */

static err_t order_one(struct erase *e, struct append *append, struct erase_entry *entry,
                       struct why *why)
{
    CLEANUP(buf) struct buf value = {0};
    struct event event = {0};
    struct clock clock = clock_sys();
    const char *user = getenv("USER"); /* goes into the log and nowhere else */
    struct order order = {
        .action = e->is_forced ? OPERATOR_ERASE_FORCED : OPERATOR_ERASE,
        .conversation = entry->key,
        .who = user == NULL ? (struct slice){NULL, 0} : slice_of(user),
        .now = clock_wall(&clock),
    };
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    randombytes_buf(order.nonce, sizeof order.nonce);
    TRY(order_event(&e->arena, &order, e->published.set, why, &event));
    TRY(codec_event_encode(&event, &value));
    const struct bus_message message = {
        .partition = -1,
        .key = event.conversation,
        .value = buf_slice(&value),
        .ce_id = event.id,
        .ce_type = slice_of(event_type_name(event.type)),
        .ce_source = SLICE("tieline/ctl"),
    };
    TRY(append_send(append, &message));
    entry->fate = ERASE_ORDERED;
    return err_ok();
}

static err_t order_all(struct erase *e, struct why *why)
{
    CLEANUP_PTR(append) struct append *append = NULL;
    TRY(append_new(&e->startup.kafka, TOPIC_EVENTS, e->log, why, &append));
    for (size_t i = 0; i < e->list.count; i++) {
        if (e->list.entries[i].fate == ERASE_FOUND) {
            TRY(order_one(e, append, &e->list.entries[i], why));
        }
    }
    return append_wait(append, why);
}

static bool has_ordered(const struct erase *e, int32_t partition)
{
    for (size_t i = 0; i < e->list.count; i++) {
        if (e->list.entries[i].partition == partition && e->list.entries[i].fate == ERASE_ORDERED) {
            return true;
        }
    }
    return false;
}

static err_t wait_for_tombstones(struct erase *e, struct why *why)
{
    struct clock clock = clock_sys();
    mono_ms_t until = mono_add(clock_mono(&clock), options_span(e->options, "wait"));
    for (;;) {
        for (int32_t p = 0; p < e->startup.cluster.partitions; p++) {
            if (has_ordered(e, p)) {
                TRY(erase_look(&e->list, &e->reader, p, why, &e->next[p]));
            }
        }
        if (erase_count(&e->list, ERASE_ORDERED) == 0 || stop_requested() ||
            !mono_before(clock_mono(&clock), until)) {
            return err_ok();
        }
        (void)poll(NULL, 0, LOOK_MS);
    }
}

/* ---- all of it */

static err_t tell_end(struct erase *e, struct why *why)
{
    struct topic_state topics[TOPIC_COUNT];
    struct clock clock = clock_sys();
    TRY(cluster_topics(&e->startup.kafka, 0, why, topics));
    erase_tell_fates(&e->list, e->is_json, e->is_dry);
    erase_tell_rest(topics, clock_wall(&clock), e->is_json);
    return err_ok();
}

static err_t erase(struct erase *e, struct why *why, int *ret_status)
{
    TRY(published_read(&e->reader, why, &e->published));
    TRY(published_check_here(&e->published, why));
    TRY(look_for(e, why));
    if (!e->is_json && e->list.count == 0) {
        (void)printf("No conversation is held that names \"%.*s\".\n", SLICE_ARG(e->list.person));
    } else if (!e->is_json) {
        erase_tell_found(&e->list);
    }
    if (!e->is_dry) {
        *ret_status = ask(e);
        if (*ret_status != 0) {
            return err_ok();
        }
        TRY(order_all(e, why));
        TRY(wait_for_tombstones(e, why));
        bool is_left = erase_count(&e->list, ERASE_DONE) < e->list.count;
        *ret_status = is_left ? EXIT_AGAIN : 0;
    }
    return tell_end(e, why);
}

static err_t run(const struct options *options, struct log *log, struct why *why, int *ret_status)
{
    struct erase e = {
        .options = options,
        .log = log,
        .is_json = options_switch(options, "json"),
        .is_dry = options_switch(options, "dry-run"),
        .is_forced = options_switch(options, "force"),
    };
    const char *account = options_text(options, "account");
    arena_init(&e.arena, ARENA_BYTES);
    erase_list_init(&e.list, &e.arena, slice_of(options_word(options, 0)),
                    account == NULL ? (struct slice){NULL, 0} : slice_of(account));
    err_t err = seal_init(true);
    err = err_failed(err) ? err : where_options(options, &e.arena, why, &e.startup);
    err = err_failed(err) ? err : where_cluster(&e.startup, why);
    if (!err_failed(err)) {
        e.kafka = (struct reader_kafka){.options = &e.startup.kafka, .log = log};
        e.reader = where_reader(&e.kafka);
        err = erase(&e, why, ret_status);
    }
    published_deinit(&e.published);
    reader_kafka_deinit(&e.kafka);
    erase_list_deinit(&e.list);
    arena_deinit(&e.arena);
    return err;
}

int command_erase(int argc, char *const *argv)
{
    return command_answer(program, purpose, rows, sizeof rows / sizeof rows[0], "PERSON", 1, 1,
                          argc, argv, run);
}
