#include "sandbox/support.h"

#include "sandbox/desk_auth.h"
#include "sandbox/text.h"

#include <stdarg.h>
#include <stdio.h>

static const char forbidden[] = "You do not have access to this page. Please contact the account "
                                "owner of this help desk for further help.";

bool support_path(struct slice path)
{
    return slice_starts_with(path, SLICE("/api/v2/")) || slice_starts_with(path, SLICE("/oauth/"));
}

bool support_identify(struct call *c, struct slice caller)
{
    struct slice id = {0};
    if (!slice_empty(caller)) {
        (void)slice_split(caller, ' ', &id, &c->scope);
        c->actor = desk_person(&c->store->desk, id);
        c->caller = caller;
        return true;
    }
    struct desk_login login = {0};
    if (!desk_auth(c->store, c->arena, c->request->authorization, c->now, &login)) {
        return false;
    }
    c->actor = login.person;
    c->scope = login.scope;
    return c->actor == NULL ||
           call_ok(c, arena_printf(c->arena, &c->caller, "%.*s%s%.*s", SLICE_ARG(c->actor->id_text),
                                   slice_empty(c->scope) ? "" : " ", SLICE_ARG(c->scope)));
}

const struct route *support_route(struct call *c)
{
    const struct route_table tables[] = {
        api_oauth_routes(),         api_ticket_lists_routes(), api_tickets_routes(),
        api_comments_routes(),      api_tags_routes(),         api_uploads_routes(),
        api_support_users_routes(), api_desk_routes(),         api_support_webhooks_routes(),
        api_triggers_routes(),      api_search_routes(),       api_availabilities_routes(),
    };
    struct request bare = *c->request;
    if (slice_ends_with(bare.path, SLICE(".json"))) {
        bare.path = slice_sub(bare.path, 0, bare.path.len - 5);
    }
    const struct request *whole = c->request;
    c->request = &bare;
    const struct route *route = router_find(c, tables, sizeof tables / sizeof tables[0]);
    c->request = whole;
    return route;
}

static bool has_word(struct slice words, struct slice wanted)
{
    struct slice word = {0};
    while (!slice_empty(words)) {
        (void)slice_split(words, ' ', &word, &words);
        if (slice_equal(word, wanted)) {
            return true;
        }
    }
    return false;
}

/* "read write", or "tickets:read": audits want the whole `read`. */
static bool scope_allows(struct call *c)
{
    const char *verb = slice_equal(c->request->method, SLICE("GET")) ? "read" : "write";
    struct slice resource = slice_sub(c->request->path, 8, c->request->path.len);
    struct slice wanted = {0};
    if (slice_empty(c->scope) || has_word(c->scope, slice_of(verb))) {
        return true;
    }
    size_t end = slice_find(resource, '/');
    size_t dot = slice_find(resource, '.');
    resource = slice_sub(resource, 0, end < dot ? end : dot);
    if (text_contains(c->request->path, SLICE("/audits")) ||
        !call_ok(c, arena_printf(c->arena, &wanted, "%.*s:%s", SLICE_ARG(resource), verb))) {
        return false;
    }
    return has_word(c->scope, wanted);
}

bool support_may_call(struct call *c, const struct route *route)
{
    if (route->need == NEED_NOTHING) {
        return true;
    }
    if (c->actor == NULL) {
        support_refuse(c, 401, "Couldn't authenticate you", NULL);
        return false;
    }
    if (!c->store->account.support_api) {
        call_refuse(c, 403, "Forbidden", "API access is not available on your plan");
        return false;
    }
    if ((route->need == NEED_ADMIN && !c->store->account.administrator) || !scope_allows(c) ||
        c->actor->role == ROLE_END_USER || c->actor->suspended) {
        call_refuse(c, 403, "Forbidden", "%s", forbidden);
        return false;
    }
    return true;
}

void support_refuse(struct call *c, unsigned status, const char *error, const char *description)
{
    call_begin(c, status);
    json_object(&c->out);
    json_put_text(&c->out, "error", error);
    if (description != NULL) {
        json_put_text(&c->out, "description", description);
    }
    json_end(&c->out);
}

void support_not_found(struct call *c)
{
    support_refuse(c, 404, "RecordNotFound", "Not found");
}

void support_invalid(struct call *c, const char *field, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    call_begin(c, 422);
    json_object(&c->out);
    json_put_text(&c->out, "error", "RecordInvalid");
    json_put_text(&c->out, "description", "Record validation errors");
    json_key(&c->out, "details");
    json_object(&c->out);
    json_key(&c->out, field);
    json_array(&c->out);
    json_object(&c->out);
    json_put_text(&c->out, "description", text);
    json_end(&c->out);
    json_end(&c->out);
    json_end(&c->out);
    json_end(&c->out);
}

struct ticket *need_ticket(struct call *c, struct slice id)
{
    struct ticket *ticket = desk_ticket(&c->store->desk, id);
    if (ticket == NULL || !call_sees(c, ticket->created_at)) {
        support_not_found(c);
        return NULL;
    }
    c->note.conversation = ticket->id_text;
    c->note.external_id = ticket->external_id;
    return ticket;
}

const struct json *need_wrapped(struct call *c, const char *name)
{
    const struct json *object = json_find(c->body, name);
    if (object == NULL || object->type != JSON_OBJECT) {
        call_begin(c, 400);
        json_object(&c->out);
        json_put_text(&c->out, "error", "RecordInvalid");
        json_put_text(&c->out, "description", "Missing or wrong root of the body");
        json_key(&c->out, "details");
        json_object(&c->out);
        json_put_text(&c->out, "root", name);
        json_end(&c->out);
        json_end(&c->out);
        return NULL;
    }
    return object;
}

bool check_kept(struct call *c, const struct json *object, const char *name, struct slice *value)
{
    const struct json *member = json_find(object, name);
    if (member == NULL || member->type == JSON_NULL) {
        return true;
    }
    if (member->type != JSON_STRING && member->type != JSON_NUMBER) {
        support_invalid(c, name, "%s: is invalid", name);
        return false;
    }
    return call_keep(c, member->text, value);
}

struct slice support_url(struct call *c, const char *kind, struct slice id)
{
    struct slice url = {0};
    (void)call_ok(c, arena_printf(c->arena, &url, "http://%.*s/api/v2/%s/%.*s.json",
                                  SLICE_ARG(c->request->host), kind, SLICE_ARG(id)));
    return url;
}
