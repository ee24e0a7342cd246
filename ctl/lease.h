/* lease — one connect or disconnect of an account at a time: two at once would make every object
 * twice, since Zendesk takes the same name as often as it is sent.
 *
 *     lease_take ─▶ lease_keep, before each change ─▶ lease_drop
 *
 * A record of `config` that no program reads (lease_log.h). Who is killed leaves it behind: on the
 * same machine it is seen that the process is gone, elsewhere it ends by itself after LEASE_S, or
 * is taken over. Who stands still for longer than that stops at its next change. */
#ifndef CTL_LEASE_H
#define CTL_LEASE_H

#include "ctl/append.h"
#include "ctl/lease_log.h"
#include "kafka/cluster.h"
#include "port/reader.h"
#include "rt/log.h"

/* All but `own`, `kept` and `is_held` is borrowed and set by the caller. */
struct lease {
    const struct kafka_options *kafka;
    struct reader_port *reader;
    struct log *log;
    const char *account;
    bool takes_over; /* whoever has it */
    struct why *why;

    struct lease_holder own;
    mono_ms_t kept; /* before its newest record was sent */
    bool is_held;
};

/* TIMEOUT, with `why`: another one has it. As append_new(), reader_open(). */
MUST_USE err_t lease_take(struct lease *l);
/* Looks whether it is ours still, and makes it longer when half of its time is over. FENCED, with
 * `why`: it is another's now. Else as lease_take(). NULL is right always. */
MUST_USE err_t lease_keep(struct lease *l);
/* Says nothing when that fails: it ends by itself. Accepts NULL, and one that was not taken. */
void lease_drop(struct lease *l);

#endif
