#include "ctl/command.h"
#include "ctl/config_file.h"
#include "ctl/config_rules.h"
#include "ctl/out.h"
#include "rt/seal.h"
#include "rt/stop.h"

#include <stdio.h>

static const char program[] = "tieline check";

static const struct option_row rows[] = {
    {"json", OPTION_SWITCH, NULL, false, false, NULL, "one JSON object a line instead of text"},
};

static void report(const struct config_file *file, bool json)
{
    const struct problems *p = &file->problems;
    if (json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_bool(&o.json, "valid", p->errors == 0);
        json_put_int(&o.json, "errors", (int64_t)p->errors);
        json_put_int(&o.json, "warnings", (int64_t)p->warnings);
        json_put_int(&o.json, "accounts", (int64_t)file->account_count);
        json_put_int(&o.json, "stores", (int64_t)file->store_count);
        out_end(&o);
        return;
    }
    (void)printf("%s: %zu accounts, %zu stores: %s", p->file, file->account_count,
                 file->store_count, p->errors == 0 ? "valid" : "not valid");
    if (p->errors + p->warnings > 0) {
        (void)printf(" (%zu errors, %zu warnings)", p->errors, p->warnings);
    }
    (void)printf("\n");
}

static err_t run(const struct options *options, struct log *log, struct why *why, int *ret_status)
{
    struct config_file file;
    bool json = options_switch(options, "json");
    (void)log;
    TRY(seal_init(true));
    err_t e = config_file_read(options_word(options, 0), SECRETS_IF_THERE, why, &file);
    e = err_failed(e) ? e : config_rules_check(&file, NULL);
    if (!err_failed(e)) {
        problems_print(&file.problems, json, json ? stdout : stderr);
        report(&file, json);
        *ret_status = file.problems.errors == 0 ? 0 : EXIT_DATA;
    }
    config_file_deinit(&file);
    return e;
}

int command_check(int argc, char *const *argv)
{
    return command_answer(program,
                          "Checks a configuration file (- = standard input) and says everything "
                          "that is wrong with it.",
                          rows, sizeof rows / sizeof rows[0], "FILE", 1, 1, argc, argv, run);
}
