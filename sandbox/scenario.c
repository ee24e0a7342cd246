#include "sandbox/scenario.h"

#include "json/json_read.h"

#define FIRST_BRAND_ID 360002783501
#define FIRST_AGENT_ID 390004410101

void scenario_default(struct scenario *s)
{
    *s = (struct scenario){
        .subdomain = SLICE("acme"),
        .brands = {{FIRST_BRAND_ID, SLICE("Acme Shoes")},
                   {FIRST_BRAND_ID + 1, SLICE("Acme Hats")},
                   {FIRST_BRAND_ID + 2, SLICE("Acme Outlet")}},
        .brand_count = 3,
        .agents = {{FIRST_AGENT_ID, SLICE("Sam")}, {FIRST_AGENT_ID + 1, SLICE("Robin")}},
        .agent_count = 2,
        .switchboard = true,
        .limits = {.messages_per_conversation = SCENARIO_MESSAGES_MAX,
                   .store_bytes = (size_t)2 << 30,
                   .webhook_timeout_ms = SCENARIO_WEBHOOK_TIMEOUT_MS,
                   .support_webhook_timeout_ms = SCENARIO_SUPPORT_TIMEOUT_MS,
                   .support_requests_per_minute = SCENARIO_SUPPORT_REQUESTS,
                   .support_updates_per_minute = SCENARIO_SUPPORT_UPDATES,
                   .oauth_token_s = SCENARIO_TOKEN_S,
                   .webhook_batch = false,
                   .active_on_return = true,
                   .multi_conversations = true},
    };
}

static err_t read_items(struct arena *arena, const struct json *list, int64_t first_id,
                        size_t count_max, struct scenario_item *items, size_t *ret_count,
                        struct why *why)
{
    size_t count = 0;
    JSON_EACH(item, list)
    {
        struct slice name = json_string(json_find(item, "name"));
        if (count == count_max || slice_empty(name)) {
            why_set(why, "`%.*s`: needs names, and at most %zu entries", SLICE_ARG(list->key),
                    count_max);
            return ERR(CONFIG);
        }
        items[count].id = json_i64(json_find(item, "id"), first_id + (int64_t)count);
        TRY(arena_copy(arena, name, &items[count].name));
        count++;
    }
    if (count == 0) {
        why_set(why, "`%.*s`: must be a list with at least one entry", SLICE_ARG(list->key));
        return ERR(CONFIG);
    }
    *ret_count = count;
    return err_ok();
}

static err_t read_count(const struct json *value, int64_t min, int64_t max, int64_t *ret_count,
                        struct why *why)
{
    int64_t count = json_i64(value, min - 1);
    if (count < min || count > max) {
        why_set(why, "`%.*s`: must be a number from %lld to %lld", SLICE_ARG(value->key),
                (long long)min, (long long)max);
        return ERR(CONFIG);
    }
    *ret_count = count;
    return err_ok();
}

static err_t read_flag(const struct json *value, bool *ret_flag, struct why *why)
{
    if (value->type != JSON_BOOL) {
        why_set(why, "`%.*s`: must be true or false", SLICE_ARG(value->key));
        return ERR(CONFIG);
    }
    *ret_flag = value->boolean;
    return err_ok();
}

/* Members that are a number; *ret_known tells whether this is one. */
static err_t read_number(struct scenario *s, const struct json *value, bool *ret_known,
                         struct why *why)
{
    const struct {
        const char *name;
        int64_t max;
        int64_t *number;
    } numbers[] = {
        {"webhook_timeout_ms", 120000, &s->limits.webhook_timeout_ms},
        {"support_webhook_timeout_ms", 120000, &s->limits.support_webhook_timeout_ms},
        {"support_requests_per_minute", 1000000, &s->limits.support_requests_per_minute},
        {"support_updates_per_minute", 1000000, &s->limits.support_updates_per_minute},
        {"oauth_token_s", 172800, &s->limits.oauth_token_s},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (slice_equal(value->key, slice_of(numbers[i].name))) {
            *ret_known = true;
            return read_count(value, 1, numbers[i].max, numbers[i].number, why);
        }
    }
    *ret_known = false;
    return err_ok();
}

static err_t read_member(struct scenario *s, struct arena *arena, const struct json *value,
                         struct why *why)
{
    int64_t count = 0;
    bool known = false;
    TRY(read_number(s, value, &known, why));
    if (known) {
        return err_ok();
    }
    if (slice_equal(value->key, SLICE("subdomain")) && value->type == JSON_STRING) {
        return arena_copy(arena, value->text, &s->subdomain);
    }
    if (slice_equal(value->key, SLICE("brands"))) {
        return read_items(arena, value, FIRST_BRAND_ID, SCENARIO_BRANDS_MAX, s->brands,
                          &s->brand_count, why);
    }
    if (slice_equal(value->key, SLICE("agents"))) {
        return read_items(arena, value, FIRST_AGENT_ID, SCENARIO_AGENTS_MAX, s->agents,
                          &s->agent_count, why);
    }
    if (slice_equal(value->key, SLICE("switchboard"))) {
        return read_flag(value, &s->switchboard, why);
    }
    if (slice_equal(value->key, SLICE("webhook_batch"))) {
        return read_flag(value, &s->limits.webhook_batch, why);
    }
    if (slice_equal(value->key, SLICE("active_on_return"))) {
        return read_flag(value, &s->limits.active_on_return, why);
    }
    if (slice_equal(value->key, SLICE("multi_conversations"))) {
        return read_flag(value, &s->limits.multi_conversations, why);
    }
    if (slice_equal(value->key, SLICE("messages_per_conversation"))) {
        TRY(read_count(value, 1, SCENARIO_MESSAGES_MAX, &count, why));
        s->limits.messages_per_conversation = (size_t)count;
        return err_ok();
    }
    if (slice_equal(value->key, SLICE("store_bytes"))) {
        TRY(read_count(value, 1 << 20, INT64_C(1) << 40, &count, why));
        s->limits.store_bytes = (size_t)count;
        return err_ok();
    }
    why_set(why, "`%.*s` is not a member of a scenario, or of another type", SLICE_ARG(value->key));
    return ERR(CONFIG);
}

err_t scenario_read(struct scenario *s, struct arena *arena, struct slice text, struct why *why)
{
    const struct json_options options = {.comments = true};
    const struct json *root = NULL;
    scenario_default(s);
    if (err_failed(json_parse(arena, text, &options, why, &root))) {
        return ERR(CONFIG);
    }
    if (root->type != JSON_OBJECT) {
        why_set(why, "a scenario is an object");
        return ERR(CONFIG);
    }
    JSON_EACH(member, root)
    {
        TRY(read_member(s, arena, member, why));
    }
    return err_ok();
}
