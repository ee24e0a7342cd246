#include "ctl/apply.h"
#include "ctl/dev.h"
#include "ctl/keys.h"
#include "ctl/pretty.h"
#include "ctl/read_file.h"
#include "ctl/setup_tickets.h"
#include "ctl/text.h"
#include "ctl/write_file.h"
#include "json/json_write.h"

#include <sodium.h>

#include <unistd.h>

enum { SECRET_BYTES = 24, CONFIG_BYTES_MAX = 64 * 1024, FACT_BYTES_MAX = 4096 };

static const char *const store_names[DEV_STORE_COUNT] = {"shoes", "hats"};

err_t dev_keys(struct dev *d, struct why *why)
{
    const char *dir = NULL;
    const char *public_keys = NULL;
    struct public_keys keys;
    TRY(dev_path(d, "keys", &dir));
    TRY(dev_path(d, "keys/public.json", &public_keys));
    return access(public_keys, F_OK) == 0 ? err_ok() : keys_make(dir, why, &keys);
}

/* Keeps what the file holds; makes it the first time. */
static err_t secret_file(struct dev *d, const char *name, const char *prefix, int variant,
                         struct why *why, struct slice *ret_secret)
{
    const char *path = NULL;
    char tail[64];
    text_set(tail, sizeof tail, "secrets/%s", name);
    TRY(dev_path(d, tail, &path));
    if (access(path, F_OK) == 0) {
        struct slice text;
        TRY(read_file(&d->arena, path, FACT_BYTES_MAX, why, &text));
        *ret_secret = slice_trim(text);
        return err_ok();
    }
    unsigned char random[SECRET_BYTES];
    char encoded[sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(encoded, sizeof encoded, random, sizeof random, variant);
    TRY(arena_printf(&d->arena, ret_secret, "%s%s", prefix, encoded));
    return write_file(path, 0600, *ret_secret, why);
}

err_t dev_secrets(struct dev *d, struct why *why)
{
    const char *dir = NULL;
    TRY(dev_path(d, "secrets", &dir));
    TRY(make_folder(dir, why));
    TRY(secret_file(d, "bot", "whsec_", sodium_base64_VARIANT_ORIGINAL, why, &d->bot_secret));
    for (size_t i = 0; i < DEV_STORE_COUNT; i++) {
        char name[32];
        d->stores[i].name = store_names[i];
        text_set(name, sizeof name, "token-%s", store_names[i]);
        TRY(secret_file(d, name, "", sodium_base64_VARIANT_URLSAFE_NO_PADDING, why,
                        &d->stores[i].token));
    }
    return err_ok();
}

/* A text of the sandbox's ready line; texts of an arena end with a NUL. */
static const char *fact(const struct dev *d, const char *path)
{
    struct slice text = json_id(json_find(d->sandbox, path));
    return text.ptr == NULL ? "" : text.ptr;
}

static err_t connect_messaging(struct dev *d, struct steps *steps)
{
    struct slice target;
    TRY(arena_printf(&d->arena, &target, "http://%s/api/v1/connectors/%s/webhook", d->ingest_listen,
                     fact(d, "subdomain")));
    const struct setup_request request = {
        .name = "Tieline",
        .target = target.ptr,
        .line_name = "tieline",
        .default_responder = true,
    };
    return setup_messaging(steps, &request, &d->zendesk);
}

static err_t connect_tickets(struct dev *d, struct steps *steps)
{
    struct setup_tickets_store stores[DEV_STORE_COUNT];
    struct setup_tickets_given given[DEV_STORE_COUNT];
    for (size_t i = 0; i < DEV_STORE_COUNT; i++) {
        const struct dev_store *store = &d->stores[i];
        struct slice target;
        TRY(arena_printf(&d->arena, &target, "http://%s/api/v1/stores/%s/tickets", d->ingest_listen,
                         store->name));
        stores[i] = (struct setup_tickets_store){
            .name = store->name,
            .brand_id = store->brand_id,
            .token = store->token,
            .target = target.ptr,
            .ret = &given[i],
        };
    }
    const struct setup_tickets_request request = {
        .name = "Tieline",
        .bot_user_id = slice_of(fact(d, "bot_user_id")),
        .stores = stores,
        .store_count = DEV_STORE_COUNT,
    };
    return setup_tickets(steps, &request);
}

static err_t connect_both(struct dev *d, struct why *why)
{
    const struct zendesk_login login = {
        .support_url = fact(d, "support_url"),
        .client_id = fact(d, "oauth.client_id"),
        .client_secret = fact(d, "oauth.client_secret"),
        .email = fact(d, "email"),
        .api_token = fact(d, "api_token"),
        .conversations_url = fact(d, "conversations_url"),
        .app_id = fact(d, "app_id"),
        .key_id = fact(d, "key_id"),
        .key_secret = fact(d, "key_secret"),
    };
    CLEANUP(zendesk) struct zendesk zendesk = {.login = &login};
    CLEANUP(steps) struct steps steps;
    steps_init(&steps, &zendesk);
    TRY(zendesk_open(&login, &d->arena, why, &zendesk));
    TRY(connect_messaging(d, &steps));
    return connect_tickets(d, &steps);
}

err_t dev_connect(struct dev *d, struct why *why)
{
    size_t i = 0;
    JSON_EACH(brand, json_find(d->sandbox, "brands"))
    {
        if (i < DEV_STORE_COUNT) {
            d->stores[i].brand_id = json_id(json_find(brand, "id"));
            d->stores[i].brand_name = json_string(json_find(brand, "name"));
            d->stores[i].widget_id = json_string(json_find(brand, "widget_integration_id"));
            i++;
        }
    }
    if (i < DEV_STORE_COUNT) {
        why_set(why, "the sandbox has %zu brands, needed are %d", i, (int)DEV_STORE_COUNT);
        return ERR(CONFIG);
    }
    return connect_both(d, why);
}

static void put_secret(struct json_write *w, const char *key, const char *file)
{
    char path[64];
    text_set(path, sizeof path, "secrets/%s", file);
    if (key != NULL) {
        json_key(w, key);
    }
    json_object(w);
    json_put_text(w, "file", path);
    json_end(w);
}

static void put_secrets(struct json_write *w, const char *key, const char *file)
{
    json_key(w, key);
    json_array(w);
    put_secret(w, NULL, file);
    json_end(w);
}

static void put_account(const struct dev *d, struct json_write *w)
{
    json_put_text(w, "subdomain", fact(d, "subdomain"));
    json_key(w, "conversations");
    json_object(w);
    json_put_text(w, "url", fact(d, "conversations_url"));
    json_put_text(w, "app_id", fact(d, "app_id"));
    json_put_text(w, "key_id", fact(d, "key_id"));
    put_secret(w, "key_secret", "key");
    json_put_slice(w, "integration_id", d->zendesk.integration_id);
    json_put_slice(w, "switchboard_integration", d->zendesk.line);
    json_put_slice(w, "agent_target", d->zendesk.agent_target);
    put_secrets(w, "webhook_secrets", "webhook");
    json_end(w);
    json_key(w, "support");
    json_object(w);
    json_put_text(w, "url", fact(d, "support_url"));
    json_key(w, "oauth");
    json_object(w);
    json_put_text(w, "client_id", fact(d, "oauth.client_id"));
    put_secret(w, "client_secret", "oauth");
    json_end(w);
    json_put_text(w, "bot_user_id", fact(d, "bot_user_id"));
    json_end(w);
}

static void put_store(const struct dev *d, const struct dev_store *store, struct json_write *w)
{
    char text[256];
    json_put_text(w, "account", fact(d, "subdomain"));
    json_put_slice(w, "brand", store->brand_id);
    json_put_slice(w, "widget", store->widget_id);
    json_put_bool(w, "default_responder", true);
    json_put_text(w, "after_release", "resume");
    json_key(w, "bot");
    json_object(w);
    json_put_text(w, "kind", "http");
    text_set(text, sizeof text, "http://%s/bot/%s", d->bot_listen, store->name);
    json_put_text(w, "url", text);
    put_secret(w, "secret", "bot");
    json_put_text(w, "timeout", "20s");
    json_put_bool(w, "allow_private_address", true);
    json_end(w);
    json_key(w, "author");
    json_object(w);
    json_put_slice(w, "name", store->brand_name);
    json_end(w);
    text_set(text, sizeof text, "Welcome to %.*s. What can I do for you?",
             SLICE_ARG(store->brand_name));
    json_put_text(w, "welcome", text);
    text_set(text, sizeof text, "token-%s", store->name);
    put_secrets(w, "tokens", text);
}

static err_t write_config(struct dev *d, const char *path, struct why *why)
{
    CLEANUP(buf) struct buf flat;
    CLEANUP(buf) struct buf lines;
    buf_init(&flat, CONFIG_BYTES_MAX);
    buf_init(&lines, 2 * CONFIG_BYTES_MAX);
    struct json_write w;
    json_write_init(&w, &flat);
    json_object(&w);
    json_key(&w, "accounts");
    json_object(&w);
    json_key(&w, fact(d, "subdomain"));
    json_object(&w);
    put_account(d, &w);
    json_end(&w);
    json_end(&w);
    json_key(&w, "stores");
    json_object(&w);
    for (size_t i = 0; i < DEV_STORE_COUNT; i++) {
        json_key(&w, d->stores[i].name);
        json_object(&w);
        put_store(d, &d->stores[i], &w);
        json_end(&w);
    }
    json_end(&w);
    json_end(&w);
    TRY(json_write_done(&w));
    TRY(pretty_print(buf_slice(&flat), &lines));
    return write_file(path, 0644, buf_slice(&lines), why);
}

/* What Zendesk gave us, as files beside those that we made. */
static err_t write_given(struct dev *d, struct why *why)
{
    const struct {
        const char *tail;
        struct slice secret;
    } given[] = {
        {"secrets/key", slice_of(fact(d, "key_secret"))},
        {"secrets/webhook", d->zendesk.webhook_secret},
        {"secrets/oauth", slice_of(fact(d, "oauth.client_secret"))},
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        const char *path = NULL;
        TRY(dev_path(d, given[i].tail, &path));
        TRY(write_file(path, 0600, given[i].secret, why));
    }
    return err_ok();
}

err_t dev_configure(struct dev *d, struct why *why)
{
    const char *config = NULL;
    const char *public_keys = NULL;
    int status = 0;
    TRY(dev_path(d, "config.json", &config));
    TRY(dev_path(d, "keys/public.json", &public_keys));
    TRY(write_given(d, why));
    TRY(write_config(d, config, why));
    const struct apply_request request = {
        .kafka = &d->kafka,
        .partitions = (uint32_t)options_u64(d->options, "partitions"),
        .file = config,
        .public_keys = public_keys,
        .yes = true,
        .quiet = true,
        .log = d->log,
    };
    TRY(apply_file(&request, why, &status));
    if (status != 0) {
        why_set(why, "the configuration that was made for the sandbox is not accepted: %s", config);
        return ERR(CONFIG);
    }
    return err_ok();
}
