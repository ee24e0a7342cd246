/* ticket_state.c: which news of a ticket is news, whose it is, and who is told. Whole stories of
 * it: tests/golden/stories/ticket_state_*. Row 106: from Zendesk to the bot's side; the other way
 * round, the bot's side solves a ticket (tests/golden/stories/platform_end_ticket). */
#include "processor/core/ticket_state.h"
#include "tests/unit/processor/bare_context.h"

static struct context begin(const char *key, enum phase phase)
{
    bare_begin(EVENT_TICKET_STATUS);
    store = (struct store){.name = SLICE("shoes"),
                           .bot_kind = BOT_HTTP,
                           .bot_url = SLICE("https://bot.example"),
                           .bot_notices = true};
    state.key = slice_of(key);
    state.store = store.name;
    state.phase = phase;
    EXPECT_OK("key", ident_key_parse(state.key, &state.account, &state.surface, &state.remote_id));
    return bare_context((wall_ms_t){1789377125000});
}

/* News at the conversation; true when the bot is told that status. */
static bool told(struct context *ctx, enum ticket_state what, int64_t updated, const char *status)
{
    char wanted[64];
    effects_reset(&effects);
    event.body.ticket_status = (struct ticket_status){SLICE("17"), what, {updated}};
    EXPECT_OK("decided", ticket_state_event(ctx));
    if (effects.command_count == 0 || status == NULL) {
        return effects.command_count > 0;
    }
    (void)snprintf(wanted, sizeof wanted, "\"status\":\"%s\",\"version\":%u,\"ticket\":\"17\"",
                   status, (unsigned)state.status_version);
    size_t at = 0;
    struct slice body = effects.commands[0].body;
    while (at < body.len && !slice_starts_with(slice_sub(body, at, body.len), slice_of(wanted))) {
        at++;
    }
    return at < body.len;
}

static void row_106_each_change_is_told_once(void **unused)
{
    (void)unused;
    struct context ctx = begin("acme/messaging/c1", PHASE_HUMAN);
    EXPECT("solved", told(&ctx, TICKET_STATE_SOLVED, 10, "solved"));
    EXPECT("known", !told(&ctx, TICKET_STATE_SOLVED, 10, NULL) && !effects.changed);
    EXPECT("solved still", !told(&ctx, TICKET_STATE_SOLVED, 12, NULL));
    EXPECT("late", !told(&ctx, TICKET_STATE_OPEN, 9, NULL) && !effects.changed);
    EXPECT("noted", effects_has_note(&effects, NOTE_STALE_EVIDENCE));
    EXPECT("in the same second", told(&ctx, TICKET_STATE_OPEN, 10, "reopened"));
    EXPECT("closed", told(&ctx, TICKET_STATE_CLOSED, 20, "closed"));
    EXPECT("the version rose with each", state.status_version == 3);
}

static void who_is_not_told(void **unused)
{
    static const struct {
        const char *why, *key;
        enum phase phase;
        bool notices;
        bool told;
    } rows[] = {
        {"a bot that wants to hear", "acme/messaging/c1", PHASE_RELEASED, true, true},
        {"one that does not", "acme/messaging/c1", PHASE_HUMAN, false, false},
        {"a chat's platform always", "acme/chat/shoes:47:11", PHASE_RELEASED, false, true},
        {"what has not begun", "acme/messaging/c1", PHASE_NEW, true, false},
        {"what is over is over", "acme/messaging/c1", PHASE_ENDED, true, false},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct context ctx = begin(rows[i].key, rows[i].phase);
        store.bot_notices = rows[i].notices;
        EXPECT(rows[i].why, told(&ctx, TICKET_STATE_SOLVED, 10, NULL) == rows[i].told);
    }
}

/* Closing ends the session; a release that nobody heard of is asked for. */
static void a_missed_release_is_asked_for(void **unused)
{
    (void)unused;
    struct context ctx = begin("acme/messaging/c1", PHASE_HUMAN);
    (void)told(&ctx, TICKET_STATE_CLOSED, 10, NULL);
    EXPECT("asked", effects.command_count == 2 &&
                        effects.commands[1].effect == EFFECT_FETCH_ACTIVE && state.evidence_asked);
    ctx = begin("acme/messaging/c1", PHASE_RELEASED);
    (void)told(&ctx, TICKET_STATE_CLOSED, 10, NULL);
    EXPECT("it was heard", effects.command_count == 1 && !state.evidence_asked);
}

static void news_goes_where_the_ticket_belongs(void **unused)
{
    static const struct {
        const char *why, *ticket, *key;
    } rows[] = {
        {"by its tag", "{\"id\":17,\"status\":\"solved\",\"tags\":[\"vip\",\"tieline_c1\"]}",
         "acme/messaging/c1"},
        {"by its external id, which has colons",
         "{\"id\":17,\"status\":\"closed\",\"external_id\":\"tieline:acme/chat/shoes:4:7:ff\"}",
         "acme/chat/shoes:4:7"},
        {"never another account's",
         "{\"id\":17,\"status\":\"closed\",\"external_id\":\"tieline:globex/messaging/c1:ff\"}",
         NULL},
        {"never a ticket's, which asks for itself",
         "{\"id\":17,\"status\":\"closed\",\"external_id\":\"tieline:acme/ticket/9:ff\"}", NULL},
        {"no key", "{\"id\":17,\"status\":\"closed\",\"external_id\":\"tieline:\"}", NULL},
        {"nobody's", "{\"id\":17,\"status\":\"closed\",\"tags\":[]}", NULL},
        {"an open one is no news", "{\"id\":17,\"status\":\"pending\",\"tags\":[\"tieline_c1\"]}",
         NULL},
        {"without a status", "{\"id\":17,\"tags\":[\"tieline_c1\"]}", NULL},
        {"without an id", "{\"status\":\"solved\",\"tags\":[\"tieline_c1\"]}", NULL},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct context ctx = begin("acme/ticket/17", PHASE_NEW);
        const struct json *ticket = NULL;
        EXPECT_OK(rows[i].why, json_parse(&arena, slice_of(rows[i].ticket), NULL, NULL, &ticket));
        EXPECT_OK(rows[i].why, ticket_state_pass_on(&ctx, ticket, (wall_ms_t){7}));
        EXPECT(rows[i].why, effects.event_count == (rows[i].key != NULL ? 1 : 0));
        if (rows[i].key != NULL) {
            EXPECT_SLICE(rows[i].why, effects.events[0].conversation, slice_of(rows[i].key));
            EXPECT(rows[i].why, effects.events[0].body.ticket_status.updated.ms == 7);
            EXPECT_OK("read again", ticket_state_pass_on(&ctx, ticket, (wall_ms_t){8}));
        }
        effects_reset(&effects);
        EXPECT_OK(rows[i].why, ticket_state_pass_on(&ctx, ticket, (wall_ms_t){9}));
        EXPECT("told once", effects.event_count == 0);
    }
}

int main(void)
{
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_106_each_change_is_told_once),
        cmocka_unit_test(who_is_not_told),
        cmocka_unit_test(a_missed_release_is_asked_for),
        cmocka_unit_test(news_goes_where_the_ticket_belongs),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
