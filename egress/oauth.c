#include "egress/oauth.h"

#include "base/check.h"
#include "egress/core/outcome.h"
#include "egress/core/support.h"
#include "egress/core/token.h"
#include "egress/loop_state.h"
#include "egress/request.h"
#include "json/json_read.h"

#include <sodium.h>

#include <stdlib.h>

enum { RENEW_AGAIN_MS = 10 * 1000 };

err_t oauth_init(struct oauth *o, uint64_t seed)
{
    *o = (struct oauth){0};
    tickets_init(&o->tickets);
    return table_new(LIMIT_ACCOUNTS_MAX, seed, &o->by_account);
}

void oauth_deinit(struct oauth *o)
{
    for (size_t i = 0; o->by_account != NULL && i < table_count(o->by_account); i++) {
        struct grant *grant = table_at(o->by_account, i, NULL);
        free((void *)(uintptr_t)grant->account.ptr);
        free(grant);
    }
    table_free(o->by_account);
    tickets_deinit(&o->tickets);
    *o = (struct oauth){0};
}

static err_t grant_get(struct oauth *o, struct slice account, struct grant **ret_grant)
{
    struct grant *grant = table_get(o->by_account, account);
    if (grant == NULL) {
        grant = calloc(1, sizeof *grant);
        char *name = malloc(account.len + 1);
        if (grant == NULL || name == NULL) {
            free(grant);
            free(name);
            return ERR(NO_MEMORY);
        }
        memcpy(name, account.ptr, account.len);
        name[account.len] = '\0';
        grant->account = slice_from(name, account.len);
        err_t e = table_put(o->by_account, account, grant, NULL);
        if (err_failed(e)) {
            free(name);
            free(grant);
            return e;
        }
    }
    *ret_grant = grant;
    return err_ok();
}

/* Sends the request for a token; counted at the gate like a call. */
static err_t ask(struct egress_loop *l, const struct account *account, struct grant *grant,
                 bool *login_failed)
{
    struct slice body = {0};
    struct slice url = {0};
    uint64_t ticket = 0;
    TRY(support_url(&l->scratch, account, SLICE("/oauth/tokens"), &url));
    err_t e = login_token_request(&l->options.login, account, &body);
    *login_failed = err_failed(e);
    TRY(e);
    TRY(tickets_issue(&l->oauth.tickets, grant, &ticket));
    struct peer_request request = {
        .method = SLICE("POST"),
        .url = url,
        .body = body,
        .headers = {SLICE("Content-Type: application/json"), SLICE("Accept: application/json")},
        .header_count = 2,
        .deadline = l->options.call_timeout,
        .cookie = ticket | LOOP_TOKEN_BIT,
    };
    const struct target target = {.account = account};
    e = request_submit_to(&l->options.peer, HOST_SUPPORT, &target, &request);
    if (err_failed(e)) {
        CHECK(tickets_redeem(&l->oauth.tickets, ticket) == grant);
        return e;
    }
    grant->is_out = true;
    grant->is_stale = false;
    grant->probe = gates_started(&l->gates, grant->gate);
    return err_ok();
}

err_t oauth_ready(struct egress_loop *l, const struct account *account, struct call *call,
                  bool *ret_login_failed, bool *ret_waits)
{
    struct grant *grant = NULL;
    *ret_login_failed = false;
    call->token = 0;
    *ret_waits = false;
    if (slice_empty(account->oauth_client_id)) {
        return err_ok();
    }
    TRY(grant_get(&l->oauth, account->name, &grant));
    grant->gate = call->gate;
    if (grant->is_held && !mono_before(l->now, grant->ends_at)) {
        grant->is_held = false;
        login_token_drop(&l->options.login, grant->account);
    }
    if (!grant->is_held) {
        if (!grant->is_out) {
            TRY(ask(l, account, grant, ret_login_failed));
            if (call->probe != 0) { /* it goes instead of the call */
                grant->probe = call->probe;
                call->probe = 0;
            }
        }
        call->gate->is_held = true;
        *ret_waits = true;
        return err_ok();
    }
    call->token = grant->serial;
    if (!grant->is_out && !mono_before(l->now, grant->renew_at)) {
        /* The old one is good for a while: whatever is wrong, there is time to try again. */
        grant->renew_at = mono_add(l->now, span_ms(RENEW_AGAIN_MS));
        err_t e = ask(l, account, grant, ret_login_failed);
        *ret_login_failed = false;
        if (err_failed(e)) {
            loop_trouble(l, "an access token could not be asked for", e, 0);
        }
    }
    return err_ok();
}

/* A secret in memory that is about to be used for something else. */
static void wipe(struct slice secret)
{
    if (!slice_empty(secret)) {
        sodium_memzero((void *)(uintptr_t)secret.ptr, secret.len);
    }
}

static err_t keep(struct egress_loop *l, struct grant *grant, const struct account *account,
                  const struct peer_answer *answer)
{
    const struct json *root = NULL;
    struct token token = {0};
    arena_reset(&l->scratch);
    TRY(json_parse(&l->scratch, answer->body, NULL, NULL, &root));
    err_t e = token_read(root, &token);
    e = err_failed(e) ? e : login_token_keep(&l->options.login, account, token.access);
    JSON_EACH(member, root->type == JSON_OBJECT ? root : NULL)
    {
        wipe(member->text);
    }
    TRY(e);
    grant->is_held = true;
    grant->serial++;
    grant->renew_at = token_renew_at(l->now, token.life);
    grant->ends_at = token_ends_at(l->now, token.life);
    return err_ok();
}

err_t oauth_answer(struct egress_loop *l, const struct peer_answer *answer)
{
    struct grant *grant = tickets_redeem(&l->oauth.tickets, answer->cookie & ~LOOP_TOKEN_BIT);
    CHECK(grant != NULL && grant->is_out); /* each request is answered once */
    grant->is_out = false;
    grant->gate->is_held = false;
    enum verdict verdict =
        outcome_verdict(answer->result, answer->status, true, EFFECT_FETCH_TICKET);
    const struct account *account = config_account(l->config, grant->account);
    if (verdict == VERDICT_APPLIED && account != NULL && !grant->is_stale) {
        err_t e = keep(l, grant, account, answer);
        if (err_failed(e)) {
            loop_trouble(l, "the answer holds no access token", e, answer->status);
            verdict = VERDICT_CREDENTIAL;
        }
    } else if (verdict == VERDICT_REFUSED) {
        verdict = VERDICT_CREDENTIAL; /* no such client, or not with this secret */
    }
    if (verdict != VERDICT_APPLIED) {
        loop_trouble(l, "no access token was given", ERR(UNAVAILABLE), answer->status);
    }
    if (verdict == VERDICT_CREDENTIAL && grant->is_held) {
        verdict = VERDICT_RETRY; /* the one that is held still opens the door */
    }
    answer_gate_told(l, grant->gate, grant->probe, answer, verdict, 0);
    return err_ok();
}

bool oauth_refused(struct egress_loop *l, struct slice account, uint32_t serial)
{
    struct grant *grant = serial == 0 ? NULL : table_get(l->oauth.by_account, account);
    if (grant == NULL || !grant->is_held || grant->serial != serial) {
        return serial != 0; /* another has taken its place, or will */
    }
    grant->is_held = false;
    login_token_drop(&l->options.login, account);
    bool is_first = !grant->was_refused;
    grant->was_refused = true;
    return is_first;
}

void oauth_proven(struct egress_loop *l, struct slice account, uint32_t serial)
{
    struct grant *grant = serial == 0 ? NULL : table_get(l->oauth.by_account, account);
    if (grant != NULL && grant->serial == serial) {
        grant->was_refused = false;
    }
}

void oauth_forget(struct egress_loop *l)
{
    for (size_t i = 0; i < table_count(l->oauth.by_account); i++) {
        struct grant *grant = table_at(l->oauth.by_account, i, NULL);
        grant->is_held = false;
        grant->is_stale = grant->is_out;
        grant->was_refused = false;
    }
}
