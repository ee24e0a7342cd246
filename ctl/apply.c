#include "ctl/apply.h"

#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/config_rules.h"
#include "ctl/diff.h"
#include "ctl/out.h"
#include "ctl/plan.h"
#include "ctl/publish.h"
#include "ctl/published.h"
#include "ctl/where.h"
#include "kafka/reader_kafka.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <stdio.h>
#include <string.h>

enum { PLAN_BYTES_MAX = 512 * 1024 * 1024, WHERE_BYTES_MAX = 1024 * 1024 };

static const char program[] = "tieline apply";

/* 0 = go on; else the exit status. */
static int ask(const struct apply_request *request)
{
    return request->yes
               ? 0
               : ask_person(program, "Publish?", "publish", strcmp(request->file, "-") != 0);
}

static void report(const struct apply_request *request, size_t published)
{
    if (request->quiet) {
        return;
    }
    if (request->json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_int(&o.json, "published", (int64_t)published);
        out_end(&o);
    } else if (published == 0) {
        (void)printf("Nothing to change.\n");
    } else {
        (void)printf("Published %zu records; every program takes them up within a second.\n",
                     published);
    }
}

static err_t publish(const struct apply_request *request, const struct plan *plan, struct why *why,
                     int *ret_status)
{
    if (!request->quiet && (plan->changes > 0 || request->json)) {
        TRY(diff_print(plan, request->json, stdout));
    }
    if (plan->changes > 0) {
        *ret_status = ask(request);
        if (*ret_status != 0) {
            return err_ok();
        }
        TRY(publish_plan(request->kafka, plan, request->log, why));
    }
    report(request, plan->changes);
    *ret_status = 0;
    return err_ok();
}

static err_t compare_and_publish(const struct apply_request *request, struct config_file *file,
                                 struct why *why, int *ret_status)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = request->kafka, .log = request->log};
    struct reader_port reader = where_reader(&kafka);
    TRY(published_read(&reader, why, &published));
    TRY(published_check_here(&published, why));
    TRY(config_rules_check(file, published.set));
    problems_print(&file->problems, request->json, request->json ? stdout : stderr);
    if (file->problems.errors > 0) {
        *ret_status = EXIT_DATA;
        return err_ok();
    }
    struct public_keys keys;
    if (request->public_keys != NULL) {
        TRY(keys_read(request->public_keys, why, &keys));
    }
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, PLAN_BYTES_MAX);
    struct plan plan;
    TRY(plan_make(&arena, file, published.set, request->public_keys == NULL ? NULL : &keys,
                  request->partitions, (struct slice){NULL, 0}, why, &plan));
    return publish(request, &plan, why, ret_status);
}

err_t apply_file(const struct apply_request *request, struct why *why, int *ret_status)
{
    struct config_file file;
    err_t e = config_file_read(request->file, SECRETS_NEEDED, why, &file);
    if (!err_failed(e)) {
        e = compare_and_publish(request, &file, why, ret_status);
    }
    config_file_deinit(&file);
    return e;
}

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"yes", OPTION_SWITCH, NULL, false, false, NULL, "publish without asking"},
    {"keys", OPTION_TEXT, NULL, false, false, "FILE",
     "public.json of `tieline keygen`: needed the first time, and when keys change"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"},
};

static err_t run(const struct options *options, struct log *log, struct why *why, int *ret_status)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, WHERE_BYTES_MAX);
    struct startup startup;
    TRY(seal_init(true));
    TRY(where_options(options, &arena, why, &startup));
    TRY(where_cluster(&startup, why));
    const struct apply_request request = {
        .kafka = &startup.kafka,
        .partitions = (uint32_t)startup.cluster.partitions,
        .file = options_word(options, 0),
        .public_keys = options_text(options, "keys"),
        .yes = options_switch(options, "yes"),
        .json = options_switch(options, "json"),
        .log = log,
    };
    return apply_file(&request, why, ret_status);
}

int command_apply(int argc, char *const *argv)
{
    return command_answer(
        program,
        "Checks a configuration file, shows what differs from what is published, asks, "
        "and publishes.\n"
        "What the file does not name stays as it is.",
        rows, sizeof rows / sizeof rows[0], "FILE", 1, 1, argc, argv, run);
}
