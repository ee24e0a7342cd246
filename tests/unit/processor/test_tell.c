/* tell.c: what a conversation has to say to others stands in order, each with who says it and when.
 * Rows 50, 106: who is told what is theirs (absorb.c, search.c, ticket_state.c). */
#include "processor/core/tell.h"
#include "tests/unit/processor/bare_context.h"

enum { MANY = 21 }; /* beyond several rounds of making room */

static struct context begin(void)
{
    bare_begin(EVENT_OUTCOME);
    event.traceparent = SLICE("trace");
    state.key = SLICE("acme/ticket/17");
    state.account = account.name;
    return bare_context((wall_ms_t){1789377125000});
}

static void all_that_is_told_stands_in_order(void **unused)
{
    (void)unused;
    struct context ctx = begin();
    static const char keys[] = "abcdefghijklmnopqrstu";
    for (size_t i = 0; i < MANY; i++) {
        struct event *told = NULL;
        EXPECT_OK("told",
                  tell_event(&ctx, EVENT_TICKET, slice_from(keys + i, 1), SLICE("id"), &told));
        told->body.ticket.ticket_id = slice_from(keys + i, 1);
    }
    EXPECT("all of them", effects.event_count == MANY);
    for (size_t i = 0; i < MANY; i++) {
        const struct event *told = &effects.events[i];
        EXPECT_SLICE("to whom", told->conversation, slice_from(keys + i, 1));
        EXPECT_SLICE("what", told->body.ticket.ticket_id, slice_from(keys + i, 1));
    }
}

static void each_says_where_it_comes_from(void **unused)
{
    (void)unused;
    struct context ctx = begin();
    struct event *told = NULL;
    EXPECT_OK("told", tell_event(&ctx, EVENT_MISSED, SLICE("k"), SLICE("id"), &told));
    EXPECT("type", told->type == EVENT_MISSED && told->source == EVENT_FROM_PROCESSOR);
    EXPECT_SLICE("id", told->id, SLICE("id"));
    EXPECT_SLICE("account", told->account, SLICE("acme"));
    EXPECT_SLICE("trace", told->traceparent, SLICE("trace"));
    EXPECT("now", told->occurred.ms == 1789377125000);
}

static void an_id_is_of_who_tells_and_why(void **unused)
{
    (void)unused;
    struct context ctx = begin();
    struct slice first = {0};
    struct slice again = {0};
    struct slice later = {0};
    EXPECT_OK("id", tell_id(&ctx, "ticket", &first));
    EXPECT_OK("id", tell_id(&ctx, "ticket", &again));
    EXPECT_SLICE("the same for the same", again, first);
    event.id = SLICE("e2");
    EXPECT_OK("id", tell_id(&ctx, "ticket", &later));
    EXPECT("another for another event", !slice_equal(later, first));
    EXPECT("begins with the word", slice_starts_with(first, SLICE("ticket/")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_told_stands_in_order),
        cmocka_unit_test(each_says_where_it_comes_from),
        cmocka_unit_test(an_id_is_of_who_tells_and_why),
    };
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
