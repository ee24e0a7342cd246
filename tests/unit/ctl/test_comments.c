/* comments.c: what was said on a ticket, out of what fetches brought. */
#include "base/limits.h"
#include "ctl/comments.h"
#include "event/codec.h"
#include "tests/support/unit.h"

#include <stdio.h>

static struct comments_seen seen;

static struct event fetched(const char *json)
{
    struct event event = {
        .type = EVENT_OUTCOME, .account = SLICE("acme"), .conversation = SLICE("acme/ticket/17")};
    event.body.outcome = (struct outcome){
        .effect = EFFECT_FETCH_TICKET, .result = OUTCOME_APPLIED, .fetched = slice_of(json)};
    return event;
}

static struct config_log *configured(const struct config_set **ret_set)
{
    struct config_log *log = NULL;
    struct config_record record = {.kind = CONFIG_ACCOUNT};
    record.body.account = (struct account){.name = SLICE("acme"),
                                           .enabled = true,
                                           .id_key = SLICE("0123456789abcdef0123456789abcdef"),
                                           .bot_user_id = SLICE("900")};
    CLEANUP(buf) struct buf bytes = {0};
    struct why why = {{0}};
    buf_init(&bytes, LIMIT_RECORD_BYTES_MAX);
    EXPECT_OK("log", config_log_new(&log));
    EXPECT_OK("encode", codec_config_encode(&record, &bytes));
    EXPECT_OK("add", config_log_add(log, 0, SLICE("account/acme"), buf_slice(&bytes), &why));
    EXPECT_OK("at", config_log_at(log, INT64_MAX, ret_set));
    return log;
}

static void expect(const char *why, const struct event *event, const struct config_set *set,
                   const char *wanted)
{
    CLEANUP(arena) struct arena arena = {0};
    CLEANUP(buf) struct buf out = {0};
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    buf_init(&out, LIMIT_BODY_BYTES_MAX);
    EXPECT_OK(why, comments_put(&arena, event, set, &seen, &out));
    EXPECT_SLICE(why, buf_slice(&out), slice_of(wanted));
}

static void each_is_told_once_from_the_oldest(void **unused)
{
    (void)unused;
    const struct config_set *set = NULL;
    struct config_log *log = configured(&set);
    seen = (struct comments_seen){.count = 0};
    struct event first = fetched(
        "{\"comments\":[{\"id\":3,\"author_id\":900,\"author_role\":\"agent\",\"public\":true,"
        "\"text\":\"It is on its way.\"},{\"id\":2,\"author_id\":7,\"author_role\":\"agent\","
        "\"public\":false,\"text\":\"A good one\"},{\"id\":\"1\",\"author_id\":5,\"author_role\":"
        "\"end-user\",\"public\":true,\"text\":\"Where is\\nmy order?\"}]}");
    expect("customer and agent; what the bot said stands there already", &first, set,
           "customer   Where is my order?\nnote       A good one\n");
    struct event second = fetched(
        "{\"comments\":[{\"id\":5,\"author_id\":7,\"author_role\":\"agent\",\"public\":true,"
        "\"text\":\"Tomorrow.\"},{\"id\":4,\"author_id\":5,\"author_role\":\"end-user\",\"public\":"
        "true,\"automatic\":true,\"text\":\"Out of office\"},{\"id\":1,\"author_id\":5,"
        "\"author_role\":\"end-user\",\"public\":true,\"text\":\"Where is my order?\"}]}");
    expect("news alone", &second, set,
           "customer   (automatic) Out of office\nagent      Tomorrow.\n");
    struct event other = fetched("{\"comments\":[{\"id\":1,\"author_role\":\"end-user\",\"text\":"
                                 "\"Hello\"}]}");
    other.conversation = SLICE("acme/ticket/18");
    expect("ids are a ticket's own", &other, NULL, "customer   Hello\n");
    config_log_free(log);
}

static void other_events_have_none(void **unused)
{
    (void)unused;
    seen = (struct comments_seen){.count = 0};
    struct event event = fetched("{\"comments\":[{\"id\":1,\"text\":\"Hello\"}]}");
    event.body.outcome.result = OUTCOME_REFUSED;
    expect("not fetched", &event, NULL, "");
    event = fetched("{\"comments\":[{\"id\":1,\"text\":\"Hello\"}]}");
    event.body.outcome.effect = EFFECT_FETCH_MESSAGES;
    expect("another fetch", &event, NULL, "");
    event = fetched("{\"comments\":");
    expect("cut", &event, NULL, "");
    event = fetched("{\"comments\":\"none\"}");
    expect("no list", &event, NULL, "");
    event = (struct event){.type = EVENT_TICKET};
    expect("its webhook", &event, NULL, "");
}

static void what_is_remembered_is_bounded(void **unused)
{
    (void)unused;
    seen = (struct comments_seen){.count = 0};
    for (int i = 0; i < COMMENTS_SEEN_MAX + 1; i++) {
        char json[100];
        char wanted[100];
        (void)snprintf(json, sizeof json,
                       "{\"comments\":[{\"id\":%d,\"author_role\":\"end-user\",\"text\":\"w%d\"}]}",
                       i, i);
        (void)snprintf(wanted, sizeof wanted, "customer   w%d\n", i);
        struct event event = fetched(json);
        expect("each", &event, NULL, wanted);
    }
    struct event newest = fetched("{\"comments\":[{\"id\":4096,\"text\":\"again\"}]}");
    expect("the newest are known", &newest, NULL, "");
    struct event oldest = fetched("{\"comments\":[{\"id\":0,\"public\":true,\"text\":\"again\"}]}");
    expect("the oldest is not any more", &oldest, NULL, "agent      again\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_told_once_from_the_oldest),
        cmocka_unit_test(other_events_have_none),
        cmocka_unit_test(what_is_remembered_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
