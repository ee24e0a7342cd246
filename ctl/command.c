#include "ctl/command.h"

#include "rt/stop.h"

#include <stdio.h>

int command_failed(const char *program, err_t err, const struct why *why)
{
    const char *text = why->text[0] == '\0' ? err_text(err) : why->text;
    (void)fprintf(stderr, "%s: %s\n", program, text);
    return err_exit_status(err);
}

bool command_words(const char *program, const struct options *options, size_t count)
{
    if (options_word_count(options) == count) {
        return true;
    }
    (void)fprintf(stderr, "%s: %s\nTry \"%s --help\".\n", program,
                  options_word_count(options) < count ? "an argument is missing"
                                                      : "too many arguments",
                  program);
    return false;
}

struct log *command_log(const char *program, const struct options *options)
{
    bool asked = options_given(options, "log-level");
    return log_new(program, options_log_format(options),
                   asked ? options_log_level(options) : LOG_ERROR);
}

int command_main(const char *program, const char *purpose, const struct option_row *rows,
                 size_t row_count, const char *words, size_t word_count, int argc,
                 char *const *argv,
                 err_t (*run)(const struct options *options, struct log *log, struct why *why))
{
    struct options *options = NULL;
    bool done = false;
    int status = 0;
    options_parse(program, purpose, rows, row_count, words, argc, argv, &options, &done, &status);
    if (!done && !command_words(program, options, word_count)) {
        done = true;
        status = EXIT_USAGE;
    }
    if (!done) {
        struct log *log = command_log(program, options);
        struct why why = {""};
        stop_install();
        err_t e = run(options, log, &why);
        status = err_failed(e) ? command_failed(program, e, &why) : 0;
        log_free(log);
    }
    options_free(options);
    return status;
}
