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
