/* rig — egress' loop with everything around it in memory, and time that a test drives.
 *
 * Two accounts (acme with stores shoes and hats, globex with store globes), all topics, a peer that
 * answers as the test says. rig_run() turns the loop until nothing is left to do for so long. */
#ifndef TESTS_UNIT_EGRESS_RIG_H
#define TESTS_UNIT_EGRESS_RIG_H

#include "egress/loop.h"
#include "event/codec.h"
#include "event/horizon_text.h"
#include "tests/support/bus_double.h"
#include "tests/support/peer_double.h"
#include "tests/support/unit.h"

enum { RIG_OUTCOMES_MAX = 4096, RIG_CONFIG_END = 6 /* offset of what a test adds */ };

struct rig {
    struct clock_double clock;
    struct log_double *log;
    struct bus_double bus;
    struct bus bus_port;
    struct peer_double peer;
    struct config_log *config_log;
    const struct config_set *config;
    struct egress_options options;
    struct egress_loop *loop;
    struct arena arena; /* decoded outcomes live here */
    struct why why;
    uint32_t next_effect;
    size_t looks;
    bool login_fails;
    bool uses_oauth; /* of acme */
    char token[64];  /* that was kept; empty = none */
    uint32_t tokens; /* how many were */
};

/* A message's place in the log, for the test to wait for. */
struct rig_message {
    const char *account;
    const char *conversation; /* last part of the key */
    enum voice voice;
    uint32_t epoch;
    wall_ms_t created; /* 0 = now */
    bool look_first;
};

void rig_init(struct rig *r, int32_t partitions,
              struct peer_reply (*reply)(void *, const struct peer_seen *, size_t), void *arg);
/* The same, with an OAuth client for acme's tickets. */
void rig_init_with(struct rig *r, int32_t partitions,
                   struct peer_reply (*reply)(void *, const struct peer_seen *, size_t), void *arg,
                   bool uses_oauth);
/* Accounts "many-0", "many-1" … too; before a loop is started. */
void rig_add_accounts(struct rig *r, int count);
void rig_deinit(struct rig *r);

/* A loop that starts now and is assigned all partitions. */
void rig_start(struct rig *r);
/* As kill -9: nothing is finished, nothing is told. */
void rig_kill(struct rig *r);
/* As SIGTERM, to its end. */
void rig_drain(struct rig *r);
/* Turns the loop for `span` of the clock's time. The first error of a turn is returned. */
MUST_USE err_t rig_run(struct rig *r, span_ms_t span);

/* Commands; each returns its offset in partition_of(conversation). */
int64_t rig_message(struct rig *r, const struct rig_message *m);
int64_t rig_command(struct rig *r, struct command *command);
struct command rig_base(struct rig *r, enum effect_kind effect, const char *account,
                        const char *conversation);
int32_t rig_partition(struct rig *r, const char *account, const char *conversation);

/* All outcomes of a partition, decoded, oldest first. */
size_t rig_outcomes(struct rig *r, int32_t partition,
                    const struct outcome *ret_outcomes[RIG_OUTCOMES_MAX]);
/* The first outcome of a command; NULL = none yet. */
const struct outcome *rig_outcome(struct rig *r, int32_t partition, int64_t offset);
struct horizon_text rig_committed(struct rig *r, int32_t partition, int64_t *ret_offset);

#endif
