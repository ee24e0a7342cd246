/* config_live: when a stranger may be refused. Not before the topic was read to its end, and not
 * while somebody's newest record cannot be read: his secret may stand in it. Row 31. */
#include "event/codec.h"
#include "ingest/config_live.h"
#include "tests/integration/kafka_world.h"
#include "tests/support/unit.h"

static struct world world;
static struct loop producer;
static struct config_live *live;
static size_t written;

static void put(const char *key, struct slice value)
{
    const struct bus_message message = {
        .topic = TOPIC_CONFIG, .partition = 0, .key = slice_of(key), .value = value, .cookie = 1};
    EXPECT_OK(key, bus_produce(&producer.bus, &message));
    EXPECT(key, loop_until(&producer, &producer.delivered_count, ++written, 10000));
}

static void write_account(const char *name, const char *secret)
{
    CLEANUP(buf) struct buf bytes;
    char key[64];
    struct config_record record = {
        .kind = CONFIG_ACCOUNT,
        .body.account = {.name = slice_of(name),
                         .enabled = true,
                         .id_key = SLICE("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"),
                         .webhook_secrets = {.count = 1}},
    };
    ident_secret_hash(slice_of(secret), record.body.account.webhook_secrets.hash[0].bytes);
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK(name, codec_config_encode(&record, &bytes));
    (void)snprintf(key, sizeof key, "account/%s", name);
    put(key, buf_slice(&bytes));
}

static enum auth_verdict knock(const char *name, const char *secret)
{
    const struct auth_head head = {
        .endpoint = ENDPOINT_CONVERSATIONS,
        .name = slice_of(name),
        .api_key = slice_of(secret),
        .fresh = config_live_sure(live),
    };
    struct auth_caller caller = {0};
    return auth_head(config_live_set(live), &head, &caller);
}

/* Polls until the caller gets that verdict; for some seconds at most. */
static bool becomes(const char *name, const char *secret, enum auth_verdict verdict)
{
    for (int64_t until = world_now_ms() + 8000; world_now_ms() < until; world_pause(5)) {
        EXPECT_OK("poll", config_live_poll(live));
        if (knock(name, secret) == verdict) {
            return true;
        }
    }
    return false;
}

static void strangers_are_refused_only_when_all_was_read(void **state)
{
    (void)state;
    struct why why = {{0}};
    write_account("maple", "one");
    put("future/thing", SLICE("of a version to come"));
    struct kafka_options options = world_options(&world, "ingest", "0");
    EXPECT_OK(why.text, config_live_new(&options, NULL, world.log, &why, &live));
    EXPECT("nothing was read yet", knock("maple", "one") == AUTH_UNSURE);
    EXPECT("known", becomes("maple", "one", AUTH_GRANTED));
    EXPECT("a stranger", becomes("maple", "two", AUTH_REFUSED));
    EXPECT("what belongs to nobody does not matter", knock("birch", "one") == AUTH_REFUSED);

    put("account/oak", SLICE("of a version to come"));
    EXPECT("it may be his", becomes("oak", "three", AUTH_UNSURE));
    EXPECT("or anybody's", knock("maple", "two") == AUTH_UNSURE);
    EXPECT("who is known stays so", knock("maple", "one") == AUTH_GRANTED);
    put("account/maple", SLICE("?"));
    EXPECT("a record that cannot be read hides the one before",
           becomes("maple", "one", AUTH_UNSURE));

    write_account("oak", "three");
    EXPECT("readable again", becomes("oak", "three", AUTH_GRANTED));
    EXPECT("the other is not", knock("maple", "one") == AUTH_UNSURE);
    put("account/maple", (struct slice){0});
    EXPECT("taken away is read", becomes("maple", "one", AUTH_REFUSED));
    config_live_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_refused_only_when_all_was_read),
    };
    world_open(&world);
    struct kafka_options options = world_options(&world, "ctl", "0");
    loop_open(&producer, &options, BUS_PRODUCER, TOPIC_EVENTS, world.log);
    int failed = cmocka_run_group_tests_name("ingest/config_live", tests, NULL, NULL);
    loop_close(&producer);
    world_close(&world);
    return failed;
}
