/* What becomes of calls to the ticket API: updates, creations, fetches. */
#include "tests/unit/egress/desk_rig.h"

#include <string.h>

static struct rig rig;

static struct command create_command(void)
{
    struct command c = desk_command(&rig, EFFECT_TICKET_CREATE, METHOD_POST, VOICE_NONE);
    c.path = SLICE("/api/v2/tickets");
    c.body = SLICE("{\"ticket\":{\"subject\":\"s\",\"external_id\":\"tieline:k:1\"}}");
    return c;
}

static const struct {
    const char *why;
    struct desk desk;
    enum voice voice;
    enum outcome_result want;
    size_t puts, gets, audits;
    int64_t within_s;
} updates[] = {
    {"row 2: written in one piece", {0}, VOICE_BOT, OUTCOME_APPLIED, 1, 1, 0, 2},
    {"somebody else wrote meanwhile: read again",
     {.conflicts = 2},
     VOICE_BOT,
     OUTCOME_APPLIED,
     3,
     3,
     0,
     10},
    {"row 61: an agent has it", {.assignee = "7"}, VOICE_BOT, OUTCOME_SUPERSEDED, 0, 1, 0, 2},
    {"a notice is told all the same", {.assignee = "7"}, VOICE_NOTICE, OUTCOME_APPLIED, 1, 1, 0, 2},
    {"nobody's yet: the trigger is on its way",
     {.assignee = "null"},
     VOICE_BOT,
     OUTCOME_APPLIED,
     1,
     1,
     0,
     2},
    {"taken from the bot between two tries",
     {.assignee = "null", .conflicts = 1},
     VOICE_BOT,
     OUTCOME_SUPERSEDED,
     1,
     2,
     0,
     5},
    {"closed", {.status = 422}, VOICE_BOT, OUTCOME_REFUSED, 1, 1, 0, 2},
    {"gone", {.status = 404}, VOICE_BOT, OUTCOME_REFUSED, 1, 1, 0, 2},
    {"its answer was lost: the audit tells",
     {.lost = 1, .stamp = "010000000000000000000000000000ee"},
     VOICE_BOT,
     OUTCOME_APPLIED,
     1,
     2,
     1,
     2},
    {"never arrived: sent again when that is certain",
     {.lost = 1},
     VOICE_BOT,
     OUTCOME_APPLIED,
     2,
     2,
     7,
     80},
};

static void test_updates(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(updates); i++) {
        struct desk d = updates[i].desk;
        desk_begin(&rig, &d, false);
        struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, updates[i].voice);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(updates[i].within_s)));
        const struct outcome *o = desk_outcome(&rig, offset);
        EXPECT(updates[i].why, o->result == updates[i].want);
        EXPECT(updates[i].why, d.puts == updates[i].puts && d.gets == updates[i].gets);
        EXPECT(updates[i].why, d.audits == updates[i].audits);
        if (o->result == OUTCOME_APPLIED) {
            EXPECT_SLICE("ticket", o->remote_id, SLICE("17"));
            EXPECT_SLICE("guarded", desk_last(&rig, "PUT")->body,
                         SLICE("{\"ticket\":{\"updated_stamp\":\"2026-01-01T00:00:00Z\","
                               "\"safe_update\":true,\"comment\":{\"body\":\"hi\",\"public\":"
                               "true}}}"));
        }
        rig_deinit(&rig);
    }
}

/* That a human's session is over is told to nobody who has a human again. */
static void test_the_end_of_a_session(void **state)
{
    (void)state;
    static const struct {
        const char *why, *assignee;
        enum outcome_result want;
    } rows[] = {
        {"an agent has it again", "7", OUTCOME_SUPERSEDED},
        {"row 103: the bot's", NULL, OUTCOME_APPLIED},
        {"row 103: nobody's", "null", OUTCOME_APPLIED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = {.assignee = rows[i].assignee};
        desk_begin(&rig, &d, false);
        struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NOTICE);
        c.check_owner = true;
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(2)));
        EXPECT(rows[i].why, desk_outcome(&rig, offset)->result == rows[i].want);
        EXPECT(rows[i].why, d.puts == (rows[i].want == OUTCOME_APPLIED ? 1 : 0) && d.gets == 1);
        rig_deinit(&rig);
    }
}

/* A ticket that was made a moment ago may not show yet to who reads it. */
static void test_what_shows_late_is_not_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum effect_kind effect;
        size_t unseen;
        enum voice voice;
        enum outcome_result want;
        size_t puts;
    } rows[] = {
        {"it shows at the third look", EFFECT_TICKET_UPDATE, 2, VOICE_NONE, OUTCOME_APPLIED, 1},
        {"it is not there", EFFECT_TICKET_UPDATE, 1000, VOICE_NONE, OUTCOME_REFUSED, 0},
        {"a notice waits for nothing", EFFECT_TICKET_UPDATE, 2, VOICE_NOTICE, OUTCOME_REFUSED, 0},
        {"a fetch waits", EFFECT_FETCH_TICKET, 2, VOICE_NONE, OUTCOME_APPLIED, 0},
        {"but not for ever", EFFECT_FETCH_TICKET, 1000, VOICE_NONE, OUTCOME_REFUSED, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = {.unseen = rows[i].unseen};
        desk_begin(&rig, &d, false);
        bool is_fetch = rows[i].effect == EFFECT_FETCH_TICKET;
        struct command c =
            desk_command(&rig, rows[i].effect, is_fetch ? METHOD_GET : METHOD_PUT, rows[i].voice);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_ms(100)));
        EXPECT(rows[i].why, desk_has_outcome(&rig, offset) == (rows[i].voice == VOICE_NOTICE));
        EXPECT_OK("run", rig_run(&rig, span_s(200)));
        EXPECT(rows[i].why, desk_outcome(&rig, offset)->result == rows[i].want);
        EXPECT(rows[i].why, d.puts == rows[i].puts);
        rig_deinit(&rig);
    }
}

static void test_a_late_try_of_ours_is_no_other_writer(void **state)
{
    (void)state;
    struct desk d = {.lost = 1, .conflicts = 1, .late = "010000000000000000000000000000ee"};
    desk_begin(&rig, &d, false);
    struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_BOT);
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(70)));
    EXPECT("absent so far", !desk_has_outcome(&rig, offset) && d.puts == 1);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("the guard stops the second, the audit tells why", d.puts == 2 && d.audits == 8);
    EXPECT("once", desk_outcome(&rig, offset)->result == OUTCOME_APPLIED);
    EXPECT_SLICE("found", desk_outcome(&rig, offset)->detail,
                 SLICE("its answer was lost; found by looking"));
    rig_deinit(&rig);
}

static void test_a_stamp_is_old_before_it_is_used(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct desk desk;
        size_t gets;
        int64_t sent_after_ms;
    } rows[] = {
        {"changed long ago", {0}, 1, 0},
        {"changed this very second: read again", {.updated = "2026-09-14T09:12:05Z"}, 2, 2000},
        {"reading took long: what counts is when it began",
         {.updated = "2026-09-14T09:12:05Z", .slow = {3000}},
         2,
         8000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = rows[i].desk;
        desk_begin(&rig, &d, false);
        struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_BOT);
        int64_t began = rig.clock.mono.ms;
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(20)));
        EXPECT("done", desk_outcome(&rig, offset)->result == OUTCOME_APPLIED);
        EXPECT(rows[i].why, d.gets == rows[i].gets);
        EXPECT(rows[i].why, desk_last(&rig, "PUT")->at.ms - began >= rows[i].sent_after_ms);
        rig_deinit(&rig);
    }
}

static void test_nothing_is_taken_from_an_agent(void **state)
{
    (void)state;
    static const struct {
        const char *why, *assignee, *body;
        size_t conflicts;
        enum outcome_result want;
        size_t puts;
    } rows[] = {
        {"the bot's: given away", "900", "{\"ticket\":{\"assignee_id\":null}}", 0, OUTCOME_APPLIED,
         1},
        {"nobody's: stays so", "null", "{\"ticket\":{\"assignee_id\":null}}", 0, OUTCOME_APPLIED,
         1},
        {"an agent's by now", "7", "{\"ticket\":{\"assignee_id\":null}}", 0, OUTCOME_SUPERSEDED, 0},
        {"another update of it", "7", "{\"ticket\":{\"status\":\"open\"}}", 0, OUTCOME_APPLIED, 1},
        {"given back to the bot by us", "7", "{\"ticket\":{\"assignee_id\":900}}", 0,
         OUTCOME_APPLIED, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = {.assignee = rows[i].assignee, .conflicts = rows[i].conflicts};
        desk_begin(&rig, &d, false);
        struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NONE);
        c.body = slice_of(rows[i].body);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(5)));
        EXPECT(rows[i].why, desk_outcome(&rig, offset)->result == rows[i].want);
        EXPECT(rows[i].why, d.puts == rows[i].puts);
        rig_deinit(&rig);
    }
}

static struct desk *taken_desk;
static struct peer_reply (*plain_reply)(void *, const struct peer_seen *, size_t);

/* An agent takes the ticket right before the first write, which the stamp then stops. */
static struct peer_reply agent_is_faster(void *arg, const struct peer_seen *seen, size_t index)
{
    if (slice_equal(seen->method, SLICE("PUT"))) {
        taken_desk->assignee = "7";
    }
    return plain_reply(arg, seen, index);
}

static void test_an_agent_who_is_faster_keeps_the_ticket(void **state)
{
    (void)state;
    struct desk d = {.conflicts = 1};
    desk_begin(&rig, &d, false);
    taken_desk = &d;
    plain_reply = rig.peer.reply;
    rig.peer.reply = agent_is_faster;
    struct command c = desk_command(&rig, EFFECT_TICKET_UPDATE, METHOD_PUT, VOICE_NONE);
    c.body = SLICE("{\"ticket\":{\"assignee_id\":null,\"comment\":{\"body\":\"summary\"}}}");
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_s(10)));
    EXPECT("refused by the stamp, read again, left alone", d.puts == 1 && d.gets == 2);
    EXPECT("not his any more", desk_outcome(&rig, offset)->result == OUTCOME_SUPERSEDED);
    rig_deinit(&rig);
}

static const struct {
    const char *why;
    struct desk desk;
    bool look_first;
    int64_t age_s;
    enum outcome_result want;
    size_t posts, lists;
    int64_t within_s;
} creations[] = {
    {"row 59: made", {0}, false, 0, OUTCOME_APPLIED, 1, 0, 1},
    {"lost answers: the same bytes and key again",
     {.lost = 3},
     false,
     0,
     OUTCOME_APPLIED,
     4,
     0,
     20},
    {"a second attempt looks first",
     {.listed = true, .external_id = "tieline:k:1"},
     true,
     0,
     OUTCOME_APPLIED,
     0,
     1,
     1},
    {"and makes it if there is none", {0}, true, 0, OUTCOME_APPLIED, 1, 1, 1},
    {"refused", {.status = 422}, false, 0, OUTCOME_REFUSED, 1, 0, 1},
    {"the key may be gone: looked up",
     {.lost = 1, .listed = true, .external_id = "tieline:k:1"},
     false,
     91 * 60,
     OUTCOME_APPLIED,
     1,
     1,
     10},
    {"the key may be gone, and no ticket is there",
     {.lost = 1},
     false,
     91 * 60,
     OUTCOME_APPLIED,
     2,
     8,
     160},
    {"the key is taken, its ticket shows late",
     {.keyed = "{\"error\":\"IdempotentRequestError\"}",
      .listed = true,
      .external_id = "tieline:k:1"},
     false,
     0,
     OUTCOME_APPLIED,
     1,
     1,
     5},
    {"a later refusal says nothing of the try before: its ticket shows",
     {.lost = 1, .status = 403, .listed = true, .external_id = "tieline:k:1"},
     false,
     0,
     OUTCOME_APPLIED,
     2,
     1,
     10},
    {"a later refusal says nothing of the try before: no ticket shows",
     {.lost = 1, .status = 403},
     false,
     0,
     OUTCOME_UNDECIDED,
     2,
     8,
     160},
    {"refused by who knows the key: there is none",
     {.lost = 1, .status = 422},
     false,
     0,
     OUTCOME_REFUSED,
     2,
     0,
     160},
    {"the key is taken, no ticket shows",
     {.keyed = "{\"error\":\"IdempotentRequestError\"}"},
     false,
     0,
     OUTCOME_UNDECIDED,
     1,
     8,
     160},
};

static void test_creations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(creations); i++) {
        struct desk d = creations[i].desk;
        desk_begin(&rig, &d, false);
        struct command c = create_command();
        c.look_first = creations[i].look_first;
        c.created = wall_add(c.created, span_s(-creations[i].age_s));
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(creations[i].within_s)));
        const struct outcome *o = desk_outcome(&rig, offset);
        EXPECT(creations[i].why, o->result == creations[i].want);
        EXPECT(creations[i].why, d.posts == creations[i].posts);
        EXPECT(creations[i].why,
               creations[i].lists > 1 ? d.lists > 1 : d.lists == creations[i].lists);
        if (o->result == OUTCOME_APPLIED) {
            EXPECT_SLICE("id", o->remote_id, SLICE("77"));
        }
        if (d.posts > 0) {
            const struct peer_seen *seen = desk_last(&rig, "POST");
            EXPECT_SLICE("as rendered", seen->body, c.body);
            EXPECT("keyed", strstr(seen->headers.ptr,
                                   "Idempotency-Key: 010000000000000000000000000000ee\n") != NULL);
        }
        rig_deinit(&rig);
    }
}

static void test_fetches(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct desk desk;
        size_t gets, comments;
        const char *last_size;
    } rows[] = {
        {"row 42: ticket, then comments", {0}, 1, 1, "=100"},
        {"comments that are too long to be read", {.large = 2}, 3, 3, "=10"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct desk d = rows[i].desk;
        desk_begin(&rig, &d, false);
        struct command c = desk_command(&rig, EFFECT_FETCH_TICKET, METHOD_GET, VOICE_NONE);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(10)));
        const struct outcome *o = desk_outcome(&rig, offset);
        EXPECT(rows[i].why, o->result == OUTCOME_APPLIED);
        EXPECT(rows[i].why, d.gets == rows[i].gets && d.comments == rows[i].comments);
        EXPECT(rows[i].why, slice_ends_with(rig.peer.seen[rig.peer.seen_count - 1].url,
                                            slice_of(rows[i].last_size)));
        EXPECT_SLICE(
            "as the log keeps it", o->fetched,
            SLICE("{\"ticket\":{\"id\":17,\"brand_id\":null,\"assignee_id\":900,\"status\":"
                  "null,\"updated_at\":\"2026-01-01T00:00:00Z\",\"external_id\":null,"
                  "\"requester_id\":null,\"subject\":\"s\",\"from_messaging_channel\":"
                  "false,\"tags\":[]},\"comments\":[{\"id\":3,\"author_id\":5,"
                  "\"author_role\":\"end-user\",\"public\":true,\"created_at\":null,"
                  "\"text\":\"hi\",\"automatic\":false}],\"more\":false}"));
        rig_deinit(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_the_end_of_a_session),
        cmocka_unit_test(test_what_shows_late_is_not_refused),
        cmocka_unit_test(test_a_late_try_of_ours_is_no_other_writer),
        cmocka_unit_test(test_a_stamp_is_old_before_it_is_used),
        cmocka_unit_test(test_nothing_is_taken_from_an_agent),
        cmocka_unit_test(test_an_agent_who_is_faster_keeps_the_ticket),
        cmocka_unit_test(test_creations),
        cmocka_unit_test(test_fetches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
