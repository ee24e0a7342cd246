/* The way in: is it our ingest that answers at the addresses that Zendesk calls? FEATURES rows 26,
 * 33, 48, 117, 120.
 *
 *     connectors   an empty batch with Zendesk's own secret   200 {"accepted":0}
 *     tickets      an empty call without a token              401, as a problem of ingest's
 *
 * Neither leaves anything in the log. */
#include "ctl/doctor/examine.h"
#include "ctl/text.h"
#include "ctl/url.h"
#include "rt/clock_sys.h"

enum { ADDRESS_BYTES = 2048, LINE_BYTES = 512, SLOW_MS = 5000, REACH_CHECKS = 7 };

struct probe {
    const struct store *store; /* NULL = of the account */
    struct slice registered;   /* as Zendesk calls it; empty = not known */
    const char *path;
    struct slice key; /* for X-API-Key; empty = no secret, 401 is right */
};

/* `false`: there is no address to be tried. */
static bool address_of(struct examination *x, const struct probe *p, char address[ADDRESS_BYTES])
{
    if (x->public_url == NULL) {
        text_set(address, ADDRESS_BYTES, "%.*s", SLICE_ARG(p->registered));
        return p->registered.len > 0;
    }
    text_set(address, ADDRESS_BYTES, "%s%s", x->public_url, p->path);
    if (p->registered.len > 0 && !slice_equal(p->registered, slice_of(address))) {
        found(x, CHECK_PUBLIC_DIFFERS, p->store, "Zendesk calls %.*s, not %s",
              SLICE_ARG(p->registered), address);
    }
    return true;
}

static bool is_problem(const struct json *body)
{
    return json_find(body, "title") != NULL && json_find(body, "status") != NULL;
}

static void judge(struct examination *x, const struct probe *p, const char *address,
                  const struct rest_answer *answer, int64_t took_ms)
{
    bool has_key = p->key.len > 0;
    bool is_ingest = answer->status == 200 ? json_find(answer->body, "accepted") != NULL
                                           : is_problem(answer->body);
    if (answer->status == 503) {
        found(x, CHECK_PUBLIC_BUSY, p->store, "%s answered 503", address);
    } else if (answer->status == 401 && is_ingest && has_key) {
        found(x, CHECK_PUBLIC_REFUSED, p->store, "%s answered 401 to Zendesk's own secret",
              address);
    } else if (!is_ingest || answer->status != (has_key ? 200 : 401)) {
        found(x, CHECK_PUBLIC_OTHER, p->store, "%s answered %ld, and not as ingest does", address,
              answer->status);
    }
    if (took_ms > SLOW_MS) {
        found(x, CHECK_PUBLIC_SLOW, p->store, "%s took %lld ms", address, (long long)took_ms);
    }
}

static err_t call(struct examination *x, const struct probe *p, const char *address)
{
    static const struct rest_login nobody = {REST_NOBODY, NULL, NULL};
    static const char empty[] =
        "{\"app\":{\"id\":\"tieline-doctor\"},\"webhook\":{\"id\":\"tieline-"
        "doctor\",\"version\":\"v2\"},\"events\":[]}";
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    struct clock clock = clock_sys();
    struct why why = {""};
    struct rest_answer answer;
    const char *base = NULL;
    const char *path = NULL;
    if (!examine_split(x->arena, slice_of(address), &base, &path)) {
        found(x, CHECK_PUBLIC_OTHER, p->store, "%s is no address", address);
        return err_ok();
    }
    TRY(rest_new(base, &nobody, &rest));
    if (p->key.len > 0) {
        char line[LINE_BYTES];
        text_set(line, sizeof line, "X-API-Key: %.*s", SLICE_ARG(p->key));
        TRY(rest_header(rest, line));
    }
    mono_ms_t before = clock_mono(&clock);
    err_t e = rest_call(rest, "call the webhook's address", "POST", path, slice_of(empty), x->arena,
                        &why, &answer);
    if (err_is(e, ERR_NO_MEMORY)) {
        return e;
    }
    if (answer.status == 0) {
        found(x, CHECK_PUBLIC_UNREACHABLE, p->store, "%s", why.text);
    } else {
        judge(x, p, address, &answer, mono_since(clock_mono(&clock), before).ms);
    }
    return err_ok();
}

static err_t probe(struct examination *x, const struct probe *p)
{
    char address[ADDRESS_BYTES];
    struct url url;
    if (!address_of(x, p, address)) {
        return err_ok();
    }
    looked(x, REACH_CHECKS);
    if (url_parse(slice_of(address), &url) == NULL && !url.is_https && !url_is_loopback(&url)) {
        found(x, CHECK_PUBLIC_HTTP, p->store, "%s is not https", address);
    }
    return call(x, p, address);
}

static err_t probe_messaging(struct examination *x)
{
    char path[ADDRESS_BYTES];
    if (x->webhook == NULL) {
        return err_ok();
    }
    text_set(path, sizeof path, "/api/v1/connectors/%.*s/webhook",
             SLICE_ARG(x->patient->account->name));
    struct slice target = json_string(json_find(x->webhook, "target"));
    if (x->public_url == NULL && !slice_ends_with(target, slice_of(path))) {
        return err_ok(); /* it goes elsewhere, and that was said; its secret is not for others */
    }
    const struct probe p = {
        .registered = target,
        .path = path,
        .key = json_string(json_find(x->webhook, "secret")),
    };
    return probe(x, &p);
}

static struct slice ticket_address(const struct examination *x, const char *path)
{
    for (size_t i = 0; i < x->hooks.list.count; i++) {
        struct slice endpoint = json_string(json_find(x->hooks.list.items[i], "endpoint"));
        if (slice_ends_with(endpoint, slice_of(path))) {
            return endpoint;
        }
    }
    return (struct slice){NULL, 0};
}

err_t check_reach(struct examination *x)
{
    TRY(probe_messaging(x));
    for (size_t i = 0; i < x->patient->store_count; i++) {
        const struct store *store = x->patient->stores[i].store;
        char path[ADDRESS_BYTES];
        text_set(path, sizeof path, "/api/v1/stores/%.*s/tickets", SLICE_ARG(store->name));
        const struct probe p = {
            .store = store, .registered = ticket_address(x, path), .path = path};
        if (store->enabled && p.registered.len > 0) {
            TRY(probe(x, &p));
        }
    }
    return err_ok();
}
