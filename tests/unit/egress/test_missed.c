/* What is read again after a gap, through the loop. */
#include "tests/support/unit.h"
#include "tests/unit/egress/rig.h"

static struct rig rig;

/* Answers of either kind; the first `lost` of them are too much to read. */
struct zendesk {
    size_t lost;
};

static struct peer_reply answer(void *arg, const struct peer_seen *seen, size_t index)
{
    struct zendesk *z = arg;
    struct peer_reply reply = {.status = 200, .after = span_ms(5)};
    bool is_search = strstr(seen->url.ptr, "/api/v2/search") != NULL;
    reply.body = is_search ? "{\"results\":[{\"id\":17,\"updated_at\":\"t\"}],\"next_page\":null}"
                           : "{\"messages\":[{\"id\":\"m\",\"author\":{\"type\":\"user\"}}]}";
    if (index < z->lost) {
        reply.result = PEER_LOST;
    }
    return reply;
}

static const struct outcome *told(enum effect_kind effect, enum api api, const char *path,
                                  struct zendesk *z)
{
    rig_init(&rig, 1, answer, z);
    rig_start(&rig);
    struct command c = rig_base(&rig, effect, "acme", "c1");
    c.api = api;
    c.method = METHOD_GET;
    c.path = slice_of(path);
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    return rig_outcome(&rig, 0, offset);
}

static void test_messages(void **state)
{
    (void)state;
    struct zendesk z = {0};
    const struct outcome *o =
        told(EFFECT_FETCH_MESSAGES, API_CONVERSATIONS, "/conversations/c1/messages", &z);
    EXPECT("told", o != NULL && o->result == OUTCOME_APPLIED);
    EXPECT_SLICE("cut down", o->fetched,
                 SLICE("{\"messages\":[{\"id\":\"m\",\"author\":\"user\"}],\"more\":false}"));
    rig_deinit(&rig);
}

static void test_a_search(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct zendesk zendesk;
        const char *last_size, *size;
    } rows[] = {
        {"at the first try", {0}, "&per_page=50", "50"},
        {"what was too much to read is asked for in smaller pages",
         {.lost = 2},
         "&per_page=10",
         "10"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zendesk z = rows[i].zendesk;
        const struct outcome *o =
            told(EFFECT_SEARCH_TICKETS, API_SUPPORT, "/api/v2/search?query=x&page=1", &z);
        EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        char want[96];
        (void)snprintf(
            want, sizeof want,
            "{\"tickets\":[{\"id\":\"17\",\"updated_at\":\"t\"}],\"more\":false,\"size\":%s}",
            rows[i].size);
        EXPECT_SLICE(rows[i].why, o->fetched, slice_of(want));
        EXPECT(rows[i].why, slice_ends_with(rig.peer.seen[rig.peer.seen_count - 1].url,
                                            slice_of(rows[i].last_size)));
        rig_deinit(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_a_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
