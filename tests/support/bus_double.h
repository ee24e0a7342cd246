/* bus_double — port/bus.h on a log_double, one member of one group, with faults to be asked for.
 *
 * What was produced stands in the log at once; its report comes with the next poll. Transactions
 * become visible when their commit ends. A test assigns and revokes partitions itself. */
#ifndef TESTS_SUPPORT_BUS_DOUBLE_H
#define TESTS_SUPPORT_BUS_DOUBLE_H

#include "tests/support/log_double.h"

#include <stdbool.h>

struct bus_double_report; /* a delivery that waits to be told */

struct bus_double {
    struct log_double *log;
    enum topic input;
    struct bus_handler handler;

    /* Faults; zero = none. */
    err_t produce_fails;       /* by the next calls, until set back */
    err_t delivery_fails;      /* nothing is stored, the report says so */
    bool stores_anyway;        /* … though it is stored */
    bool holds_deliveries;     /* reports wait until it is false again */
    err_t commit_refused;      /* commit_offsets() itself */
    err_t commit_fails;        /* its answer */
    bool commit_stores_anyway; /* … though it was stored */
    bool holds_commits;        /* answers wait until it is false again */
    err_t txn_fails;           /* commit_end() of a transaction; nothing becomes visible */
    bool holds_txn;            /* … which is not over until it is false again */
    err_t begin_fails;         /* by the next calls, until set back; as renew_fails and lag_fails */
    err_t renew_fails;
    int64_t lag_more; /* records that wait beside those of the log: a broker far behind */
    err_t lag_fails;
    bool is_away; /* connected() says no */

    /* What happened. */
    size_t commits, rejoins, renewals;
    size_t produced, of_many; /* messages; those that were said to be of many */
    bool is_member;
    bool is_expelled; /* nobody has told us yet */

    /* Inside */
    bool assign_due, revoke_due, revoke_lost;
    struct {
        bool is_ours, is_started, is_paused;
        int64_t position;
    } partitions[LOG_DOUBLE_PARTITIONS_MAX];
    int32_t turn;
    struct bus_double_report *first, *last;
    bool commit_is_out;
    size_t commit_count;
    struct bus_offset commit_offsets[LOG_DOUBLE_PARTITIONS_MAX];
    char commit_texts[LOG_DOUBLE_PARTITIONS_MAX][LOG_DOUBLE_METADATA_BYTES];
    struct bus_double_txn {
        bool is_there;
        struct bus_message *messages; /* owned */
        size_t count;
        struct bus_offset offsets[LOG_DOUBLE_PARTITIONS_MAX];
        char texts[LOG_DOUBLE_PARTITIONS_MAX][LOG_DOUBLE_METADATA_BYTES];
        size_t offset_count;
    } open, ending;
};

void bus_double_init(struct bus_double *b, struct log_double *log, enum topic input);
void bus_double_deinit(struct bus_double *b);
struct bus bus_double_port(struct bus_double *b);

/* With the next poll all partitions are assigned (or revoked). */
void bus_double_assign(struct bus_double *b);
void bus_double_revoke(struct bus_double *b, bool lost);

#endif
