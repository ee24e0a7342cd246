#include "ctl/steps.h"

enum { BODY_BYTES_MAX = 16 * 1024 };

#define NEW_ID "(new)"

void steps_init(struct steps *s, struct zendesk *zendesk)
{
    *s = (struct steps){.zendesk = zendesk};
    buf_init(&s->body, BODY_BYTES_MAX);
}

void steps_deinit(struct steps *s)
{
    buf_deinit(&s->body);
}

struct json_write *steps_begin(struct steps *s)
{
    buf_reset(&s->body);
    json_write_init(&s->json, &s->body);
    json_object(&s->json);
    return &s->json;
}

err_t steps_say(struct steps *s, enum step_kind kind, const char *what)
{
    s->at = kind;
    TRY(s->dry ? err_ok() : lease_keep(s->lease));
    s->changes++;
    if (s->say != NULL) {
        s->say(s->say_arg, what);
    }
    return err_ok();
}

static bool is_of_support(enum step_kind kind)
{
    return kind == STEP_LOGIN || kind == STEP_BOT_USER || kind == STEP_BRANDS ||
           kind == STEP_WEBHOOK || kind == STEP_TRIGGER;
}

static err_t send_step(struct steps *s, enum step_kind kind, const char *what, const char *method,
                       const char *path, struct slice body, struct rest_answer *ret)
{
    *ret = (struct rest_answer){0, NULL};
    TRY(steps_say(s, kind, what));
    if (s->dry) {
        return err_ok();
    }
    return is_of_support(kind) ? zendesk_support(s->zendesk, what, method, path, body, ret)
                               : zendesk_conversations(s->zendesk, what, method, path, body, ret);
}

err_t steps_change(struct steps *s, enum step_kind kind, const char *what, const char *method,
                   const char *path, struct rest_answer *ret)
{
    json_end(&s->json);
    TRY(json_write_done(&s->json));
    return send_step(s, kind, what, method, path, buf_slice(&s->body), ret);
}

err_t steps_remove(struct steps *s, enum step_kind kind, const char *what, const char *path)
{
    struct rest_answer answer;
    err_t e = send_step(s, kind, what, "DELETE", path, (struct slice){NULL, 0}, &answer);
    if (err_failed(e) && s->zendesk->failure.status == 404) {
        why_set(s->zendesk->why, "%s", "");
        return err_ok();
    }
    return e;
}

err_t steps_id(struct steps *s, const char *what, const struct json *at, struct slice *ret_id)
{
    *ret_id = json_id(at);
    if (ret_id->len == 0 && s->dry) {
        *ret_id = SLICE(NEW_ID);
    }
    if (ret_id->len == 0) {
        why_set(s->zendesk->why, "could not %s: the answer is not as documented", what);
        return ERR(CONFIG);
    }
    return err_ok();
}

bool steps_is_new(struct slice id)
{
    return slice_equal(id, SLICE(NEW_ID));
}

const char *steps_by_hand(enum step_kind kind)
{
    switch (kind) {
    case STEP_LOGIN:
        return "Admin Center > Apps and integrations > APIs > OAuth clients > Add OAuth client: "
               "kind Confidential, and put its Identifier and Secret into the configuration file";
    case STEP_KEY:
        return "Admin Center > Apps and integrations > APIs > Conversations API > Create API key: "
               "put App ID, Key ID and Secret key into the configuration file";
    case STEP_BOT_USER:
        return "Admin Center > People > Team > Team members > Create team member: role Agent, not "
               "Light agent; open the mail that Zendesk sends and verify the address";
    case STEP_BRANDS:
        return "Admin Center > Account > Brand management > Brands: the id stands in the address "
               "of a brand's page";
    case STEP_INTEGRATION:
        return "Admin Center > Apps and integrations > Integrations > Conversations integrations > "
               "Create integration: the webhook endpoint URL that is named above, all Webhook "
               "subscriptions, \"Include full user\" and \"Include full source\"; then run this "
               "again";
    case STEP_SWITCHBOARD:
    case STEP_LINE:
        return "Zendesk has no screen for the switchboard: it is made when messaging is switched "
               "on (Admin Center > Channels > Messaging and social > Messaging); then run this "
               "again";
    case STEP_RESPONDER:
        return "Admin Center > Channels > Messaging and social > Messaging > Manage settings > "
               "Default responder, or of one channel: its page > Responder";
    case STEP_WEBHOOK:
        return "Admin Center > Apps and integrations > Webhooks > Webhooks > Create webhook: "
               "\"Trigger or automation\", the endpoint URL that is named above, POST, JSON, "
               "Bearer token: the store's first token; then run this again";
    case STEP_TRIGGER:
        return "Admin Center > Objects and rules > Business rules > Triggers > Create trigger: the "
               "conditions of docs/ZENDESK-SETUP.md, \"Notify by > Active webhook\"";
    case STEP_PUBLISH: return "run this again when the brokers answer";
    case STEP_NONE: break;
    }
    return "";
}
