#include "ctl/plan_seal.h"

#include "base/buf.h"
#include "event/ident.h"

enum { BOX_BYTES_MAX = LIMIT_SECRET_BYTES_MAX + 256 };

/* place  names where the secret stands, so that the same secret looks different elsewhere */
static err_t seal(struct sealer *s, const unsigned char *public_key, const char *kind,
                  struct slice name, const char *member, const struct draft_secret *secret,
                  struct sealed *ret)
{
    if (secret->at == NULL || secret->text.len == 0) {
        return err_ok();
    }
    struct slice place;
    CLEANUP(buf) struct buf box;
    buf_init(&box, BOX_BYTES_MAX);
    TRY(arena_printf(s->arena, &place, "%s/%.*s %s", kind, SLICE_ARG(name), member));
    TRY(seal_close_repeatable(public_key, place, secret->text, &box));
    return arena_copy(s->arena, buf_slice(&box), &ret->box);
}

static err_t seal_signing(struct sealer *s, const char *kind, struct slice name,
                          const struct draft_secrets *secrets,
                          struct sealed ret[LIMIT_LIVE_SECRETS_MAX])
{
    for (size_t i = 0; i < secrets->count; i++) {
        TRY(seal(s, s->keys.ingest, kind, name, "signing", &secrets->secret[i], &ret[i]));
    }
    return err_ok();
}

static struct secret_hashes hash(const struct draft_secrets *secrets)
{
    struct secret_hashes hashes = {.count = secrets->count};
    for (size_t i = 0; i < secrets->count; i++) {
        ident_secret_hash(secrets->secret[i].text, hashes.hash[i].bytes);
    }
    return hashes;
}

err_t sealer_account(struct sealer *s, const struct draft_account *draft, struct account *ret)
{
    const struct slice name = draft->account.name;
    const unsigned char *egress = s->keys.egress;
    TRY(seal(s, egress, "account", name, "key_secret", &draft->key_secret, &ret->key_secret));
    TRY(seal(s, egress, "account", name, "api_token", &draft->api_token, &ret->api_token));
    TRY(seal(s, egress, "account", name, "oauth", &draft->oauth_client_secret,
             &ret->oauth_client_secret));
    TRY(seal_signing(s, "account", name, &draft->signing_secrets, ret->signing_secrets));
    ret->signing_secret_count = draft->signing_secrets.count;
    ret->webhook_secrets = hash(&draft->webhook_secrets);
    return err_ok();
}

err_t sealer_store(struct sealer *s, const struct draft_store *draft, struct store *ret)
{
    TRY(seal(s, s->keys.egress, "store", draft->store.name, "bot", &draft->bot_secret,
             &ret->bot_secret));
    TRY(seal_signing(s, "store", draft->store.name, &draft->signing_secrets, ret->signing_secrets));
    ret->signing_secret_count = draft->signing_secrets.count;
    ret->tokens = hash(&draft->tokens);
    return err_ok();
}
