/* Conditions by a table; the run itself is seen in test_tickets.c. */
#include "sandbox/triggers.h"
#include "tests/unit/sandbox/desk_bench.h"

#define AGENT_ID "390004410101"
#define BOT_ID "390004410001"
#define SHOES_ID "360002783501"
#define HATS_ID "360002783502"

/* How the ticket stood and what the save did; texts are ids or names, NULL = nothing. */
struct situation {
    bool is_new;
    const char *actor;         /* BOT_ID, AGENT_ID, "customer"; NULL = the system */
    const char *comment;       /* "public", "private" */
    const char *was, *is;      /* status */
    const char *owned, *owner; /* assignee before and after */
};

static const struct situation mailed = {true, "customer", "public", NULL, "new", NULL, NULL};
static const struct situation wrote = {false,  "customer", "public", "pending",
                                       "open", BOT_ID,     BOT_ID};
static const struct situation noted = {false,  AGENT_ID, "private", "open",
                                       "open", AGENT_ID, AGENT_ID};
static const struct situation taken = {false, AGENT_ID, NULL, "open", "open", BOT_ID, AGENT_ID};
static const struct situation freed = {false, BOT_ID, "private", "open", "open", BOT_ID, NULL};
static const struct situation by_system = {false, NULL, NULL, "solved", "closed", NULL, NULL};

static const struct {
    const char *why;
    const struct situation *when;
    enum trigger_field field;
    enum trigger_operator op;
    const char *value;
    bool holds;
} rows[] = {
    {"created", &mailed, TRIGGER_FIELD_UPDATE_TYPE, TRIGGER_OPERATOR_IS, "Create", true},
    {"not updated", &mailed, TRIGGER_FIELD_UPDATE_TYPE, TRIGGER_OPERATOR_IS, "Change", false},
    {"updated", &wrote, TRIGGER_FIELD_UPDATE_TYPE, TRIGGER_OPERATOR_IS, "Change", true},
    {"a customer", &wrote, TRIGGER_FIELD_ROLE, TRIGGER_OPERATOR_IS, "end_user", true},
    {"an agent", &noted, TRIGGER_FIELD_ROLE, TRIGGER_OPERATOR_IS, "end_user", false},
    {"the bot is an agent", &freed, TRIGGER_FIELD_ROLE, TRIGGER_OPERATOR_IS, "agent", true},
    {"one agent by id", &noted, TRIGGER_FIELD_ROLE, TRIGGER_OPERATOR_IS, AGENT_ID, true},
    {"not the bot", &noted, TRIGGER_FIELD_ROLE, TRIGGER_OPERATOR_IS_NOT, BOT_ID, true},
    {"the system is nobody", &by_system, TRIGGER_FIELD_ROLE, TRIGGER_OPERATOR_IS, "agent", false},
    {"a public comment", &wrote, TRIGGER_FIELD_COMMENT, TRIGGER_OPERATOR_IS,
     "requester_can_see_comment", true},
    {"a private one", &noted, TRIGGER_FIELD_COMMENT, TRIGGER_OPERATOR_IS,
     "requester_can_see_comment", false},
    {"private it is", &noted, TRIGGER_FIELD_COMMENT, TRIGGER_OPERATOR_IS, "false", true},
    {"any", &noted, TRIGGER_FIELD_COMMENT, TRIGGER_OPERATOR_IS, "not_relevant", true},
    {"none", &taken, TRIGGER_FIELD_COMMENT, TRIGGER_OPERATOR_IS, "not_relevant", false},
    {"none is not private", &taken, TRIGGER_FIELD_COMMENT, TRIGGER_OPERATOR_IS, "false", false},
    {"its assignee", &wrote, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_IS, BOT_ID, true},
    {"another's", &taken, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_IS, BOT_ID, false},
    {"nobody's", &freed, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_IS, "", true},
    {"who saves", &taken, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_IS, "current_user", true},
    {"assigned anew", &taken, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_CHANGED, "", true},
    {"not assigned anew", &wrote, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_CHANGED, "", false},
    {"unassigned", &freed, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_CHANGED, "", true},
    {"to the agent", &taken, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_TO, AGENT_ID, true},
    {"from the bot", &taken, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_FROM, BOT_ID, true},
    {"no change is not from", &wrote, TRIGGER_FIELD_ASSIGNEE, TRIGGER_OPERATOR_FROM, BOT_ID, false},
    {"its status", &wrote, TRIGGER_FIELD_STATUS, TRIGGER_OPERATOR_IS, "open", true},
    {"less than solved", &wrote, TRIGGER_FIELD_STATUS, TRIGGER_OPERATOR_LESS, "solved", true},
    {"closed is more", &by_system, TRIGGER_FIELD_STATUS, TRIGGER_OPERATOR_GREATER, "solved", true},
    {"opened", &wrote, TRIGGER_FIELD_STATUS, TRIGGER_OPERATOR_CHANGED, "", true},
    {"opened again", &wrote, TRIGGER_FIELD_STATUS, TRIGGER_OPERATOR_FROM, "pending", true},
    {"a new one had none", &mailed, TRIGGER_FIELD_STATUS, TRIGGER_OPERATOR_FROM, "new", false},
    {"as it was", &taken, TRIGGER_FIELD_STATUS, TRIGGER_OPERATOR_NOT_CHANGED, "", true},
    {"its brand", &wrote, TRIGGER_FIELD_BRAND, TRIGGER_OPERATOR_IS, SHOES_ID, true},
    {"not its brand", &wrote, TRIGGER_FIELD_BRAND, TRIGGER_OPERATOR_IS_NOT, HATS_ID, true},
    {"a tag", &wrote, TRIGGER_FIELD_TAGS, TRIGGER_OPERATOR_INCLUDES, "x vip", true},
    {"without a tag", &wrote, TRIGGER_FIELD_TAGS, TRIGGER_OPERATOR_NOT_INCLUDES, "vip", false},
    {"by mail", &wrote, TRIGGER_FIELD_CURRENT_VIA, TRIGGER_OPERATOR_IS, "4", true},
    {"not by the API", &wrote, TRIGGER_FIELD_CURRENT_VIA, TRIGGER_OPERATOR_IS_NOT, "5", true},
    {"began in the web", &wrote, TRIGGER_FIELD_VIA, TRIGGER_OPERATOR_IS, "0", true},
};

static const struct person *person_of(struct desk_bench *b, const char *name,
                                      const struct person *customer)
{
    if (name == NULL) {
        return NULL;
    }
    return strcmp(name, "customer") == 0 ? customer
                                         : desk_person(&b->world->store.desk, slice_of(name));
}

static void every_condition(void **state)
{
    (void)state;
    struct desk_bench b;
    struct call c = {0};
    desk_bench_init(&b);
    const struct person customer = {.id_text = SLICE("7"), .role = ROLE_END_USER};
    c.arena = &b.arena;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct situation *when = rows[i].when;
        struct comment comment = {.is_public = when->comment != NULL &&
                                               strcmp(when->comment, "public") == 0};
        struct ticket ticket = {.brand = b.world->store.brands, .tags = SLICE("vip")};
        struct save save = {.c = &c, .ticket = &ticket, .via = VIA_MAIL, .is_new = when->is_new};
        save.comment = when->comment == NULL ? NULL : &comment;
        save.actor = person_of(&b, when->actor, &customer);
        ticket.assignee = person_of(&b, when->owner, &customer);
        save.before.assignee = person_of(&b, when->owned, &customer);
        assert_true(status_by_name(slice_of(when->is), &ticket.status));
        if (when->was != NULL) {
            assert_true(status_by_name(slice_of(when->was), &save.before.status));
        }
        const struct trigger_condition condition = {rows[i].field, rows[i].op,
                                                    slice_of(rows[i].value)};
        EXPECT(rows[i].why, trigger_condition_holds(&save, &condition) == rows[i].holds);
    }
    desk_bench_deinit(&b);
}

static void operators_of_a_field(void **state)
{
    (void)state;
    for (size_t f = 0; f < TRIGGER_FIELD_COUNT; f++) {
        EXPECT(trigger_field_name((enum trigger_field)f),
               trigger_operators((enum trigger_field)f) != 0);
    }
    EXPECT("tags have no `is`",
           (trigger_operators(TRIGGER_FIELD_TAGS) & (1U << TRIGGER_OPERATOR_IS)) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_condition),
        cmocka_unit_test(operators_of_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
