/* examine — one account under the doctor's eyes: what is configured, what was found.
 *
 *     patient ─▶ check_support ─▶ check_tickets ─┐
 *             ├▶ check_messaging ─▶ check_widgets ├─▶ findings
 *             ├▶ check_stores                     │
 *             └▶ check_reach ─────────────────────┘
 *
 * Nothing here changes anything, at Zendesk or in the log. */
#ifndef CTL_DOCTOR_EXAMINE_H
#define CTL_DOCTOR_EXAMINE_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/doctor/checks.h"
#include "ctl/zendesk.h"
#include "event/config.h"

#include <stdbool.h>
#include <stddef.h>

struct patient_store {
    const struct store *store;
    struct slice signing[LIMIT_LIVE_SECRETS_MAX]; /* in the clear, where a file has them */
    size_t signing_count;
};

/* An account as a file or the log has it. Secrets are empty where nobody can open them. */
struct patient {
    const struct account *account;
    const struct zendesk_login *login;
    struct secret_hashes webhook_secrets;
    struct patient_store *stores;
    size_t store_count;
};

enum { FINDINGS_MAX = 1000, FINDING_BYTES = 768 };
struct finding {
    enum check_id id;
    struct slice store; /* empty = of the account */
    char text[FINDING_BYTES];
};
struct findings {
    struct finding *list; /* FINDINGS_MAX of them */
    size_t count;
    size_t looked; /* checks that could be made, at the account and at each store */
};

/* A refusal is an answer here, not an error: who looks wants to know what was said. */
struct seen {
    long status;     /* 0 = no answer, 200 = fine */
    struct why said; /* of all that is not 200: step, status, Zendesk's words, request id */
};
struct seen_list {
    struct seen seen;
    struct zendesk_list list;
};
static inline bool seen_fine(const struct seen *s)
{
    return s->status == 200;
}

struct examination {
    const struct patient *patient;
    struct arena *arena;
    const char *public_url; /* without a slash at its end; NULL = where Zendesk's webhooks go */
    struct findings findings;

    struct why why;
    /* What the earlier checks leave to the later ones. */
    struct zendesk_login support_login, messaging_login;
    struct zendesk support;   /* not open where the login failed */
    struct zendesk messaging; /* the same */
    bool bot_is_known;        /* the login is the bot's user: triggers can be held against it */
    struct seen_list integrations;
    const struct json *webhook; /* of our integration; NULL = none */
    const struct json *switchboard;
    struct seen_list lines;
    const struct json *our_line;
    struct seen_list brands;
    struct seen_list hooks; /* of Support */
};

/* store  NULL = of the account */
void found(struct examination *x, enum check_id id, const struct store *store, const char *format,
           ...) PRINTF_LIKE(4, 5);
/* What came of a call over `rest`; any error that says nothing of Zendesk is returned. */
MUST_USE err_t heard(struct examination *x, const struct rest *rest, err_t e, struct seen *ret);
/* So many checks were made, whatever they found. */
void looked(struct examination *x, size_t checks);

/* All: NO_MEMORY, ARENA_FULL; what Zendesk or a network says becomes a finding. */
MUST_USE err_t check_support(struct examination *x);
MUST_USE err_t check_tickets(struct examination *x);
MUST_USE err_t check_messaging(struct examination *x);
MUST_USE err_t check_widgets(struct examination *x);
MUST_USE err_t check_stores(struct examination *x);
MUST_USE err_t check_reach(struct examination *x);

/* All of them. `x` has patient, arena and public_url. */
MUST_USE err_t examine(struct examination *x);
void examination_deinit(struct examination *x);

/* What stands before the path of an address, in the arena, and the path; false = it is no address.
 */
bool examine_split(struct arena *arena, struct slice address, const char **ret_base,
                   const char **ret_path);

#endif
