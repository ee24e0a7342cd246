/* move — a deployment to topics of another prefix, with another number of partitions. */
#include "ctl/command.h"
#include "ctl/move_copy.h"
#include "ctl/move_look.h"
#include "ctl/out.h"
#include "ctl/plan.h"
#include "ctl/publish.h"
#include "ctl/published.h"
#include "ctl/where.h"
#include "event/horizon_text.h"
#include "kafka/first_offsets.h"
#include "kafka/metadata.h"
#include "kafka/reader_kafka.h"
#include "kafka/stored.h"
#include "rt/clock_sys.h"
#include "rt/stop.h"

#include <poll.h>
#include <stdio.h>

enum {
    ARENA_BYTES = 1024 * 1024,
    LOOK_AGAIN_MS = 1000,
    /* Within a second ingest has seen that it may take nothing in here any more. */
    CLOSING_MS = 2500,
};

static const char program[] = "tieline move";
static const char purpose[] =
    "Moves a deployment to topics of another prefix, which may have another number of partitions.\n"
    "Begin while all is at work: the topics are made and the configuration goes there, so that "
    "ingest can\n"
    "be restarted with the new prefix. Then let processor and egress finish what is there, stop "
    "them,\n"
    "and run the same once more: the conversations follow. It can be run again after anything "
    "that\n"
    "happens to it. The old topics stay as they are. docs/MOVE.md is the guide.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"into", OPTION_TEXT, NULL, true, false, "PREFIX", "where to"},
    {"partitions", OPTION_U64, "0", false, false, "N", "of the new keyed topics; 0 = 16"},
    {"replication", OPTION_U64, "0", false, false, "N",
     "of the new topics; 0 = one a broker, at most 3"},
    {"wait", OPTION_SPAN, "0s", false, false, "SPAN",
     "so long for processor and egress to finish and to be stopped"},
    {"dry-run", OPTION_SWITCH, NULL, false, false, NULL, "only look: how far it is"},
    {"cancel", OPTION_SWITCH, NULL, false, false, NULL,
     "open the old end again, unless all has gone already"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"},
};

struct move {
    const struct options *options;
    struct log *log;
    bool json;
    struct kafka_options from;
    struct kafka_options into;
    struct reader_kafka reader_from;
    struct reader_kafka reader_into;
    struct published here;
    struct published there;
    struct move_ends ends;
    enum move_stage stage;
    uint32_t partitions;
    struct move_copy copy;
    uint64_t moved[TOPIC_COUNT];
};

/* ---- what is said on the way --------------------------------------------------------------- */

static void say(const struct move *m, const char *step, const char *text)
{
    if (!m->json) {
        (void)printf("%s\n", text);
        (void)fflush(stdout);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_text(&o.json, "step", step);
    out_end(&o);
    (void)fflush(stdout);
}

static void tell(void *arg, enum topic topic, int32_t partition, uint64_t records)
{
    struct move *m = arg;
    m->moved[topic] += records;
    if (!m->json) {
        (void)printf("  %s, partition %d: %llu records\n", topic_name(topic), (int)partition,
                     (unsigned long long)records);
        (void)fflush(stdout);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_text(&o.json, "step", "copied");
    json_put_text(&o.json, "topic", topic_name(topic));
    json_put_int(&o.json, "partition", partition);
    json_put_int(&o.json, "records", (int64_t)records);
    out_end(&o);
    (void)fflush(stdout);
}

static void tell_rest(const struct move *m, const struct move_rest *rest)
{
    if (!m->json) {
        (void)printf(
            "Under `%s`: %llu events undecided, %llu commands undone, %d processors and %d "
            "egresses at work.\n",
            m->from.prefix, (unsigned long long)rest->events, (unsigned long long)rest->commands,
            rest->processors, rest->egresses);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_text(&o.json, "step", "looked");
    json_put_text(&o.json, "stage",
                  m->stage == MOVE_BEGINS    ? "begins"
                  : m->stage == MOVE_GOES_ON ? "goes on"
                                             : "is done");
    json_put_int(&o.json, "partitions", m->partitions);
    json_put_int(&o.json, "events", (int64_t)rest->events);
    json_put_int(&o.json, "commands", (int64_t)rest->commands);
    json_put_int(&o.json, "processors", rest->processors);
    json_put_int(&o.json, "egresses", rest->egresses);
    json_put_bool(&o.json, "at_rest", move_is_at_rest(rest));
    out_end(&o);
}

static void tell_done(const struct move *m)
{
    if (!m->json) {
        (void)printf("All is under `%s`, on %u partitions. Start ingest, processor and egress with "
                     "`--prefix %s`.\n",
                     m->into.prefix, m->partitions, m->into.prefix);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_text(&o.json, "step", "done");
    json_put_text(&o.json, "prefix", m->into.prefix);
    json_put_int(&o.json, "partitions", m->partitions);
    json_put_int(&o.json, "records", (int64_t)m->moved[TOPIC_CONVERSATIONS]);
    out_end(&o);
}

/* ---- both ends ------------------------------------------------------------------------------ */

static err_t look_for(const struct kafka_options *options, struct why *why, struct metadata *ret)
{
    CLEANUP_PTR(client) struct client *client = NULL;
    TRY(metadata_client(options, why, &client));
    return metadata_wait(client, options, span_s(15), NULL, NULL, why, ret);
}

/* The partitions that keys were laid on; there may be more since somebody added some. */
static err_t check_topics(const struct move *m, const struct metadata *found, struct why *why)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        bool is_keyed = metadata_keyed((enum topic)t);
        int32_t least = is_keyed ? m->copy.partitions : 1;
        if (found->partitions[t] < least) {
            why_set(why, "%s%s has %d partitions, %d are needed", m->from.prefix,
                    topic_name((enum topic)t), (int)found->partitions[t], (int)least);
            return ERR(NO_TOPIC);
        }
    }
    return err_ok();
}

static err_t read_ends(struct move *m, struct why *why)
{
    struct metadata found = {0};
    struct metadata there = {0};
    struct reader_port reader = where_reader(&m->reader_from);
    struct reader_port reader_there = where_reader(&m->reader_into);
    TRY(look_for(&m->from, why, &found));
    if (found.embedded) {
        why_set(why, "the embedded broker keeps nothing that could be moved");
        return ERR(CONFIG);
    }
    if (found.partitions[TOPIC_CONFIG] == 0) {
        why_set(why, "there is no deployment under `%s`", m->from.prefix);
        return ERR(NO_TOPIC);
    }
    TRY(published_read(&reader, why, &m->here));
    TRY(look_for(&m->into, why, &there));
    if (there.partitions[TOPIC_CONFIG] > 0) {
        TRY(published_read(&reader_there, why, &m->there));
    }
    m->ends = (struct move_ends){
        .from = m->from.prefix,
        .into = m->into.prefix,
        .here = config_deployment(m->here.set),
        .there = m->there.set == NULL ? NULL : config_deployment(m->there.set),
        .partitions = (uint32_t)options_u64(m->options, "partitions"),
    };
    TRY(move_judge(&m->ends, why, &m->stage, &m->partitions));
    m->copy.partitions = (int32_t)m->ends.here->partitions;
    m->copy.partitions_there = (int32_t)m->partitions;
    m->copy.begun = move_begun(&m->ends, m->partitions);
    return check_topics(m, &found, why);
}

static err_t make_topics(struct move *m, struct why *why)
{
    struct cluster_info info;
    int32_t partitions = m->copy.partitions_there;
    TRY(cluster_topics_apply(&m->into, partitions, (int)options_u64(m->options, "replication"),
                             horizon_first_metadata(), why));
    TRY(cluster_check(&m->into, span_s(30), NULL, NULL, why, &info));
    if (info.partitions != partitions) {
        why_set(why, "the topics under `%s` have %d partitions, not %d; choose another prefix",
                m->into.prefix, (int)info.partitions, (int)partitions);
        return ERR(CONFIG);
    }
    return err_ok();
}

/* ---- the old end is closed ------------------------------------------------------------------ */

/* Says in `config` where all goes; from then on nothing begins there, and ingest takes nothing in.
 * into  empty = it is open again */
static err_t close_old(struct move *m, struct slice into, struct why *why)
{
    CLEANUP(arena) struct arena arena;
    struct plan plan;
    arena_init(&arena, ARENA_BYTES);
    TRY(plan_moved(&arena, m->here.set, into, why, &plan));
    return plan.changes == 0 ? err_ok() : publish_plan(&m->from, &plan, m->log, why);
}

static err_t read_here(struct move *m, struct why *why)
{
    struct reader_port reader = where_reader(&m->reader_from);
    published_deinit(&m->here);
    TRY(published_read(&reader, why, &m->here));
    m->ends.here = config_deployment(m->here.set);
    TRY(move_judge(&m->ends, why, &m->stage, &m->partitions));
    m->copy.begun = move_begun(&m->ends, m->partitions);
    return err_ok();
}

/* Whether the end was written meanwhile. CONFIG: it was. */
static err_t read_there(struct move *m, struct why *why)
{
    struct reader_port reader = where_reader(&m->reader_into);
    published_deinit(&m->there);
    TRY(published_read(&reader, why, &m->there));
    m->ends.there = config_deployment(m->there.set);
    TRY(move_judge(&m->ends, why, &m->stage, &m->partitions));
    if (m->stage == MOVE_IS_DONE) {
        why_set(why, "all has come to `%s` meanwhile", m->into.prefix);
        return ERR(CONFIG);
    }
    return err_ok();
}

static void pause_for(int ms)
{
    struct pollfd stop = {.fd = stop_fd(), .events = POLLIN};
    (void)poll(&stop, 1, ms);
}

/* Waits as long as `--wait` says. TIMEOUT: it is not at rest. */
static err_t await_rest(struct move *m, span_ms_t wait, struct why *why)
{
    struct clock clock = clock_sys();
    const mono_ms_t until = mono_add(clock_mono(&clock), wait);
    struct reader_port reader = where_reader(&m->reader_from);
    for (;;) {
        struct move_rest rest;
        TRY(move_look(&m->from, &reader, m->copy.partitions, why, &rest));
        if (move_is_at_rest(&rest)) {
            return err_ok();
        }
        if (stop_requested() || !mono_before(clock_mono(&clock), until)) {
            move_rest_tell(&rest, why);
            return ERR(TIMEOUT);
        }
        pause_for(LOOK_AGAIN_MS);
    }
}

/* Somebody was at work behind our back: what he does has to come to its end first. */
static err_t still_at_rest(struct move *m, struct why *why)
{
    struct move_rest rest;
    struct reader_port reader = where_reader(&m->reader_from);
    TRY(move_look(&m->from, &reader, m->copy.partitions, why, &rest));
    if (move_is_at_rest(&rest)) {
        return err_ok();
    }
    TRY(read_here(m, why));
    TRY(close_old(m, SLICE(""), why));
    move_rest_tell(&rest, why);
    return ERR(TIMEOUT);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static err_t prepare(struct move *m, struct why *why)
{
    bool is_new = m->stage == MOVE_BEGINS;
    TRY(make_topics(m, why));
    TRY(carry_new(&m->from, &m->into, m->log, why, &m->copy.carry));
    say(m, "topics", "The topics are there. The configuration goes there:");
    TRY(move_copy_topic(&m->copy, TOPIC_CONFIG, why));
    if (is_new && !m->json) {
        (void)printf("Ingest can be started with `--prefix %s` now: what comes in waits there.\n",
                     m->into.prefix);
    }
    return err_ok();
}

/* Outcomes are named by offsets, which begin anew there: egress is told by how many moves. */
static err_t first_offsets(const struct move *m, struct why *why)
{
    char text[HORIZON_TEXT_BYTES];
    const uint64_t owner = move_first_owner(&m->copy.gathered);
    const struct horizon_text first = {.incarnation = owner, .counts = owner};
    horizon_text_format(&first, text);
    int32_t partitions = m->copy.partitions_there;
    TRY(first_offsets_anew(&m->into, TOPIC_COMMANDS, partitions, text, why));
    return first_offsets_anew(&m->into, TOPIC_EVENTS, partitions, NULL, why);
}

static err_t finish(struct move *m, struct why *why)
{
    int64_t next[LIMIT_PARTITIONS_MAX];
    char events[CLIENT_TOPIC_NAME_BYTES];
    struct kafka_options as = m->into;
    as.program = "processor";
    if (!cluster_topic_name(&m->into, TOPIC_EVENTS, events, sizeof events)) {
        return ERR(CONFIG);
    }
    TRY(first_offsets(m, why));
    TRY(stored_offsets(&as, events, m->copy.partitions_there, why, next));
    return move_copy_end(&m->copy, next, why);
}

static err_t carry_over(struct move *m, struct why *why)
{
    err_t e = await_rest(m, options_span(m->options, "wait"), why);
    if (err_failed(e) && m->ends.here->moved_into.len > 0) {
        struct why unheard = {""}; /* it says already what is wrong */
        TRY(close_old(m, SLICE(""), &unheard));
    }
    TRY(e);
    TRY(read_here(m, why));
    TRY(close_old(m, slice_of(m->into.prefix), why));
    say(m, "closed", "The old end is at rest and closed. The rest follows:");
    pause_for(CLOSING_MS);
    TRY(still_at_rest(m, why));
    TRY(move_copy_topic(&m->copy, TOPIC_CONFIG, why));
    TRY(move_copy_topic(&m->copy, TOPIC_DEAD, why));
    TRY(move_copy_topic(&m->copy, TOPIC_CONVERSATIONS, why));
    TRY(still_at_rest(m, why));
    return finish(m, why);
}

static err_t look_only(struct move *m, struct why *why)
{
    struct move_rest rest;
    struct reader_port reader = where_reader(&m->reader_from);
    TRY(move_look(&m->from, &reader, m->copy.partitions, why, &rest));
    tell_rest(m, &rest);
    return err_ok();
}

/* Whoever else runs is ended first, so that nothing comes to its end behind our back. */
static err_t cancel(struct move *m, struct why *why)
{
    if (m->stage == MOVE_IS_DONE) {
        why_set(why, "all is under `%s` already, and only there; the way back is a move",
                m->into.prefix);
        return ERR(CONFIG);
    }
    if (m->stage == MOVE_GOES_ON) {
        TRY(carry_new(&m->from, &m->into, m->log, why, &m->copy.carry));
        TRY(read_there(m, why));
    }
    TRY(read_here(m, why));
    TRY(close_old(m, SLICE(""), why));
    say(m, "cancelled", "The old end is open, and its programs may be started there.");
    return err_ok();
}

static err_t run(struct move *m, struct why *why)
{
    TRY(read_ends(m, why));
    if (options_switch(m->options, "cancel")) {
        return cancel(m, why);
    }
    if (options_switch(m->options, "dry-run")) {
        return look_only(m, why);
    }
    if (m->stage != MOVE_IS_DONE) {
        TRY(prepare(m, why));
        TRY(carry_over(m, why));
    }
    tell_done(m);
    return err_ok();
}

static err_t move_all(const struct options *options, struct log *log, struct why *why)
{
    CLEANUP(arena) struct arena arena;
    struct startup startup;
    arena_init(&arena, ARENA_BYTES);
    if (options_u64(options, "partitions") > LIMIT_PARTITIONS_MAX ||
        options_u64(options, "replication") > 16) {
        why_set(why, "at most %d partitions and 16 replicas", (int)LIMIT_PARTITIONS_MAX);
        return ERR(USAGE);
    }
    TRY(where_options(options, &arena, why, &startup));
    struct move m = {.options = options, .log = log, .json = options_switch(options, "json")};
    m.from = m.into = startup.kafka;
    m.into.prefix = options_text(options, "into");
    m.reader_from = (struct reader_kafka){.options = &m.from, .log = log};
    m.reader_into = (struct reader_kafka){.options = &m.into, .log = log};
    struct reader_port reader = where_reader(&m.reader_from);
    m.copy.reader = &reader;
    m.copy.tell = tell;
    m.copy.arg = &m;
    err_t e = run(&m, why);
    carry_free(m.copy.carry);
    published_deinit(&m.here);
    published_deinit(&m.there);
    reader_kafka_deinit(&m.reader_from);
    reader_kafka_deinit(&m.reader_into);
    return e;
}

int command_move(int argc, char *const *argv)
{
    return command_main(program, purpose, rows, sizeof rows / sizeof rows[0], NULL, 0, argc, argv,
                        move_all);
}
