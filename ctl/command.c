#include "ctl/command.h"

#include "ctl/out.h"
#include "rt/stop.h"

#include <stdio.h>

int command_failed(const char *program, err_t err, const struct why *why)
{
    out_quiet();
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

/* One of the two is set. */
struct work {
    err_t (*plain)(const struct options *options, struct log *log, struct why *why);
    err_t (*answer)(const struct options *options, struct log *log, struct why *why,
                    int *ret_status);
};

static int command_do(const char *program, const struct options *options, struct work work)
{
    int status = 0;
    struct log *log = command_log(program, options);
    struct why why = {""};
    stop_install();
    err_t e = work.plain != NULL ? work.plain(options, log, &why)
                                 : work.answer(options, log, &why, &status);
    out_quiet();
    status = err_failed(e) ? command_failed(program, e, &why) : status;
    log_free(log);
    return status;
}

static int command_whole(const char *program, const char *purpose, const struct option_row *rows,
                         size_t row_count, const char *words, size_t words_min, size_t words_max,
                         int argc, char *const *argv, struct work work)
{
    struct options *options = NULL;
    bool done = false;
    int status = 0;
    options_parse(program, purpose, rows, row_count, words, argc, argv, &options, &done, &status);
    if (!done) {
        size_t count = options_word_count(options);
        bool fits = count >= words_min && count <= words_max;
        status = fits || command_words(program, options, words_max)
                     ? command_do(program, options, work)
                     : EXIT_USAGE;
    }
    options_free(options);
    return status;
}

int command_main(const char *program, const char *purpose, const struct option_row *rows,
                 size_t row_count, const char *words, size_t word_count, int argc,
                 char *const *argv,
                 err_t (*run)(const struct options *options, struct log *log, struct why *why))
{
    return command_whole(program, purpose, rows, row_count, words, word_count, word_count, argc,
                         argv, (struct work){.plain = run});
}

int command_answer(const char *program, const char *purpose, const struct option_row *rows,
                   size_t row_count, const char *words, size_t words_min, size_t words_max,
                   int argc, char *const *argv,
                   err_t (*run)(const struct options *options, struct log *log, struct why *why,
                                int *ret_status))
{
    return command_whole(program, purpose, rows, row_count, words, words_min, words_max, argc, argv,
                         (struct work){.answer = run});
}
