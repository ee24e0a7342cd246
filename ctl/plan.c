#include "ctl/plan.h"

#include "base/check.h"
#include "ctl/plan_seal.h"
#include "event/codec.h"

#include <sodium.h>

#include <string.h>

STATIC_CHECK((int)SEAL_PUBLIC_KEY_BYTES == (int)IDENT_KEY_BYTES, "keys of one size");

struct planner {
    struct arena *arena;
    const struct config_set *published;
    struct sealer sealer;
    struct plan *plan;
    struct why *why;
};

static err_t encode(struct planner *p, const struct config_record *record, struct slice *ret_value)
{
    CLEANUP(buf) struct buf value;
    buf_init(&value, LIMIT_RECORD_BYTES_MAX);
    TRY(codec_config_encode(record, &value));
    return arena_copy(p->arena, buf_slice(&value), ret_value);
}

static err_t add(struct planner *p, struct slice key, const struct config_record *after,
                 const struct config_record *before)
{
    struct plan_entry *entry = &p->plan->entries[p->plan->count];
    *entry = (struct plan_entry){.key = key, .after = *after, .before = *before};
    TRY(encode(p, after, &entry->value));
    if (before->kind == CONFIG_NONE) {
        entry->change = PLAN_ADDED;
    } else {
        struct slice old;
        TRY(encode(p, before, &old)); /* canonical: equal values, equal bytes */
        entry->change = slice_equal(old, entry->value) ? PLAN_SAME : PLAN_CHANGED;
    }
    p->plan->changes += entry->change != PLAN_SAME;
    p->plan->count++;
    return err_ok();
}

static err_t add_deployment(struct planner *p, const struct deployment *deployment)
{
    const struct deployment *old = config_deployment(p->published);
    struct config_record after = {.kind = CONFIG_DEPLOYMENT, .body.deployment = *deployment};
    struct config_record before = {.kind = CONFIG_NONE};
    if (old != NULL) {
        before = (struct config_record){.kind = CONFIG_DEPLOYMENT, .body.deployment = *old};
    }
    return add(p, SLICE("deployment"), &after, &before);
}

static err_t plan_deployment(struct planner *p, const struct public_keys *keys, uint32_t partitions,
                             struct slice public_url)
{
    const struct deployment *old = config_deployment(p->published);
    struct deployment now = {.partitions = partitions};
    if (old != NULL) {
        now = *old;
        now.partitions = old->partitions == 0 ? partitions : old->partitions;
    }
    now.public_url = public_url.len > 0 ? public_url : now.public_url;
    if (keys != NULL) {
        now.ingest_public_key = slice_from(keys->ingest, sizeof keys->ingest);
        now.egress_public_key = slice_from(keys->egress, sizeof keys->egress);
    }
    if (now.ingest_public_key.len != SEAL_PUBLIC_KEY_BYTES ||
        now.egress_public_key.len != SEAL_PUBLIC_KEY_BYTES) {
        why_set(p->why,
                "there are no public keys yet to seal secrets with: run `tieline keygen DIR`, then "
                "apply with --keys DIR/public.json");
        return ERR(CONFIG);
    }
    memcpy(p->sealer.keys.ingest, now.ingest_public_key.ptr, SEAL_PUBLIC_KEY_BYTES);
    memcpy(p->sealer.keys.egress, now.egress_public_key.ptr, SEAL_PUBLIC_KEY_BYTES);
    return add_deployment(p, &now);
}

static err_t id_key_of(struct planner *p, const struct account *old, struct slice *ret_key)
{
    if (old != NULL && old->id_key.len == IDENT_KEY_BYTES) {
        *ret_key = old->id_key;
        return err_ok();
    }
    unsigned char key[IDENT_KEY_BYTES];
    randombytes_buf(key, sizeof key);
    err_t e = arena_copy(p->arena, slice_from(key, sizeof key), ret_key);
    sodium_memzero(key, sizeof key);
    return e;
}

/* What Zendesk gave and the file does not name. */
static void keep_given(const struct draft_account *draft, const struct account *old,
                       struct account *now)
{
    if (old == NULL || !draft->has_conversations) {
        return;
    }
    if (now->integration_id.len == 0) {
        now->integration_id = old->integration_id;
    }
    if (now->switchboard_integration.len == 0) {
        now->switchboard_integration = old->switchboard_integration;
    }
    if (draft->agent_target_is_usual && old->agent_target.len > 0) {
        now->agent_target = old->agent_target;
    }
    if (draft->webhook_secrets.count == 0) {
        now->webhook_secrets = old->webhook_secrets;
    }
}

static err_t plan_account(struct planner *p, const struct draft_account *draft)
{
    const struct account *old = config_account(p->published, draft->account.name);
    struct config_record before = {.kind = CONFIG_NONE};
    struct config_record after = {.kind = CONFIG_ACCOUNT, .body.account = draft->account};
    if (old != NULL) {
        before = (struct config_record){.kind = CONFIG_ACCOUNT, .body.account = *old};
    }
    struct slice key;
    TRY(arena_printf(p->arena, &key, "account/%.*s", SLICE_ARG(draft->account.name)));
    TRY(id_key_of(p, old, &after.body.account.id_key));
    TRY(sealer_account(&p->sealer, draft, &after.body.account));
    keep_given(draft, old, &after.body.account);
    return add(p, key, &after, &before);
}

static err_t plan_store(struct planner *p, const struct draft_store *draft)
{
    const struct store *old = config_store(p->published, draft->store.name);
    struct config_record before = {.kind = CONFIG_NONE};
    struct config_record after = {.kind = CONFIG_STORE, .body.store = draft->store};
    if (old != NULL) {
        before = (struct config_record){.kind = CONFIG_STORE, .body.store = *old};
    }
    struct slice key;
    TRY(arena_printf(p->arena, &key, "store/%.*s", SLICE_ARG(draft->store.name)));
    TRY(sealer_store(&p->sealer, draft, &after.body.store));
    if (old != NULL && draft->signing_secrets.count == 0) {
        struct store *now = &after.body.store;
        memcpy(now->signing_secrets, old->signing_secrets, sizeof now->signing_secrets);
        now->signing_secret_count = old->signing_secret_count;
    }
    return add(p, key, &after, &before);
}

static err_t planner_init(struct planner *p, struct arena *arena,
                          const struct config_set *published, size_t entries, struct why *why,
                          struct plan *plan)
{
    *plan = (struct plan){.entries = ARENA_ARRAY(arena, struct plan_entry, entries)};
    *p = (struct planner){.arena = arena, .published = published, .plan = plan, .why = why};
    p->sealer.arena = arena;
    return plan->entries == NULL ? ERR(NO_MEMORY) : err_ok();
}

err_t plan_make(struct arena *arena, const struct config_file *file,
                const struct config_set *published, const struct public_keys *keys,
                uint32_t partitions, struct slice public_url, struct why *why,
                struct plan *ret_plan)
{
    struct planner p;
    TRY(planner_init(&p, arena, published, 1 + file->account_count + file->store_count, why,
                     ret_plan));
    TRY(plan_deployment(&p, keys, partitions, public_url));
    for (size_t i = 0; i < file->account_count; i++) {
        TRY(plan_account(&p, &file->accounts[i]));
    }
    for (size_t i = 0; i < file->store_count; i++) {
        TRY(plan_store(&p, &file->stores[i]));
    }
    return err_ok();
}

err_t plan_partitions(struct arena *arena, const struct config_set *published, uint32_t partitions,
                      struct why *why, struct plan *ret_plan)
{
    struct planner p;
    TRY(planner_init(&p, arena, published, 1, why, ret_plan));
    const struct deployment *old = config_deployment(published);
    struct deployment now = old == NULL ? (struct deployment){0} : *old;
    now.partitions = partitions;
    return add_deployment(&p, &now);
}

err_t plan_moved(struct arena *arena, const struct config_set *published, struct slice into,
                 struct why *why, struct plan *ret_plan)
{
    struct planner p;
    const struct deployment *old = config_deployment(published);
    if (old == NULL) {
        why_set(why, "there is no deployment");
        return ERR(CONFIG);
    }
    TRY(planner_init(&p, arena, published, 1, why, ret_plan));
    struct deployment now = *old;
    now.moved_into = into;
    return add_deployment(&p, &now);
}

static err_t add_off(struct planner *p, const char *kind, struct slice name, bool gone,
                     const struct config_record *before, const struct config_record *after)
{
    struct slice key;
    TRY(arena_printf(p->arena, &key, "%s/%.*s", kind, SLICE_ARG(name)));
    TRY(add(p, key, after, before));
    if (gone) {
        struct plan_entry *entry = &p->plan->entries[p->plan->count - 1];
        entry->value = (struct slice){NULL, 0};
        p->plan->changes += entry->change == PLAN_SAME;
        entry->change = PLAN_CHANGED;
    }
    return err_ok();
}

err_t plan_off(struct arena *arena, const struct config_set *published,
               const struct account *account, const struct store *const *stores, size_t store_count,
               bool gone, struct why *why, struct plan *ret_plan)
{
    struct planner p;
    TRY(planner_init(&p, arena, published, 1 + store_count, why, ret_plan));
    for (size_t i = 0; i < store_count; i++) {
        const struct store *old = config_store(published, stores[i]->name);
        if (old != NULL) {
            const struct config_record before = {.kind = CONFIG_STORE, .body.store = *old};
            struct config_record after = before;
            after.body.store.enabled = false;
            TRY(add_off(&p, "store", old->name, gone, &before, &after));
        }
    }
    const struct account *old = account == NULL ? NULL : config_account(published, account->name);
    if (old != NULL) {
        const struct config_record before = {.kind = CONFIG_ACCOUNT, .body.account = *old};
        struct config_record after = before;
        after.body.account.enabled = false;
        TRY(add_off(&p, "account", old->name, gone, &before, &after));
    }
    return err_ok();
}
