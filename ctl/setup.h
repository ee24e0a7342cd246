/* setup — makes the Zendesk side of messaging ready, through the public Conversations API.
 *
 *   integration  ours, custom, its webhook at our ingest        adopted if it is there
 *   switchboard  one an app                                     adopted if it is there
 *   lines        ours, next = Agent Workspace; ours is default  adopted if they are there
 *
 * Run again it changes only what differs: no second integration, ever. */
#ifndef CTL_SETUP_H
#define CTL_SETUP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>

struct setup_request {
    const char *conversations_url; /* without a slash at its end */
    const char *app_id;
    const char *key_id; /* of app scope */
    const char *key_secret;
    const char *name;   /* shown in Zendesk; also finds the integration again */
    const char *target; /* where our ingest takes its webhook */
    bool default_responder;
};

struct setup_result {
    struct slice integration_id;
    struct slice webhook_secret;
    struct slice line;         /* id of ours on the switchboard */
    struct slice agent_target; /* name of Agent Workspace's line */
    unsigned changes;          /* calls that changed something; 0 = all was as it should be */
};

/* arena   holds the result. UNAVAILABLE, CONFIG (refused; the step that failed stands in `why`). */
MUST_USE err_t setup_messaging(const struct setup_request *request, struct arena *arena,
                               struct why *why, struct setup_result *ret_result);

#endif
