/* config_handoff.c: outcomes of single rules, and what is wrong with them. Rows 75, 77, 78, 81. */
#include "tests/unit/ctl/checked.h"

#define HANDOFF(members)                                                                           \
    "{\"accounts\":{\"acme\":{\"subdomain\":\"acme\",\"conversations\":{\"app_id\":\"a\","         \
    "\"key_id\":\"k\",\"key_secret\":{\"env\":\"HUSH\"},\"integration_id\":\"65f1\","              \
    "\"webhook_secrets\":[{\"env\":\"HUSH\"}]}}},\"stores\":{\"shoes\":{\"account\":\"acme\","     \
    "\"bot\":{\"url\":\"https://bot.example.com/x\"},\"handoff\":{" members "}}}}"
#define OUTCOMES(members) HANDOFF("\"outcomes\":{" members "}")

static const struct {
    const char *why, *text, *said;
    bool is_error;
} rows[] = {
    {"a rule that does not exist", OUTCOMES("\"low_ratin\":{\"by\":\"ticket\"}"),
     "handoff.outcomes.low_ratin: there is no such rule; did you mean \"low_rating\"?", true},
    {"a way that does not exist", OUTCOMES("\"asked\":{\"by\":\"mail\"}"),
     "outcomes.asked.by: expected \"live\" or \"ticket\" or \"message\", found \"mail\"", true},
    {"a priority that does not exist", OUTCOMES("\"asked\":{\"priority\":\"hihg\"}"),
     "did you mean \"high\"?", true},
    {"a member that does not exist", OUTCOMES("\"asked\":{\"tag\":\"x\"}"),
     "did you mean \"tags\"?", true},
    {"a text that is missing", OUTCOMES("\"asked\":{\"by\":\"message\"}"),
     "handoff.outcomes.asked: \"text\" is missing", true},
    {"a text that nobody tells", OUTCOMES("\"asked\":{\"text\":\"hi\"}"),
     "\"text\" is told only where", true},
    {"row 75: by hand is a call", OUTCOMES("\"manual\":{\"by\":\"message\",\"text\":\"hi\"}"),
     "is called: \"live\" or \"ticket\"", true},
    {"a ticket's tags without a ticket",
     OUTCOMES("\"asked\":{\"by\":\"message\",\"text\":\"hi\",\"tags\":\"x\"}"),
     "there is no ticket for priority or tags", false},
    {"an outcome of a rule that is off", OUTCOMES("\"unresolved\":{\"by\":\"ticket\"}"),
     "handoff.outcomes.unresolved: the rule is off", false},
    {"row 97: an unknown source", HANDOFF("\"fields\":{\"36001\":\"ratign\"}"),
     "handoff.fields.36001: there is no such source; did you mean \"rating\"?", true},
    {"row 97: one of nothing", HANDOFF("\"fields\":{\"36001\":\"xyzzy plugh\"}"),
     "known are conversation, ", true},
    {"row 97: no id of a field", HANDOFF("\"fields\":{\"rating\":\"rating\"}"),
     "expected the id of a ticket field", true},
    {"row 97: no source at all", HANDOFF("\"fields\":{\"36001\":true}"), "there is no such source",
     true},
    {"row 95: a link that is none", HANDOFF("\"conversation_url\":\"bot.example/{id}\""),
     "handoff.conversation_url: the address", true},
    {"row 95: the same for all", HANDOFF("\"conversation_url\":\"https://bot.example/c\""),
     "the same link for all", false},
    {"row 95: mapped, but not there", HANDOFF("\"fields\":{\"36001\":\"conversation_url\"}"),
     "is mapped, but the store has none", true},
    {"row 90: no domain", HANDOFF("\"placeholder_domain\":\"me@shop.example\""),
     "expected a domain", true},
    {"nobody is asked who is online", HANDOFF("\"live\":false,\"agents\":{}"),
     "handoff.agents: every call is a ticket", false},
    {"row 77: nobody is ever called",
     HANDOFF("\"rules\":{\"bot\":false,\"bot_failed\":false,\"bot_timed_out\":false},\"outcomes\":{"
             "\"asked\":{\"by\":\"message\",\"text\":\"hi\"}}"),
     "no human will ever be called but by hand", false},
    {"row 77: all rules off",
     HANDOFF("\"rules\":{\"asked\":false,\"bot\":false,\"bot_failed\":false,"
             "\"bot_timed_out\":false}"),
     "all rules are switched off: no human will ever be called", false},
};

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config_file file;
        checked_read(rows[i].text, NULL, &file);
        const struct problem *problem = checked_find(&file, rows[i].said);
        EXPECT(rows[i].why, problem != NULL && problem->warning == !rows[i].is_error);
        EXPECT(rows[i].why, (file.problems.errors > 0) == rows[i].is_error);
        config_file_deinit(&file);
    }
}

static void outcomes_reach_the_store(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(HANDOFF("\"preferences\":true,\"rules\":{\"low_rating\":2,\"turn_cap\":true},"
                         "\"outcomes\":{\"low_rating\":{\"by\":\"ticket\",\"priority\":\"high\","
                         "\"tags\":\"unhappy\"},\"asked\":{\"by\":\"message\",\"text\":\"Soon.\"},"
                         "\"manual\":{\"by\":\"live\"}}"),
                 NULL, &file);
    EXPECT("good", file.problems.errors == 0 && file.problems.kept == 0);
    const struct store *s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("row 81: the bot may say how", s->handoff_preferences);
    EXPECT("a loop calls a human", (s->reasons_on & REASON_BIT(REASON_TURN_CAP)) != 0);
    EXPECT("all of them", s->outcome_count == 3);
    EXPECT("by ticket", s->outcomes[0].reason == REASON_LOW_RATING &&
                            s->outcomes[0].way == WAY_TICKET &&
                            s->outcomes[0].priority == PRIORITY_HIGH);
    EXPECT_SLICE("tags", s->outcomes[0].tags, SLICE("unhappy"));
    EXPECT("by a text", s->outcomes[1].way == WAY_MESSAGE);
    EXPECT_SLICE("the text", s->outcomes[1].text, SLICE("Soon."));
    EXPECT("live", s->outcomes[2].way == WAY_LIVE);
    config_file_deinit(&file);
    checked_read(HANDOFF(""), NULL, &file);
    s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("none", s->outcome_count == 0 && !s->handoff_preferences);
    config_file_deinit(&file);
}

static void texts_of_rules_may_be_in_languages(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(HANDOFF("\"outcomes\":{\"bot\":{\"by\":\"ticket\"},\"asked\":{\"by\":\"message\","
                         "\"text\":{\"default\":\"Soon.\",\"de\":\"Bald.\"}}}"),
                 NULL, &file);
    const struct store *s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("good", file.problems.errors == 0);
    EXPECT_SLICE("without a language", s->outcomes[1].text, SLICE("Soon."));
    EXPECT("one more", s->text_count == 1 && s->texts[0].slot == SLOT_NOTICE_RULE &&
                           s->texts[0].reason == REASON_ASKED);
    EXPECT_SLICE("in German", s->texts[0].text, SLICE("Bald."));
    config_file_deinit(&file);
    checked_read(HANDOFF("\"outcomes\":{\"asked\":{\"by\":\"message\",\"text\":{\"de\":\"x\"}}}"),
                 NULL, &file);
    EXPECT("what is told to whom no language fits",
           checked_find(&file, "or its \"default\"") != NULL);
    config_file_deinit(&file);
}

static void whether_agents_are_asked_for_reaches_the_store(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(HANDOFF("\"agents\":{\"then\":\"message\",\"text\":{\"default\":\"Away.\","
                         "\"de\":\"Weg.\"}}"),
                 NULL, &file);
    EXPECT("good", file.problems.errors == 0 && file.problems.kept == 0);
    const struct store *s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("asked, and only told", s->agents_asked && s->away_then == CLOSED_MESSAGE);
    EXPECT_SLICE("told", s->away_text, SLICE("Away."));
    EXPECT("in German", s->text_count == 1 && s->texts[0].slot == SLOT_NOTICE_AWAY);
    config_file_deinit(&file);
    checked_read(HANDOFF("\"agents\":{}"), NULL, &file);
    s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("a ticket as usual", s->agents_asked && s->away_then == CLOSED_TICKET);
    EXPECT("told as usual", s->away_text.len > 0);
    config_file_deinit(&file);
    checked_read(HANDOFF(""), NULL, &file);
    s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("not unless it stands there", !s->agents_asked && s->away_text.len == 0);
    config_file_deinit(&file);
}

static void what_a_ticket_carries_reaches_the_store(void **state)
{
    (void)state;
    struct config_file file;
    checked_read(HANDOFF("\"summary\":\"off\",\"transcript\":\"note\",\"fields\":{\"36001\":"
                         "\"rating\",\"36002\":"
                         "\"data.order\",\"36003\":\"conversation_url\"},\"priority\":\"low\","
                         "\"status\":\"open\",\"assignee\":901,\"form\":\"55\",\"bot_tag\":true,"
                         "\"conversation_url\":\"https://bot.example/{id}\","
                         "\"placeholder_domain\":\"visitors.shop.example\""),
                 NULL, &file);
    EXPECT("good", file.problems.errors == 0 && file.problems.kept == 0);
    const struct store *s = &config_file_store(&file, SLICE("shoes"))->store;
    EXPECT("row 84: off", s->summary_place == SUMMARY_OFF);
    EXPECT("row 85: on", s->transcript_place == TRANSCRIPT_NOTE);
    EXPECT("row 97: fields", s->field_count == 3);
    EXPECT_SLICE("row 97: their ids", s->fields[1].field_id, SLICE("36002"));
    EXPECT_SLICE("row 97: their sources", s->fields[1].source, SLICE("data.order"));
    EXPECT("row 102: open", s->handoff_open && s->handoff_priority == PRIORITY_LOW);
    EXPECT_SLICE("assignee", s->handoff_assignee_id, SLICE("901"));
    EXPECT_SLICE("form", s->handoff_form_id, SLICE("55"));
    EXPECT("row 94: the bot's name", s->handoff_bot_tag);
    EXPECT_SLICE("row 90", s->placeholder_domain, SLICE("visitors.shop.example"));
    config_file_deinit(&file);
}

static int set_environment(void **state)
{
    (void)state;
    return setenv("HUSH", "hush", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(outcomes_reach_the_store),
        cmocka_unit_test(texts_of_rules_may_be_in_languages),
        cmocka_unit_test(whether_agents_are_asked_for_reaches_the_store),
        cmocka_unit_test(what_a_ticket_carries_reaches_the_store),
    };
    return cmocka_run_group_tests(tests, set_environment, NULL);
}
