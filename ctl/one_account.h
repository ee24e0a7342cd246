/* one_account — an account, its stores and a login to its Zendesk, for a command that works on one:
 * from the configuration file where one is given, else as published. */
#ifndef CTL_ONE_ACCOUNT_H
#define CTL_ONE_ACCOUNT_H

#include "ctl/config_file.h"
#include "ctl/login.h"
#include "ctl/published.h"
#include "kafka/startup.h"
#include "rt/log.h"

struct one_account {
    struct startup startup;
    struct published published; /* set NULL where the file said all */
    struct config_file file;
    bool has_file;
    struct account account;
    const struct store **stores; /* of the account */
    size_t store_count;
    struct login login;
    struct zendesk zendesk;
};

/* options        have STARTUP_ROWS, LOGIN_ADMIN_ROWS and "key-file"; word 0 is the account, word 1
 * the file, if any needs_brokers  false = the file does without them Opens the login too: one call
 * to Zendesk. *ret is set always and released by one_account_deinit(). CONFIG, with `why`: no such
 * account; SYNTAX: the file is wrong (it was said why). Else as where_cluster(), published_read(),
 * login.h and zendesk_open(). */
MUST_USE err_t one_account_open(const struct options *options, bool needs_brokers, struct log *log,
                                struct arena *arena, struct why *why, struct one_account *ret);
void one_account_deinit(struct one_account *o);

/* The whole of a subcommand of the words ACCOUNT [FILE]: flags, usage, `run`, which returns the
 * exit status. */
int one_account_main(const char *program, const char *purpose, const struct option_row *rows,
                     size_t row_count, int argc, char *const *argv,
                     int (*run)(const struct options *options));

#endif
