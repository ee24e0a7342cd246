/* A ticket's life through the two doors of the world, without a network. */
#include "tests/unit/sandbox/desk_bench.h"

#define NEW_TICKET "{\"ticket\":{\"subject\":\"s\",\"comment\":{\"body\":\"b\"}}}"

/* Requests one after the other; # in a path or a body is the number of the first ticket. */
struct step {
    const char *why, *method, *path, *body;
    unsigned status;
    const char *has; /* NULL = whatever */
};

static const char *filled(struct desk_bench *b, const char *text, int64_t ticket)
{
    struct slice head = {0};
    struct slice tail = {0};
    struct slice made = {0};
    if (!slice_split(slice_of(text), '#', &head, &tail)) {
        return text;
    }
    EXPECT_OK("text", arena_printf(&b->arena, &made, "%.*s%lld%.*s", SLICE_ARG(head),
                                   (long long)ticket, SLICE_ARG(tail)));
    return made.ptr;
}

static void play(const struct step *steps, size_t count)
{
    struct desk_bench b;
    int64_t ticket = 0;
    desk_bench_init(&b);
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        unsigned status = 0;
        struct slice said = desk_bench_call(&b, step->method, filled(&b, step->path, ticket),
                                            filled(&b, step->body, ticket), &status);
        if (status != step->status ||
            (step->has != NULL && !text_contains(said, slice_of(step->has)))) {
            print_error("%s: %u %.*s\n", step->why, status, SLICE_ARG(said));
        }
        EXPECT(step->why, status == step->status);
        EXPECT(step->why, step->has == NULL || text_contains(said, slice_of(step->has)));
        if (ticket == 0 && status == 201) {
            ticket = desk_bench_number(&b, said, "ticket.id");
            ticket = ticket > 0 ? ticket : desk_bench_number(&b, said, "ticket");
        }
        desk_bench_advance(&b, 1);
    }
    desk_bench_deinit(&b);
}

#define PLAY(steps) play((steps), COUNT_OF(steps))

static void a_private_ticket_stays_private(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"made", "POST", "/tickets", "{\"ticket\":{\"comment\":{\"body\":\"b\",\"public\":false}}}",
         201, "\"is_public\":false"},
        {"a comment without `public`", "PUT", "/tickets/#",
         "{\"ticket\":{\"comment\":{\"body\":\"c\"}}}", 200, "\"public\":false"},
        {"a public one", "PUT", "/tickets/#",
         "{\"ticket\":{\"comment\":{\"body\":\"d\",\"public\":true}}}", 200, "\"is_public\":true"},
        {"the next one is public", "PUT", "/tickets/#",
         "{\"ticket\":{\"comment\":{\"body\":\"e\"}}}", 200, "\"public\":true"},
    };
    PLAY(steps);
}

static void statuses_depend_on_who_does_what(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"a mail", "POST", "/sandbox/customers/Jo/tickets",
         "{\"brand\":\"Acme Shoes\",\"subject\":\"s\",\"text\":\"t\"}", 201, "\"status\":\"new\""},
        {"an agent's words leave it new", "POST", "/sandbox/agents/Sam/reply",
         "{\"ticket\":#,\"text\":\"hi\"}", 201, "\"status\":\"new\""},
        {"assigned: open", "PUT", "/tickets/#", "{\"ticket\":{\"assignee_id\":390004410001}}", 200,
         "\"status\":\"open\""},
        {"never new again", "PUT", "/tickets/#", "{\"ticket\":{\"status\":\"new\"}}", 422,
         "RecordInvalid"},
        {"on hold", "PUT", "/tickets/#", "{\"ticket\":{\"status\":\"hold\"}}", 200, NULL},
        {"the customer opens it", "POST", "/sandbox/customers/Jo/tickets/#/comments",
         "{\"text\":\"t\"}", 201, "\"status\":\"open\""},
        {"solved", "PUT", "/tickets/#", "{\"ticket\":{\"status\":\"solved\"}}", 200, NULL},
        {"closed", "PUT", "/tickets/#", "{\"ticket\":{\"status\":\"closed\"}}", 200, NULL},
        {"and that is final", "PUT", "/tickets/#", "{\"ticket\":{\"tags\":[\"x\"]}}", 422,
         "Status: closed prevents ticket update"},
        {"a follow-up", "POST", "/sandbox/customers/Jo/tickets/#/comments", "{\"text\":\"t\"}", 201,
         "followup_of"},
    };
    PLAY(steps);
}

static void stamps_are_whole_seconds(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"made at :10", "POST", "/tickets", NEW_TICKET, 201,
         "\"updated_at\":\"2026-09-14T09:20:10Z\""},
        {"with its stamp", "PUT", "/tickets/#",
         "{\"ticket\":{\"priority\":\"low\",\"safe_update\":true,"
         "\"updated_stamp\":\"2026-09-14T09:20:10Z\"}}",
         200, "\"updated_at\":\"2026-09-14T09:20:11Z\""},
        {"with the old one", "PUT", "/tickets/#",
         "{\"ticket\":{\"priority\":\"high\",\"safe_update\":true,"
         "\"updated_stamp\":\"2026-09-14T09:20:10Z\"}}",
         409, "UpdateConflict"},
        {"one that is none", "PUT", "/tickets/#",
         "{\"ticket\":{\"priority\":\"high\",\"safe_update\":true,\"updated_stamp\":\"now\"}}", 409,
         NULL},
        {"nothing changes, nothing moves", "PUT", "/tickets/#",
         "{\"ticket\":{\"priority\":\"low\"}}", 200, "\"updated_at\":\"2026-09-14T09:20:11Z\""},
    };
    PLAY(steps);
}

static void no_more_than_5000_comments(void **state)
{
    (void)state;
    struct desk_bench b;
    unsigned status = 0;
    struct slice path = {0};
    static const char more[] = "{\"ticket\":{\"comment\":{\"body\":\"c\"}}}";
    desk_bench_init(&b);
    b.world->store.limits.support_requests_per_minute = 100000;
    b.world->store.limits.support_updates_per_minute = 100000;
    struct slice made = desk_bench_call(&b, "POST", "/tickets", NEW_TICKET, &status);
    EXPECT_OK("path", arena_printf(&b.arena, &path, "/tickets/%lld",
                                   (long long)desk_bench_number(&b, made, "ticket.id")));
    for (int i = 1; i < 5000; i++) {
        desk_bench_advance(&b, 21); /* 30 in ten minutes */
        (void)desk_bench_call(&b, "PUT", path.ptr, more, &status);
        arena_reset(&b.arena);
        EXPECT_OK("path", arena_printf(&b.arena, &path, "/tickets/21700000000001"));
    }
    EXPECT("the 5000th", status == 200);
    desk_bench_advance(&b, 21);
    (void)desk_bench_call(&b, "PUT", path.ptr, more, &status);
    EXPECT("the 5001st", status == 422);
    (void)desk_bench_call(&b, "PUT", path.ptr, "{\"ticket\":{\"priority\":\"low\"}}", &status);
    EXPECT("other changes are fine", status == 200);
    desk_bench_deinit(&b);
}

static void bodies_of_every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *why, *comment, *has;
    } rows[] = {
        {"Markdown", "{\"body\":\"a *b*\"}", "a <em>b</em>"},
        {"HTML wins", "{\"body\":\"x\",\"html_body\":\"<p>a <b>b</b></p>\"}",
         "\"plain_body\":\"a b\""},
        {"HTML in Markdown is left out", "{\"body\":\"<script>x</script>\"}", "raw HTML omitted"},
        {"placeholders",
         "{\"body\":\"[{{ticket.status}}] [{{ticket.nope}}] [{{current_user.name}}]\"}",
         "[New] [] [Acme Bot]"},
        {"braces that never close", "{\"body\":\"a {{ b\"}", "a {{ b"},
        {"a text alone", "\"words\"", "\"plain_body\":\"words\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk_bench b;
        char body[512];
        unsigned status = 0;
        desk_bench_init(&b);
        (void)snprintf(body, sizeof body, "{\"ticket\":{\"comment\":%s}}", rows[i].comment);
        struct slice said = desk_bench_call(&b, "POST", "/tickets", body, &status);
        EXPECT(rows[i].why, status == 201);
        EXPECT(rows[i].why, text_contains(said, slice_of(rows[i].has)));
        desk_bench_deinit(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_ticket_stays_private),
        cmocka_unit_test(statuses_depend_on_who_does_what),
        cmocka_unit_test(stamps_are_whole_seconds),
        cmocka_unit_test(no_more_than_5000_comments),
        cmocka_unit_test(bodies_of_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
