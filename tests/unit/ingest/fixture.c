#include "tests/unit/ingest/fixture.h"

#include "event/codec.h"
#include "tests/support/unit.h"

static char file_bytes[64 * 1024];
static const char id_key[] = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";

static struct secret_hashes hashes_of(const char *first, const char *second)
{
    struct secret_hashes hashes = {0};
    const char *secrets[] = {first, second};
    for (size_t i = 0; i < 2 && secrets[i] != NULL; i++) {
        ident_secret_hash(slice_of(secrets[i]), hashes.hash[i].bytes);
        hashes.count++;
    }
    return hashes;
}

static struct account account_named(const char *name)
{
    return (struct account){
        .name = slice_of(name),
        .enabled = true,
        .id_key = slice_of(id_key),
        .subdomain = slice_of(name),
    };
}

static struct store store_named(const char *name, const char *account, const char *token)
{
    return (struct store){
        .name = slice_of(name),
        .account = slice_of(account),
        .enabled = true,
        .widget_id = slice_of(name),
        .bot_kind = BOT_HTTP,
        .bot_url = SLICE("https://bot.maple.example/turn"),
        .bot_timeout = span_s(20),
        .author_name = SLICE("Maple Bot"),
        .tokens = hashes_of(token, NULL),
    };
}

const struct account *fixture_account(void)
{
    static struct account account;
    account = account_named("maple");
    account.webhook_secrets = hashes_of("hook-new", "hook-old");
    return &account;
}

const struct store *fixture_store(void)
{
    static struct store store;
    store = store_named("bikes", "maple", NULL);
    store.tokens = hashes_of("bikes-1", "bikes-2");
    return &store;
}

static void put(struct config_log *log, int64_t offset, const char *key,
                const struct config_record *record)
{
    CLEANUP(buf) struct buf bytes = {0};
    struct why why = {{0}};
    buf_init(&bytes, 1024 * 1024);
    EXPECT_OK(key, codec_config_encode(record, &bytes));
    EXPECT_OK(key, config_log_add(log, offset, slice_of(key), buf_slice(&bytes), &why));
}

static void put_store(struct config_log *log, int64_t offset, const char *key, struct store store)
{
    put(log, offset, key, &(struct config_record){CONFIG_STORE, {.store = store}});
}

const struct config_set *fixture_set(struct config_log **ret_log)
{
    const struct config_set *set = NULL;
    struct config_log *log = NULL;
    EXPECT_OK("a log", config_log_new(&log));
    struct account oak = account_named("oak");
    oak.webhook_secrets = hashes_of("oak-hook", NULL);
    put(log, 0, "account/maple",
        &(struct config_record){CONFIG_ACCOUNT, {.account = *fixture_account()}});
    put(log, 1, "account/oak", &(struct config_record){CONFIG_ACCOUNT, {.account = oak}});
    put_store(log, 2, "store/bikes", *fixture_store());
    put_store(log, 3, "store/boats", store_named("boats", "maple", "boats-1"));
    put_store(log, 4, "store/desks", store_named("desks", "oak", "desks-1"));
    put_store(log, 5, "store/lost", store_named("lost", "nowhere", "lost-1"));
    EXPECT_OK("a set", config_log_at(log, INT64_MAX, &set));
    *ret_log = log;
    return set;
}

struct slice fixture_file(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/unit/ingest/data/%s.json", TEST_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    EXPECT(path, file != NULL);
    size_t len = fread(file_bytes, 1, sizeof file_bytes, file);
    EXPECT(path, len > 0 && len < sizeof file_bytes);
    (void)fclose(file);
    return slice_from(file_bytes, len);
}

void fixture_round_trip(const char *why, const struct event *event)
{
    CLEANUP(buf) struct buf bytes = {0};
    CLEANUP(arena) struct arena arena = {0};
    struct why reason = {{0}};
    struct event back = {0};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    EXPECT_OK(why, codec_event_encode(event, &bytes));
    err_t error = codec_event_decode(&arena, buf_slice(&bytes), &reason, &back);
    if (err_failed(error)) {
        fail_msg("%s: cannot be read back: %s", why, reason.text);
    }
    EXPECT_SLICE(why, back.raw, event->raw);
    EXPECT_SLICE(why, back.id, event->id);
    EXPECT_SLICE(why, back.conversation, event->conversation);
}
