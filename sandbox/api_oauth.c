/* POST /oauth/tokens: client credentials for a token that ends. */
#include "sandbox/desk_auth.h"
#include "sandbox/router.h"
#include "sandbox/support.h"
#include "sandbox/text.h"

static void refuse(struct call *c, unsigned status, const char *error, const char *description)
{
    call_begin(c, status);
    json_object(&c->out);
    json_put_text(&c->out, "error", error);
    json_put_text(&c->out, "error_description", description);
    json_end(&c->out);
}

/* From a JSON body or from a form. */
static struct slice parameter(struct call *c, const char *name)
{
    struct slice value = {0};
    if (c->body != NULL) {
        return json_id(json_find(c->body, name));
    }
    return text_query(c->arena, c->request->body, name, &value) ? value : (struct slice){0};
}

/* "read write", "tickets:read tickets:write"; empty = read, as there. */
static bool scope_fits(struct slice scope)
{
    static const char *const verbs[] = {"read", "write"};
    struct slice word = {0};
    struct slice resource = {0};
    struct slice verb = {0};
    while (!slice_empty(scope)) {
        (void)slice_split(scope, ' ', &word, &scope);
        if (!slice_split(word, ':', &resource, &verb)) {
            verb = resource;
        }
        if (!slice_equal(verb, slice_of(verbs[0])) && !slice_equal(verb, slice_of(verbs[1]))) {
            return false;
        }
    }
    return true;
}

static void create_token(struct call *c)
{
    const struct store *store = c->store;
    struct slice grant = parameter(c, "grant_type");
    struct slice scope = parameter(c, "scope");
    struct slice token = {0};
    span_ms_t life = span_s(store->limits.oauth_token_s);
    if (!slice_equal(grant, SLICE("client_credentials"))) {
        refuse(c, 400, "unsupported_grant_type", "The grant type is not client_credentials.");
        return;
    }
    if (store->account.oauth_revoked ||
        !slice_equal(parameter(c, "client_id"), store->oauth_client_id) ||
        !slice_equal(parameter(c, "client_secret"), store->oauth_client_secret)) {
        refuse(c, 401, "invalid_client", "Client authentication failed.");
        return;
    }
    if (!scope_fits(scope)) {
        refuse(c, 400, "invalid_scope", "The requested scope is invalid.");
        return;
    }
    if (slice_empty(scope) || store->account.read_only) {
        scope = SLICE("read");
    }
    if (!call_ok(c, desk_auth_token(store, c->arena, scope, c->now, life, &token))) {
        return;
    }
    call_begin(c, 201);
    json_object(&c->out);
    json_put_slice(&c->out, "access_token", token);
    json_key(&c->out, "refresh_token");
    json_null(&c->out);
    json_put_text(&c->out, "token_type", "bearer");
    json_put_slice(&c->out, "scope", scope);
    json_put_int(&c->out, "expires_in", store->limits.oauth_token_s);
    json_end(&c->out);
}

struct route_table api_oauth_routes(void)
{
    static const struct route routes[] = {
        {"POST", "/oauth/tokens", NEED_NOTHING, create_token},
    };
    return ROUTE_TABLE(routes);
}
