/* platform_members — members of what a platform posts, read strictly: this sender can mend what is
 * wrong. Used by platform.c and its parts only. Pure. */
#ifndef INGEST_CORE_PLATFORM_MEMBERS_H
#define INGEST_CORE_PLATFORM_MEMBERS_H

#include "base/arena.h"
#include "base/err.h"
#include "event/event.h"
#include "event/members_json.h"
#include "json/json_read.h"

/* `customer`; untouched when it is absent. The errors of members_text(). */
MUST_USE err_t platform_customer(const struct json *root, struct why *why,
                                 struct customer *ret_customer);

#endif
