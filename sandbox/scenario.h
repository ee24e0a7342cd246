/* scenario — what the account looks like and how strict it is, from a JSON file or the defaults.
 *
 *     {"subdomain":"acme",
 *      "brands":[{"id":360002783501,"name":"Acme Shoes"}],  "agents":[{"id":…,"name":"Sam"}],
 *      "switchboard":true,            an account without one must make it
 *      "messages_per_conversation":30000, "webhook_timeout_ms":20000, "store_bytes":…,
 *      "support_webhook_timeout_ms":12000, "oauth_token_s":1800,
 *      "support_requests_per_minute":400, "support_updates_per_minute":100,
 *      "webhook_batch":false,         events of one cause in one delivery
 *      "active_on_return":true,       the first message after a release names the responder
 *      "multi_conversations":true}    false = a user has one conversation, a second is refused */
#ifndef SANDBOX_SCENARIO_H
#define SANDBOX_SCENARIO_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCENARIO_BRANDS_MAX = 64,
    SCENARIO_AGENTS_MAX = 64,
    SCENARIO_MESSAGES_MAX = 30000,
    SCENARIO_WEBHOOK_TIMEOUT_MS = 20000,
    SCENARIO_SUPPORT_TIMEOUT_MS = 12000,
    SCENARIO_SUPPORT_REQUESTS = 400,
    SCENARIO_SUPPORT_UPDATES = 100,
    SCENARIO_TOKEN_S = 1800,
};

struct limits_of_sandbox {
    size_t messages_per_conversation;
    size_t store_bytes;
    int64_t webhook_timeout_ms, support_webhook_timeout_ms;
    int64_t support_requests_per_minute, support_updates_per_minute;
    int64_t oauth_token_s;
    bool webhook_batch;
    bool active_on_return;
    bool multi_conversations;
};

struct scenario_item {
    int64_t id;
    struct slice name;
};

struct scenario {
    struct slice subdomain;
    struct scenario_item brands[SCENARIO_BRANDS_MAX];
    size_t brand_count;
    struct scenario_item agents[SCENARIO_AGENTS_MAX];
    size_t agent_count;
    bool switchboard;
    struct limits_of_sandbox limits;
};

void scenario_default(struct scenario *s);
/* Reads `text` over the defaults; slices live in `arena`. Unknown members are refused by name.
 * Errors  CONFIG with `why`. */
MUST_USE err_t scenario_read(struct scenario *s, struct arena *arena, struct slice text,
                             struct why *why);

#endif
