/* diff — what would change, member by member, in words; of secrets only that they do. */
#ifndef CTL_DIFF_H
#define CTL_DIFF_H

#include "base/buf.h"
#include "ctl/plan.h"

#include <stdio.h>

enum { DIFF_MEMBERS_MAX = 64 };

/* The members that differ, under the names that they have in the file. */
struct diff {
    struct buf lines;                      /* "    conversations.app_id: \"a\" → \"b\"\n"… */
    const char *members[DIFF_MEMBERS_MAX]; /* static names */
    size_t count;
};

/* BUF_FULL, NO_MEMORY. The caller releases `ret` with diff_deinit, whatever the result. */
MUST_USE err_t diff_entry(const struct plan_entry *entry, struct diff *ret);
void diff_deinit(struct diff *d);

/* The whole plan to `out`, as text or one JSON object a line; what stays the same as a count. */
MUST_USE err_t diff_print(const struct plan *plan, bool json, FILE *out);

#endif
