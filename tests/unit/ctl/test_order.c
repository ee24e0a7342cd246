/* order.c: what `escalate`, `handback` and `backfill` write, and what they refuse (row 75). */
#include "base/buf.h"
#include "ctl/order.h"
#include "event/codec.h"
#include "tests/support/unit.h"

#include <string.h>

struct bench {
    struct arena arena;
    struct config_log *log;
    const struct config_set *set;
};

static void add_account(struct bench *b, const char *name, int64_t offset)
{
    static const unsigned char id_key[IDENT_KEY_BYTES] = {1};
    const struct config_record record = {
        .kind = CONFIG_ACCOUNT,
        .body.account = {.name = slice_of(name),
                         .enabled = true,
                         .subdomain = SLICE("acme"),
                         .id_key = slice_from(id_key, sizeof id_key)},
    };
    CLEANUP(buf) struct buf value;
    struct why why = {""};
    struct slice key;
    buf_init(&value, 64 * 1024);
    EXPECT_OK("key", arena_printf(&b->arena, &key, "account/%s", name));
    EXPECT_OK("encoded", codec_config_encode(&record, &value));
    EXPECT_OK(why.text, config_log_add(b->log, offset, key, buf_slice(&value), &why));
}

static void bench_init(struct bench *b)
{
    *b = (struct bench){0};
    arena_init(&b->arena, 1024 * 1024);
    EXPECT_OK("log", config_log_new(&b->log));
    add_account(b, "acme", 0);
    add_account(b, "maple", 1);
    EXPECT_OK("set", config_log_at(b->log, INT64_MAX, &b->set));
}

static void bench_deinit(struct bench *b)
{
    config_log_free(b->log);
    arena_deinit(&b->arena);
}

static struct order order_for(const char *conversation)
{
    return (struct order){
        .action = OPERATOR_ESCALATE,
        .conversation = slice_of(conversation),
        .reason = SLICE("the customer called"),
        .who = SLICE("ops"),
        .nonce = {0xab, 0x01},
        .now = {1789377126000},
    };
}

static void an_order_is_an_event_of_its_conversation(void **state)
{
    (void)state;
    struct bench b;
    struct event event;
    struct event read;
    struct why why = {""};
    CLEANUP(buf) struct buf value;
    bench_init(&b);
    buf_init(&value, 64 * 1024);
    const struct order order = order_for("maple/messaging/6ac7d3e5000000000000c001");
    EXPECT_OK("row 75", order_event(&b.arena, &order, b.set, &why, &event));
    EXPECT_OK("it can be written", codec_event_encode(&event, &value));
    EXPECT_OK("and read", codec_event_decode(&b.arena, buf_slice(&value), &why, &read));
    EXPECT("an operator's", read.type == EVENT_OPERATOR && read.source == EVENT_FROM_OPERATOR);
    EXPECT("to call a human", read.body.operator_call.action == OPERATOR_ESCALATE);
    EXPECT("now", read.occurred.ms == order.now.ms);
    EXPECT_SLICE("account", read.account, SLICE("maple"));
    EXPECT_SLICE("key", read.conversation, order.conversation);
    EXPECT_SLICE("id", read.id, SLICE("operator/ab010000000000000000000000000000"));
    EXPECT_SLICE("why", read.body.operator_call.reason, SLICE("the customer called"));
    EXPECT_SLICE("who", read.body.operator_call.who, SLICE("ops"));
    bench_deinit(&b);
}

static void what_is_no_conversation_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *key;
        enum err_code code;
        const char *said;
    } rows[] = {
        {"a ticket", "acme/ticket/35436", ERR_OK, ""},
        {"a chat", "acme/chat/a/b", ERR_OK, ""},
        {"nothing", "", ERR_SYNTAX, "acme/ticket/35436"},
        {"an id alone", "35436", ERR_SYNTAX, "expected ACCOUNT/messaging/ID"},
        {"no id", "acme/ticket/", ERR_SYNTAX, "is not the key"},
        {"no such surface", "acme/mail/1", ERR_SYNTAX, "ACCOUNT/chat/ID"},
        {"not a name", "Acme/ticket/1", ERR_SYNTAX, "\"Acme/ticket/1\""},
        {"a customer's", "acme/user/1", ERR_SYNTAX, "is a customer"},
        {"an account's", "acme/account/tickets", ERR_SYNTAX, "is an account's search"},
        {"another account", "amce/ticket/1", ERR_NOT_FOUND, "did you mean \"acme\"?"},
        {"nothing near", "zzzzzzz/ticket/1", ERR_NOT_FOUND, "\"zzzzzzz\" is published"},
    };
    struct bench b;
    bench_init(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct event event;
        struct why why = {""};
        const struct order order = order_for(rows[i].key);
        EXPECT_CODE(rows[i].why, order_event(&b.arena, &order, b.set, &why, &event), rows[i].code);
        EXPECT(rows[i].why, strstr(why.text, rows[i].said) != NULL);
        EXPECT("bad data",
               rows[i].code == ERR_OK || err_exit_status((err_t){rows[i].code, ""}) == 65);
    }
    bench_deinit(&b);
}

static void what_may_be_erased(void **state)
{
    (void)state;
    static const struct {
        const char *why, *key;
        enum err_code code;
    } rows[] = {
        {"a conversation", "acme/messaging/c1", ERR_OK},
        {"what a customer's key holds", "acme/user/1", ERR_OK},
        {"of an account that was taken out", "amce/ticket/1", ERR_OK},
        {"an account's search", "acme/account/tickets", ERR_SYNTAX},
    };
    struct bench b;
    bench_init(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct event event;
        struct why why = {""};
        struct order order = order_for(rows[i].key);
        order.action = OPERATOR_ERASE;
        EXPECT_CODE(rows[i].why, order_event(&b.arena, &order, b.set, &why, &event), rows[i].code);
    }
    bench_deinit(&b);
}

static void a_backfill_is_an_event_of_the_partition(void **state)
{
    (void)state;
    static const struct {
        const char *why, *account;
        enum err_code code;
        const char *said;
    } rows[] = {
        {"an account", "maple", ERR_OK, ""},
        {"no name", "Maple!", ERR_SYNTAX, "is not the name of an account"},
        {"nothing", "", ERR_SYNTAX, "expected one like acme"},
        {"another", "mapel", ERR_NOT_FOUND, "did you mean \"maple\"?"},
    };
    struct bench b;
    CLEANUP(buf) struct buf value;
    bench_init(&b);
    buf_init(&value, 64 * 1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct event event;
        struct event read;
        struct why why = {""};
        const struct backfill_order order = {.account = slice_of(rows[i].account),
                                             .since = {1789370000000},
                                             .who = SLICE("ops"),
                                             .nonce = {0xab},
                                             .now = {1789377126000}};
        EXPECT_CODE(rows[i].why, order_backfill(&b.arena, &order, b.set, &why, &event),
                    rows[i].code);
        EXPECT(rows[i].why, strstr(why.text, rows[i].said) != NULL);
        if (rows[i].code != ERR_OK) {
            continue;
        }
        EXPECT_OK("it can be written", codec_event_encode(&event, &value));
        EXPECT_OK("and read", codec_event_decode(&b.arena, buf_slice(&value), &why, &read));
        EXPECT("an operator's", read.type == EVENT_BACKFILL && read.source == EVENT_FROM_OPERATOR);
        EXPECT_SLICE("of an account", read.account, SLICE("maple"));
        EXPECT_SLICE("and of no conversation", read.conversation, SLICE(""));
        EXPECT_SLICE("id", read.id, SLICE("backfill/ab000000000000000000000000000000"));
        EXPECT("since", read.body.missed.since.ms == order.since.ms);
        EXPECT_SLICE("who", read.body.missed.who, SLICE("ops"));
    }
    bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_an_event_of_its_conversation),
        cmocka_unit_test(what_is_no_conversation_is_refused),
        cmocka_unit_test(what_may_be_erased),
        cmocka_unit_test(a_backfill_is_an_event_of_the_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
