/* find.c: the conversation that a message or a ticket belongs to. */
#include "ctl/replay/find.h"
#include "tests/unit/processor/rig.h"

enum { DAYS = 10, TALKERS = 4 };
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* Each of them writes once a day. */
static void live(struct rig *r)
{
    char key[64];
    char id[32];
    rig_configure(r);
    rig_start(r);
    for (int day = 0; day < DAYS; day++) {
        for (int i = 0; i < TALKERS; i++) {
            (void)snprintf(key, sizeof key, "acme/messaging/c%d", i);
            (void)snprintf(id, sizeof id, "m%d-%d", day, i);
            rig_customer_writes(r, key, id);
            rig_run(r);
        }
        clock_double_advance(&r->clock, span_ms(day_ms));
    }
    rig_run(r);
}

static err_t find(struct rig *r, struct find f, struct why *why, char text[64])
{
    struct reader_port port = log_double_reader(r->log);
    struct slice key = {0};
    CLEANUP(arena) struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    f.port = &port;
    f.last = RIG_PARTITIONS - 1;
    f.arena = &arena;
    err_t e = find_conversation(&f, why, &key);
    (void)snprintf(text, 64, "%.*s", SLICE_ARG(key));
    EXPECT("nothing stays open", r->log->readers_open == 1);
    return e;
}

static void tell_ticket(struct rig *r, const char *key, const char *id)
{
    rig_tell(r, &(struct event){
                    .type = EVENT_TICKET_STATUS,
                    .source = EVENT_FROM_PROCESSOR,
                    .id = slice_of(id),
                    .account = slice_sub(slice_of(key), 0, strcspn(key, "/")),
                    .conversation = slice_of(key),
                    .body.ticket_status = {.ticket_id = SLICE("77"), .state = TICKET_STATE_SOLVED},
                });
}

static void a_message_and_a_ticket_are_found(void **state)
{
    struct rig *r = *state;
    struct why why = {""};
    char key[64];
    live(r);
    EXPECT_OK("a message", find(r, (struct find){.message = SLICE("m9-2")}, &why, key));
    EXPECT("its conversation", strcmp(key, "acme/messaging/c2") == 0);
    struct find late = {.message = SLICE("m9-2"), .span.since = r->clock.wall};
    EXPECT("not in that span", err_is(find(r, late, &why, key), ERR_RANGE));
    char since[INSTANT_TEXT_BYTES];
    instant_format_iso8601(r->clock.wall, since);
    EXPECT("which is named", strstr(why.text, since) != NULL && strstr(why.text, "m9-2") != NULL);

    struct find ticket = {.ticket = SLICE("77")};
    EXPECT("no ticket yet", err_is(find(r, ticket, &why, key), ERR_RANGE));
    tell_ticket(r, "acme/ticket/77", "t0");
    EXPECT_OK("its own", find(r, ticket, &why, key));
    EXPECT("its own", strcmp(key, "acme/ticket/77") == 0);
    tell_ticket(r, "acme/messaging/c1", "t1");
    EXPECT_OK("a hand-over's", find(r, ticket, &why, key));
    EXPECT("goes before its own", strcmp(key, "acme/messaging/c1") == 0);
    tell_ticket(r, "acme/messaging/c3", "t2");
    EXPECT("two are told", err_is(find(r, ticket, &why, key), ERR_USAGE));
    EXPECT("by name", strstr(why.text, "acme/messaging/c1") != NULL &&
                          strstr(why.text, "acme/messaging/c3") != NULL);
}

/* Each account counts its tickets by itself. */
static void tickets_of_two_accounts_are_told(void **state)
{
    struct rig *r = *state;
    struct why why = {""};
    char key[64];
    struct find ticket = {.ticket = SLICE("77")};
    live(r);
    tell_ticket(r, "acme/ticket/77", "t0");
    tell_ticket(r, "acme/ticket/77", "t1");
    EXPECT_OK("one is one", find(r, ticket, &why, key));
    tell_ticket(r, "globex/ticket/77", "t2");
    EXPECT("two are told", err_is(find(r, ticket, &why, key), ERR_USAGE));
    EXPECT("by name", strstr(why.text, "acme/ticket/77") != NULL &&
                          strstr(why.text, "globex/ticket/77") != NULL);
    tell_ticket(r, "acme/messaging/c1", "t3");
    EXPECT("another account's stays beside a hand-over's",
           err_is(find(r, ticket, &why, key), ERR_USAGE) &&
               strstr(why.text, "acme/messaging/c1") != NULL &&
               strstr(why.text, "globex/ticket/77") != NULL &&
               strstr(why.text, "acme/ticket/77") == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {RIG_TEST(a_message_and_a_ticket_are_found),
                                       RIG_TEST(tickets_of_two_accounts_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
