/* Who is online, through the loop: told while a customer waits for it, or given up soon. */
#include "tests/support/unit.h"
#include "tests/unit/egress/rig.h"

static struct rig rig;

struct zendesk {
    uint32_t status; /* 0 = no answer */
};

static struct peer_reply answer(void *arg, const struct peer_seen *seen, size_t index)
{
    const struct zendesk *z = arg;
    (void)seen;
    (void)index;
    struct peer_reply reply = {.status = z->status, .after = span_ms(5)};
    reply.body = z->status == 200 ? "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}" : "{}";
    reply.result = z->status == 0 ? PEER_LOST : PEER_ANSWERED;
    return reply;
}

static void test_ends(void **state)
{
    static const struct {
        const char *why;
        uint32_t status;
        enum outcome_result result;
        const char *fetched;
        size_t tries_min;
    } rows[] = {
        {"two are there", 200, OUTCOME_APPLIED, "{\"online\":2}", 1},
        {"the bot's user may not ask", 403, OUTCOME_REFUSED, "", 1},
        {"an account without it", 404, OUTCOME_REFUSED, "", 1},
        {"asked again, but not for long", 0, OUTCOME_GAVE_UP, "", 2},
        {"likewise", 503, OUTCOME_GAVE_UP, "", 2},
        {"nothing is waited out", 429, OUTCOME_GAVE_UP, "", 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct zendesk z = {rows[i].status};
        rig_init(&rig, 1, answer, &z);
        rig_start(&rig);
        struct command c = rig_base(&rig, EFFECT_FETCH_AGENTS, "acme", "c1");
        c.api = API_SUPPORT;
        c.method = METHOD_GET;
        c.path = SLICE("/api/v2/agent_availabilities?x=1");
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK(rows[i].why, rig_run(&rig, span_s(20)));
        const struct outcome *o = rig_outcome(&rig, 0, offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].result);
        EXPECT_SLICE(rows[i].why, o->fetched, slice_of(rows[i].fetched));
        EXPECT(rows[i].why, rig.peer.seen_count >= rows[i].tries_min);
        rig_deinit(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
