#include "egress/flags.h"

#include "kafka/startup.h"

#include <inttypes.h>

enum { CALL_TIMEOUT_MS_MAX = 120 * 1000, SESSION_MS_MIN = 100 };

const struct option_row flags_rows[] = {
    STARTUP_ROWS,
    STARTUP_SERVER_ROWS("127.0.0.1:9103"),
    STARTUP_COPY_ROWS,
    {.name = "key-file",
     .type = OPTION_TEXT,
     .argument = "FILE",
     .help = "private key of the credentials in the configuration (tieline keygen)"},
    {.name = "call-timeout",
     .type = OPTION_SPAN,
     .fallback = "15s",
     .argument = "SPAN",
     .help = "longest time for one call to Zendesk"},
    {.name = "recover",
     .type = OPTION_SWITCH,
     .help =
         "start at the log's beginning with everything in doubt: lost offsets, restored cluster"},
};
const size_t flags_row_count = sizeof flags_rows / sizeof flags_rows[0];

err_t flags_read(const struct options *options, struct why *why, struct flags *ret_flags)
{
    struct flags f = {
        .session_timeout = options_span(options, "session-timeout"),
        .settle = options_span(options, "settle"),
        .give_up = options_span(options, "give-up"),
        .call_timeout = options_span(options, "call-timeout"),
        .drain_timeout = options_span(options, "drain-timeout"),
        .recover = options_switch(options, "recover"),
    };
    if (f.call_timeout.ms < 1 || f.call_timeout.ms > CALL_TIMEOUT_MS_MAX) {
        why_set(why, "--call-timeout must be more than 0 and at most 120s");
        return ERR(USAGE);
    }
    if (f.session_timeout.ms < SESSION_MS_MIN) {
        why_set(why, "--session-timeout must be at least 100ms");
        return ERR(USAGE);
    }
    int64_t least = instant_add_(f.session_timeout.ms, f.call_timeout.ms);
    if (f.settle.ms < least) {
        why_set(why,
                "--settle of %" PRId64 " ms is shorter than --session-timeout + --call-timeout "
                "(%" PRId64 " ms): a call of a copy that was taken for dead could arrive after it "
                "was looked for; raise --settle or lower the other two",
                f.settle.ms, least);
        return ERR(USAGE);
    }
    if (f.give_up.ms < f.settle.ms) {
        why_set(why, "--give-up must not be shorter than --settle (%" PRId64 " ms)", f.settle.ms);
        return ERR(USAGE);
    }
    *ret_flags = f;
    return err_ok();
}
