/* webhook_body — a webhook as a caller describes it: checks, and the change it makes. */
#ifndef SANDBOX_WEBHOOK_BODY_H
#define SANDBOX_WEBHOOK_BODY_H

#include "json/json_read.h"
#include "sandbox/call.h"

struct webhook_draft {
    struct slice target; /* empty = leave as it is */
    const struct slice *triggers;
    size_t trigger_count; /* 0 = leave as they are */
    bool full_user, full_source;
    bool has_full_user, has_full_source;
};

/* `is_new`: target and triggers are needed. False = refused. */
bool webhook_read(struct call *c, const struct json *body, bool is_new,
                  struct webhook_draft *draft);
void webhook_apply(struct webhook *webhook, const struct webhook_draft *draft);
/* At most ten webhooks in an app. */
bool webhook_has_room(struct call *c);

#endif
