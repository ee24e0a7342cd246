#include "tests/unit/egress/desk_rig.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

static struct peer_reply written(struct desk *d, size_t nth, const char *good, uint32_t status)
{
    if (nth <= d->lost) {
        return (struct peer_reply){.result = PEER_LOST, .after = span_ms(5)};
    }
    if (nth <= d->lost + d->conflicts) {
        d->stamp = d->late;
        return (struct peer_reply){.status = 409, .body = "{\"error\":\"UpdateConflict\"}"};
    }
    if (d->keyed != NULL) {
        return (struct peer_reply){.status = 400, .body = d->keyed};
    }
    if (d->status != 0) {
        return (struct peer_reply){
            .status = d->status, .retry_after = d->wait, .rate_remaining = d->remaining};
    }
    return (struct peer_reply){.status = status, .body = good};
}

/* One audit, alone or in a list. */
static void audit_put(struct desk *d, bool is_list, char *body, size_t size)
{
    d->audits++;
    (void)snprintf(body, size,
                   "{\"%s{\"id\":5,\"ticket_id\":17,\"created_at\":\"2026-09-14T09:12:05Z\","
                   "\"via\":{\"channel\":\"api\"},\"metadata\":{\"custom\":{\"tieline.effect\":"
                   "\"%s\"}}}%s",
                   is_list ? "audits\":[" : "audit\":", d->stamp == NULL ? "-" : d->stamp,
                   is_list ? "]}" : "}");
}

static struct peer_reply read_of(struct desk *d, const struct peer_seen *seen)
{
    static char body[1024];
    if (strstr(seen->url.ptr, "/audits") != NULL) {
        audit_put(d, strstr(seen->url.ptr, "/audits?") != NULL, body, sizeof body);
    } else if (strstr(seen->url.ptr, "/comments?") != NULL) {
        d->comments++;
        if (d->comments <= d->large) {
            return (struct peer_reply){.result = PEER_LOST};
        }
        (void)snprintf(
            body, sizeof body,
            "{\"comments\":[%s{\"id\":3,\"author_id\":5,\"public\":true,\"body\":\"hi\"}]"
            ",\"users\":[{\"id\":5,\"role\":\"end-user\"}]}",
            d->puts == 0 ? "" : "{\"id\":4,\"author_id\":900,\"audit_id\":5},");
    } else if (strstr(seen->url.ptr, "?external_id=") != NULL) {
        d->lists++;
        (void)snprintf(body, sizeof body, "{\"tickets\":[{\"id\":77,\"external_id\":\"%s\"}]}",
                       d->listed ? d->external_id : "");
    } else if (strstr(seen->url.ptr, "/conversations/") != NULL) {
        d->checks++;
        (void)snprintf(body, sizeof body,
                       "{\"conversation\":{\"id\":\"c\",\"activeSwitchboardIntegration\":"
                       "{\"id\":\"%s\",\"name\":\"%s\",\"integrationType\":\"%s\"}}}",
                       d->active, d->active,
                       d->active != NULL && strncmp(d->active, "zd-", 3) == 0 ? "zd:agentWorkspace"
                                                                              : "custom");
        if (d->active == NULL) {
            (void)snprintf(body, sizeof body, "{\"conversation\":{\"id\":\"c\"}}");
        }
    } else {
        d->gets++;
        if (d->gets <= d->unseen) {
            return (struct peer_reply){.status = 404};
        }
        (void)snprintf(body, sizeof body,
                       "{\"ticket\":{\"id\":17,\"assignee_id\":%s,\"subject\":\"s\",\"updated_at\":"
                       "\"%s\"}}",
                       d->assignee == NULL ? "900" : d->assignee,
                       d->updated == NULL ? "2026-01-01T00:00:00Z" : d->updated);
        return (struct peer_reply){.status = 200, .body = body, .after = d->slow};
    }
    return (struct peer_reply){.status = 200, .body = body};
}

static struct peer_reply desk_reply(void *arg, const struct peer_seen *seen, size_t index)
{
    static char token[96];
    struct desk *d = arg;
    (void)index;
    if (slice_ends_with(seen->url, SLICE("/oauth/tokens"))) {
        d->tokens++;
        (void)snprintf(token, sizeof token, "{\"access_token\":\"t%zu\",\"expires_in\":1000}",
                       d->tokens);
        return (struct peer_reply){.status = d->token_status != 0 ? d->token_status : 201,
                                   .body = token};
    }
    if (d->unauthorized > 0) {
        d->unauthorized--;
        return (struct peer_reply){.status = 401};
    }
    if (slice_equal(seen->method, SLICE("PUT"))) {
        return written(d, ++d->puts, "{\"ticket\":{\"id\":17}}", 200);
    }
    if (slice_equal(seen->method, SLICE("POST"))) {
        bool is_ticket = slice_ends_with(seen->url, SLICE("/api/v2/tickets"));
        return written(d, ++d->posts,
                       is_ticket ? "{\"ticket\":{\"id\":77}}" : "{\"messages\":[{\"id\":\"m\"}]}",
                       201);
    }
    return read_of(d, seen);
}

void desk_begin(struct rig *r, struct desk *d, bool uses_oauth)
{
    rig_init_with(r, 1, desk_reply, d, uses_oauth);
    rig_start(r);
}

struct command desk_command(struct rig *r, enum effect_kind effect, enum http_method method,
                            enum voice voice)
{
    struct command c = rig_base(r, effect, "acme", "c1");
    c.api = API_SUPPORT;
    c.method = method;
    c.voice = voice;
    c.remote_id = SLICE("17");
    c.path = SLICE("/api/v2/tickets/17");
    if (method == METHOD_PUT) {
        c.body = SLICE("{\"ticket\":{\"comment\":{\"body\":\"hi\",\"public\":true}}}");
    }
    return c;
}

bool desk_has_outcome(struct rig *r, int64_t offset)
{
    return rig_outcome(r, rig_partition(r, "acme", "c1"), offset) != NULL;
}

const struct outcome *desk_outcome(struct rig *r, int64_t offset)
{
    const struct outcome *o = rig_outcome(r, rig_partition(r, "acme", "c1"), offset);
    CHECK(o != NULL);
    return o;
}

const struct peer_seen *desk_last(struct rig *r, const char *method)
{
    size_t i = r->peer.seen_count;
    while (i > 0 && !slice_equal(r->peer.seen[i - 1].method, slice_of(method))) {
        i--;
    }
    CHECK(i > 0);
    return &r->peer.seen[i - 1];
}
