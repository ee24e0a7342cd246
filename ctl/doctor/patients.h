/* patients — the accounts that a doctor is shown: of a configuration file, or of the log. */
#ifndef CTL_DOCTOR_PATIENTS_H
#define CTL_DOCTOR_PATIENTS_H

#include "base/arena.h"
#include "base/err.h"
#include "ctl/config_file.h"
#include "ctl/doctor/examine.h"
#include "ctl/login.h"
#include "event/config_log.h"
#include "rt/seal.h"

struct patients {
    struct patient *list;
    struct login *logins; /* one a patient, which borrows from it */
    size_t count;
};

/* name   of one account, or NULL = all
 * arena  holds them. NOT_FOUND with `why`: there is no account of that name, or none at all; and
 *        the errors of login.h. */
MUST_USE err_t patients_of_file(struct arena *arena, const struct config_file *file,
                                const char *name, struct why *why, struct patients *ret);
/* key  of egress; NULL = none, and then a secret is needed by each account that has one: CONFIG */
MUST_USE err_t patients_of_log(struct arena *arena, const struct config_set *set,
                               const struct seal_key *key, const char *name, struct why *why,
                               struct patients *ret);
void patients_deinit(struct patients *p); /* accepts a zeroed one */

#endif
