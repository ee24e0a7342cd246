/* login — how an operator's command logs in to the Zendesk of an account: with the secrets that the
 * configuration file names, or, without a file, with the published ones, which the key file of
 * egress opens.
 *
 * The Conversations key needs app scope; the OAuth client or API token an administrator. Secrets
 * stay in memory for one command and are wiped by login_deinit(). */
#ifndef CTL_LOGIN_H
#define CTL_LOGIN_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "ctl/config_file.h"
#include "ctl/zendesk.h"
#include "rt/options.h"
#include "rt/seal.h"

#include <stdbool.h>

enum { LOGIN_SECRETS_MAX = 3 };

struct login {
    struct zendesk_login zendesk; /* what zendesk_open() takes */
    char *opened[LOGIN_SECRETS_MAX];
    size_t opened_count;
};

/* The secrets of the draft are resolved and outlive `ret`. CONFIG, with `why`: neither Support nor
 * Conversations is configured. ARENA_FULL. */
MUST_USE err_t login_from_draft(const struct draft_account *draft, struct arena *arena,
                                struct why *why, struct login *ret);

/* key     of egress; NULL = CONFIG, with `why`, where a secret has to be opened
 * arena   holds the addresses. CRYPTO (sealed to another key; `why`), CONFIG, ARENA_FULL. */
MUST_USE err_t login_from_published(const struct account *account, const struct seal_key *key,
                                    struct arena *arena, struct why *why, struct login *ret);

/* --oauth-client and --oauth-secret: an administrator's, for this run alone, where the account's
 * own client is that of the bot's user, who may be none. Rows of a command's table. */
#define LOGIN_ADMIN_ROWS                                                                           \
    {"oauth-client",                                                                               \
     OPTION_TEXT,                                                                                  \
     NULL,                                                                                         \
     false,                                                                                        \
     false,                                                                                        \
     "ID",                                                                                         \
     "an administrator's OAuth client, for this run alone; else the account's own login"},         \
    {                                                                                              \
        "oauth-secret", OPTION_TEXT, NULL, false, true, "SECRET",                                  \
            "its secret; better in TIELINE_OAUTH_SECRET or by --oauth-secret-file"                 \
    }
/* Changes the login to these, if they are given: true. Borrows from `options`. USAGE, with `why`:
 * one without the other. */
MUST_USE err_t login_as_admin(const struct options *options, struct why *why, struct login *login,
                              bool *ret_changed);

void login_deinit(struct login *login); /* accepts a zeroed one */
DEFINE_CLEANUP(login, struct login, login_deinit)

#endif
