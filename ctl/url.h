/* url — what a configured address must be before anything is sent to it.
 *
 * Not a full parser: it takes https://HOST[:PORT][/PATH] and its http form apart and refuses
 * everything else that a URL could hold (user names, queries, fragments, blanks). */
#ifndef CTL_URL_H
#define CTL_URL_H

#include "base/slice.h"

#include <stdbool.h>

struct url {
    bool is_https;
    struct slice host; /* without brackets */
    struct slice port; /* empty = the scheme's */
    struct slice path; /* "" or "/…" */
};

/* NULL when fine, else what is wrong, as the end of a sentence ("must begin with https://"). */
const char *url_parse(struct slice text, struct url *ret_url);

bool url_is_loopback(const struct url *url); /* localhost, 127.0.0.0/8, ::1 */
/* Loopback, or an address of a private or link-local range. Names are not resolved. */
bool url_is_private(const struct url *url);

#endif
