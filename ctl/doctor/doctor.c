/* tieline doctor — what is wrong between Zendesk and us, and what to do about it. */
#include "ctl/command.h"
#include "ctl/config_rules.h"
#include "ctl/doctor/examine.h"
#include "ctl/doctor/patients.h"
#include "ctl/out.h"
#include "ctl/published.h"
#include "ctl/where.h"
#include "kafka/reader_kafka.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BYTES = 256 * 1024 * 1024 };

static const char program[] = "tieline doctor";
static const char purpose[] =
    "Looks at Zendesk's side of an account, or of all, and says what is wrong, why, and what to "
    "do.\n"
    "It changes nothing, here or there. The configuration is the published one, whose secrets\n"
    "--key-file opens, or FILE, which need not be published; then no broker is needed.\n"
    "Webhooks are tried with an empty call that leaves nothing in the log.\n"
    "Exit status: 0 nothing wrong, or warnings only; 69 something cannot be reached; 77 a login "
    "is\n"
    "refused; 78 something is set up wrongly; of several the first of these.";

static const struct option_row rows[] = {
    STARTUP_ROWS,
    {"file", OPTION_TEXT, NULL, false, false, "FILE", "the same as FILE, for all of its accounts"},
    {"key-file", OPTION_TEXT, NULL, false, false, "FILE",
     "egress.key of `tieline keygen`: opens the published secrets"},
    {"public-url", OPTION_TEXT, NULL, false, false, "URL",
     "where Zendesk reaches ingest; else the addresses that its webhooks have"},
    {"json", OPTION_SWITCH, NULL, false, false, NULL,
     "one JSON object a line: findings, then a summary of the account"},
};

struct visit {
    const struct options *options;
    bool is_json;
    int status;
};

static const char *const severity_names[] = {"warning", "error"};

static void print_finding(const struct visit *v, const struct examination *x,
                          const struct finding *f)
{
    const struct check *check = check_at(f->id);
    if (!v->is_json) {
        (void)printf("\n  %s%s%s %s%s%.*s (row %d)\n    %s\n    why: %s\n    do:  %s\n",
                     out_style(stdout, check->severity == CHECK_BAD ? OUT_BAD : OUT_WARN),
                     severity_names[check->severity], out_style(stdout, OUT_PLAIN), check->name,
                     f->store.len > 0 ? ", store " : "", SLICE_ARG(f->store), check->row, f->text,
                     check->cause, check->remedy);
        return;
    }
    struct out_line o;
    out_begin(&o, stdout);
    json_put_slice(&o.json, "account", x->patient->account->name);
    json_put_text(&o.json, "check", check->name);
    json_put_text(&o.json, "severity", severity_names[check->severity]);
    json_put_slice_if(&o.json, "store", f->store);
    json_put_text(&o.json, "finding", f->text);
    json_put_text(&o.json, "cause", check->cause);
    json_put_text(&o.json, "remedy", check->remedy);
    json_put_int(&o.json, "row", check->row);
    out_end(&o);
}

/* Unreachable says most: what cannot be reached could not be looked at. */
static int worse(int a, int b)
{
    static const int order[] = {EXIT_UNAVAILABLE, EXIT_PERMISSION, EXIT_CONFIG};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return 0;
}

static void print_account(struct visit *v, const struct examination *x)
{
    size_t errors = 0;
    int status = 0;
    const struct findings *f = &x->findings;
    for (size_t i = 0; i < f->count; i++) {
        const struct check *check = check_at(f->list[i].id);
        errors += check->severity == CHECK_BAD;
        status = check->severity == CHECK_BAD ? worse(status, check->exit_status) : status;
    }
    size_t warnings = f->count - errors;
    v->status = worse(v->status, status);
    struct slice name = x->patient->account->name;
    out_quiet();
    if (!v->is_json) {
        (void)printf("%.*s: %zu stores, %zu checks: ", SLICE_ARG(name), x->patient->store_count,
                     f->looked);
        if (f->count == 0) {
            (void)printf("nothing wrong\n");
        } else {
            (void)printf("%zu error%s, %zu warning%s\n", errors, errors == 1 ? "" : "s", warnings,
                         warnings == 1 ? "" : "s");
        }
    }
    for (size_t i = 0; i < f->count; i++) {
        print_finding(v, x, &f->list[i]);
    }
    if (v->is_json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_slice(&o.json, "account", name);
        json_put_int(&o.json, "checks", (int64_t)f->looked);
        json_put_int(&o.json, "errors", (int64_t)errors);
        json_put_int(&o.json, "warnings", (int64_t)warnings);
        json_put_int(&o.json, "status", status);
        out_end(&o);
    }
}

static err_t see(struct visit *v, struct arena *arena, const struct patients *patients,
                 const char *public_url, struct why *why)
{
    for (size_t i = 0; i < patients->count && !stop_requested(); i++) {
        struct examination x = {
            .patient = &patients->list[i], .arena = arena, .public_url = public_url};
        err_t e = examine(&x);
        if (!err_failed(e)) {
            print_account(v, &x);
        } else {
            *why = x.why;
        }
        examination_deinit(&x);
        TRY(e);
    }
    return err_ok();
}

/* NULL = as published. */
static const char *file_of(const struct options *options)
{
    const char *file = options_text(options, "file");
    return file == NULL ? options_word(options, 1) : file;
}

static err_t see_file(struct visit *v, struct arena *arena, struct why *why)
{
    struct config_file file;
    struct patients patients = {NULL, NULL, 0};
    err_t e = config_file_read(file_of(v->options), SECRETS_IF_THERE, why, &file);
    e = err_failed(e) ? e : config_rules_check(&file, NULL);
    if (!err_failed(e) && file.problems.errors > 0) {
        problems_print(&file.problems, v->is_json, v->is_json ? stdout : stderr);
        v->status = EXIT_DATA;
    } else if (!err_failed(e)) {
        e = patients_of_file(arena, &file, options_word(v->options, 0), why, &patients);
        e = err_failed(e) ? e
                          : see(v, arena, &patients, options_text(v->options, "public-url"), why);
    }
    patients_deinit(&patients);
    config_file_deinit(&file);
    return e;
}

/* The flag, else what stands in the log, as text with a NUL. */
static err_t public_url(const struct visit *v, const struct config_set *set, struct arena *arena,
                        const char **ret_url)
{
    const struct deployment *deployment = config_deployment(set);
    *ret_url = options_text(v->options, "public-url");
    if (*ret_url == NULL && deployment != NULL && deployment->public_url.len > 0) {
        struct slice url = {NULL, 0};
        TRY(arena_copy(arena, deployment->public_url, &url));
        *ret_url = url.ptr;
    }
    return err_ok();
}

static err_t see_log(struct visit *v, struct arena *arena, struct log *log, struct why *why)
{
    CLEANUP(published) struct published published = {NULL, NULL};
    struct startup startup;
    TRY(where_options(v->options, arena, why, &startup));
    TRY(where_cluster(&startup, why));
    CLEANUP(reader_kafka)
    struct reader_kafka kafka = {.options = &startup.kafka, .log = log};
    struct reader_port reader = where_reader(&kafka);
    TRY(published_read(&reader, why, &published));
    const char *url = NULL;
    struct seal_key *key = NULL;
    struct patients patients = {NULL, NULL, 0};
    const char *path = where_key_file(v->options);
    TRY(public_url(v, published.set, arena, &url));
    err_t e = path == NULL ? err_ok() : seal_key_load(path, SEAL_EGRESS, why, &key);
    e = err_failed(e) ? e
                      : patients_of_log(arena, published.set, key, options_word(v->options, 0), why,
                                        &patients);
    e = err_failed(e) ? e : see(v, arena, &patients, url, why);
    patients_deinit(&patients);
    seal_key_free(key);
    return e;
}

static err_t run(const struct options *options, struct log *log, struct why *why, int *ret_status)
{
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct visit v = {.options = options, .is_json = options_switch(options, "json")};
    TRY(seal_init(true));
    TRY(file_of(options) != NULL ? see_file(&v, &arena, why) : see_log(&v, &arena, log, why));
    *ret_status = v.status;
    return err_ok();
}

int command_doctor(int argc, char *const *argv)
{
    return command_answer(program, purpose, rows, sizeof rows / sizeof rows[0], "[ACCOUNT [FILE]]",
                          0, 2, argc, argv, run);
}
