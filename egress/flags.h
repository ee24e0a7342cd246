/* flags — what tieline-egress is told when it is started, and which combinations cannot work. */
#ifndef EGRESS_FLAGS_H
#define EGRESS_FLAGS_H

#include "base/err.h"
#include "base/instant.h"
#include "rt/options.h"

#include <stdbool.h>
#include <stddef.h>

extern const struct option_row flags_rows[];
extern const size_t flags_row_count;

struct flags {
    span_ms_t session_timeout;
    span_ms_t settle;
    span_ms_t give_up;
    span_ms_t call_timeout;
    span_ms_t drain_timeout;
    bool recover;
};

/* Reads and judges them. USAGE: `why` names the flags and what would be right. */
MUST_USE err_t flags_read(const struct options *options, struct why *why, struct flags *ret_flags);

#endif
