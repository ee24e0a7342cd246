/* fields.c and render_ticket.c: what a ticket carries, and what is asked for when Zendesk does not
 * take it. Rows 91, 93-102. */
#include "base/buf.h"
#include "processor/core/effects.h"
#include "processor/core/fields.h"
#include "tests/support/story_test.h"

#define STORE(members) STORE_OF("false", members)
#define STORE_OF(live, members)                                                                    \
    "{\"config\":{\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\","         \
    "\"brand\":\"11\",\"live\":" live members "},{\"name\":\"hats\",\"account\":\"acme\","         \
    "\"widget\":\"w2\",\"brand\":\"22\"}]}}"

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\",\"bot_user\":\"900\"}],"
    "\"stores\":[{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\","
    "\"live\":false},{\"name\":\"hats\",\"account\":\"acme\",\"widget\":\"w2\",\"brand\":\"22\"}]}"
    "}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static void says(struct story *s, int n, const char *words)
{
    struct slice line = {0};
    EXPECT_OK("line",
              arena_printf(&s->arena, &line,
                           "{\"at\":\"2026-09-14T09:00:%02dZ\",\"webhook\":{\"id\":\"e%d\","
                           "\"type\":\"conversation:message\",\"createdAt\":"
                           "\"2026-09-14T09:00:%02dZ\",\"payload\":{\"conversation\":{\"id\":"
                           "\"c1\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
                           "\"integrationId\":\"int\"}},\"message\":{\"id\":\"m%d\",\"author\":{"
                           "\"type\":\"user\",\"userId\":\"u1\"},\"content\":{\"type\":\"text\","
                           "\"text\":\"%s\"},\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}"
                           "}}}}",
                           n, n, n, n, words));
    play(s, line.ptr);
}

static void posts(struct story *s, int n, const char *members)
{
    struct slice line = {0};
    EXPECT_OK("line",
              arena_printf(&s->arena, &line,
                           "{\"at\":\"2026-09-14T09:00:%02dZ\",\"platform\":{\"id\":\"p%d\","
                           "\"conversation\":\"acme/messaging/c1\",%s}}",
                           n, n, members));
    play(s, line.ptr);
}

static void outcome(struct story *s, const char *members)
{
    struct slice line = {0};
    EXPECT_OK("line", arena_printf(&s->arena, &line,
                                   "{\"at\":\"2026-09-14T09:00:50Z\",\"outcome\":{%s}}", members));
    play(s, line.ptr);
}

static const struct command *command(const struct story *s, enum effect_kind kind)
{
    for (size_t i = 0; i < s->effects.command_count; i++) {
        if (s->effects.commands[i].effect == kind) {
            return &s->effects.commands[i];
        }
    }
    return NULL;
}

static const struct command *the(const struct story *s, enum effect_kind kind)
{
    const struct command *found = command(s, kind);
    EXPECT(effect_name(kind), found != NULL);
    return found;
}

static const struct json *body(struct story *s, enum effect_kind kind)
{
    const struct json *root = NULL;
    EXPECT_OK("JSON", json_parse(&s->arena, the(s, kind)->body, NULL, NULL, &root));
    return root;
}

static struct slice at(const struct json *root, const char *path)
{
    const struct json *value = json_find(root, path);
    return value == NULL ? SLICE("(absent)") : value->text;
}

/* The value of a custom field, as text. */
static struct slice custom(const struct json *root, const char *id)
{
    JSON_EACH(field, json_find(root, "ticket.custom_fields"))
    {
        if (slice_equal(json_id(json_find(field, "id")), slice_of(id))) {
            return json_find(field, "value")->text;
        }
    }
    return SLICE("(absent)");
}

static void a_ticket_carries_what_a_store_maps(void **state)
{
    struct story *s = *state;
    play(s, STORE(",\"author\":\"Shoe & Boot  Bot!\",\"bot_tag\":true,\"tags\":\"from-bot\","
                  "\"priority\":\"low\",\"status\":\"open\",\"group\":\"77\",\"form\":\"55\","
                  "\"assignee\":\"901\",\"conversation_url\":\"https://bot.example/c/{id}?k="
                  "{conversation}&u={customer}\",\"fields\":{\"1\":\"rating\",\"2\":"
                  "\"conversation_url\",\"3\":\"reasons\",\"4\":\"data.tier\",\"5\":\"data.none\","
                  "\"6\":\"channel\",\"7\":\"customer_phone\",\"8\":\"of_a_newer_version\","
                  "\"9\":\"surface\",\"no\":\"store\"}"));
    says(s, 1, "hello");
    posts(s, 2, "\"type\":\"rating\",\"name\":\"stars\",\"value\":2.5");
    posts(s, 3,
          "\"type\":\"customer_data\",\"data\":{\"tier\":\"gold\",\"secret\":\"s3\"},"
          "\"customer\":{\"name\":\"Ada\",\"email\":\"ada@b.example\",\"phone\":\"+44 20\"}");
    says(s, 4, "talk to a human");
    const struct json *root = body(s, EFFECT_TICKET_CREATE);
    EXPECT_SLICE("row 93: subject", at(root, "ticket.subject"), SLICE("talk to a human"));
    EXPECT("row 93: the words first",
           slice_starts_with(at(root, "ticket.comment.body"), SLICE("talk to a human\n\n")));
    EXPECT("row 95: the link in the words",
           slice_ends_with(at(root, "ticket.comment.body"),
                           SLICE("https://bot.example/c/c1?k=acme%2Fmessaging%2Fc1&u=u1")));
    EXPECT_SLICE("row 94: the bot's name, made a tag",
                 json_find(root, "ticket.tags")->first->next->text, SLICE("shoe_boot_bot"));
    EXPECT_SLICE("row 95", custom(root, "2"),
                 SLICE("https://bot.example/c/c1?k=acme%2Fmessaging%2Fc1&u=u1"));
    EXPECT_SLICE("row 96", custom(root, "1"), SLICE("2.5"));
    EXPECT_SLICE("reasons", custom(root, "3"), SLICE("asked"));
    EXPECT_SLICE("row 99: of the data", custom(root, "4"), SLICE("gold"));
    EXPECT_SLICE("nothing there, no field", custom(root, "5"), SLICE("(absent)"));
    EXPECT_SLICE("channel", custom(root, "6"), SLICE("web"));
    EXPECT_SLICE("row 91", custom(root, "7"), SLICE("+44 20"));
    EXPECT_SLICE("an unknown source", custom(root, "8"), SLICE("(absent)"));
    EXPECT_SLICE("surface", custom(root, "9"), SLICE("messaging"));
    EXPECT_SLICE("row 89", at(root, "ticket.requester.name"), SLICE("Ada"));
    EXPECT_SLICE("row 90", at(root, "ticket.requester.email"), SLICE("ada@b.example"));
    EXPECT_SLICE("priority", at(root, "ticket.priority"), SLICE("low"));
    EXPECT_SLICE("row 102", at(root, "ticket.status"), SLICE("open"));
    EXPECT_SLICE("group", at(root, "ticket.group_id"), SLICE("77"));
    EXPECT_SLICE("form", at(root, "ticket.ticket_form_id"), SLICE("55"));
    EXPECT_SLICE("assignee", at(root, "ticket.assignee_id"), SLICE("901"));
    EXPECT_SLICE("row 91: a user with the phone, first",
                 at(body(s, EFFECT_USER_UPSERT), "user.phone"), SLICE("+44 20"));
    EXPECT("row 34: nothing else of the data",
           slice_find(the(s, EFFECT_TICKET_CREATE)->body, '3') <
                   the(s, EFFECT_TICKET_CREATE)->body.len &&
               strstr(the(s, EFFECT_TICKET_CREATE)->body.ptr, "s3") == NULL);
}

static void what_the_platform_captured_counts(void **state)
{
    struct story *s = *state;
    play(s, STORE(",\"priority\":\"low\",\"group\":\"77\",\"tags\":\"a\",\"fields\":{\"1\":"
                  "\"store\"}"));
    says(s, 1, "hello");
    posts(s, 2,
          "\"type\":\"customer_data\",\"data\":{\"dataCapture.ticketField.1\":\"mine\","
          "\"dataCapture.ticketField.2\":[\"x\"],\"dataCapture.ticketField.abc\":1,"
          "\"dataCapture.systemField.tags\":\"b, a ,c\",\"dataCapture.systemField.priority\":"
          "\"Urgent\",\"dataCapture.systemField.group_id\":88,\"dataCapture.systemField.assignee\":"
          "\"902\",\"dataCapture.systemField.organization_id\":\"66\","
          "\"dataCapture.systemField.form\":\"56\",\"dataCapture.systemField.brand_id\":\"22\","
          "\"key1\":\"for the bot\"}");
    says(s, 3, "talk to a human");
    const struct json *root = body(s, EFFECT_TICKET_CREATE);
    EXPECT_SLICE("row 99", custom(root, "1"), SLICE("mine"));
    EXPECT("row 99: a list", json_find(root, "ticket.custom_fields")->count == 2);
    EXPECT("row 100: tags of both, none twice", json_find(root, "ticket.tags")->count == 3);
    EXPECT_SLICE("row 100: priority", at(root, "ticket.priority"), SLICE("urgent"));
    EXPECT_SLICE("row 100: group", at(root, "ticket.group_id"), SLICE("88"));
    EXPECT_SLICE("row 100: assignee", at(root, "ticket.assignee_id"), SLICE("902"));
    EXPECT_SLICE("row 100: organization", at(root, "ticket.organization_id"), SLICE("66"));
    EXPECT_SLICE("row 100: form", at(root, "ticket.ticket_form_id"), SLICE("56"));
    EXPECT_SLICE("row 100: a brand of the account's", at(root, "ticket.brand_id"), SLICE("22"));
    EXPECT("row 101: not Zendesk's",
           strstr(the(s, EFFECT_TICKET_CREATE)->body.ptr, "for the bot") == NULL);
}

static void a_brand_of_nobody_is_not_taken(void **state)
{
    struct story *s = *state;
    says(s, 1, "hello");
    posts(s, 2,
          "\"type\":\"customer_data\",\"data\":{\"dataCapture.systemField.brand_id\":\"33\","
          "\"dataCapture.systemField.priority\":\"asap\"}");
    says(s, 3, "talk to a human");
    const struct json *root = body(s, EFFECT_TICKET_CREATE);
    EXPECT_SLICE("never the wrong brand", at(root, "ticket.brand_id"), SLICE("11"));
    EXPECT_SLICE("no such priority", at(root, "ticket.priority"), SLICE("(absent)"));
    EXPECT("no phone, no user", command(s, EFFECT_USER_UPSERT) == NULL);
}

static void a_refused_ticket_is_asked_for_once_more(void **state)
{
    struct story *s = *state;
    play(s, STORE(",\"priority\":\"low\",\"group\":\"77\",\"tags\":\"a\",\"fields\":{\"1\":"
                  "\"store\"}"));
    says(s, 1, "talk to a human");
    struct effect_id first = the(s, EFFECT_TICKET_CREATE)->effect_id;
    outcome(s, "\"of\":\"ticket_create\",\"result\":\"refused\",\"status\":422");
    const struct command *plain = command(s, EFFECT_TICKET_CREATE);
    EXPECT("row 98: made all the same", plain != NULL && plain->slot == SLOT_CREATE_PLAIN);
    EXPECT("as an effect of its own", !effect_id_equal(plain->effect_id, first));
    EXPECT("row 98: told once", effects_has_note(&s->effects, NOTE_FIELDS_REFUSED));
    const struct json *root = body(s, EFFECT_TICKET_CREATE);
    EXPECT_SLICE("without fields", custom(root, "1"), SLICE("(absent)"));
    EXPECT_SLICE("without group", at(root, "ticket.group_id"), SLICE("(absent)"));
    EXPECT("with its tags", json_find(root, "ticket.tags") != NULL);
    EXPECT("who it is, in words", strstr(plain->body.ptr, "From: Anonymous Visitor") != NULL);
    EXPECT("no placeholder, which may be what was refused",
           strstr(plain->body.ptr, "\"requester\"") == NULL);
    outcome(s, "\"of\":\"ticket_create\",\"result\":\"refused\",\"status\":422");
    EXPECT("no third time", command(s, EFFECT_TICKET_CREATE) == NULL);
    EXPECT("no way is left", effects_has_note(&s->effects, NOTE_HANDOVER_FAILED));
}

static void a_refusal_of_another_kind_is_none_of_a_field(void **state)
{
    struct story *s = *state;
    says(s, 1, "talk to a human");
    outcome(s, "\"of\":\"ticket_create\",\"result\":\"refused\",\"status\":404");
    EXPECT("given up", command(s, EFFECT_TICKET_CREATE) == NULL &&
                           effects_has_note(&s->effects, NOTE_HANDOVER_FAILED));
}

static void a_second_hand_over_is_told_to_the_ticket_that_is_there(void **state)
{
    struct story *s = *state;
    play(s, STORE(",\"tags\":\"a,b\""));
    says(s, 1, "talk to a human");
    outcome(s, "\"of\":\"ticket_create\",\"result\":\"applied\",\"remote_id\":\"4711\"");
    EXPECT_SLICE("known", s->state->ticket_id, SLICE("4711"));
    says(s, 2, "talk to a human, please");
    EXPECT("no second ticket", command(s, EFFECT_TICKET_CREATE) == NULL);
    const struct command *update = command(s, EFFECT_TICKET_UPDATE);
    EXPECT("but an update", update != NULL && update->slot == SLOT_TICKET_AGAIN);
    EXPECT_SLICE("of it", update->path, SLICE("/api/v2/tickets/4711"));
    EXPECT_SLICE("open again", at(body(s, EFFECT_TICKET_UPDATE), "ticket.status"), SLICE("open"));
    EXPECT_SLICE("its tags are added", the(s, EFFECT_TICKET_TAGS)->path,
                 SLICE("/api/v2/tickets/4711/tags"));
    outcome(s, "\"of\":\"ticket_update\",\"result\":\"refused\",\"status\":422");
    EXPECT("closed for good: a new one", command(s, EFFECT_TICKET_CREATE) != NULL);
    outcome(s, "\"of\":\"ticket_create\",\"result\":\"applied\",\"remote_id\":\"4712\"");
    EXPECT_SLICE("and that is the one from now on", s->state->ticket_id, SLICE("4712"));
}

static void a_pass_carries_it_within_zendesks_limit(void **state)
{
    struct story *s = *state;
    play(s, STORE_OF("true", ",\"group\":\"77\",\"tags\":\"a\",\"fields\":{\"1\":\"store\"}"));
    says(s, 1, "hello");
    for (int i = 0; i < 9; i++) {
        char members[2000];
        char value[481];
        memset(value, 'x', sizeof value - 1);
        value[sizeof value - 1] = '\0';
        (void)snprintf(
            members, sizeof members,
            "\"type\":\"customer_data\",\"data\":{\"dataCapture.ticketField.%d\":\"%s\"}", 100 + i,
            value);
        posts(s, 2 + i, members);
    }
    posts(s, 20,
          "\"type\":\"customer_data\",\"data\":{\"dataCapture.ticketField.2\":[1],"
          "\"dataCapture.systemField.priority\":\"high\"}");
    says(s, 21, "talk to a human");
    const struct command *pass = the(s, EFFECT_PASS_CONTROL);
    const struct json *root = body(s, EFFECT_PASS_CONTROL);
    const struct json *metadata = json_find(root, "metadata");
    EXPECT("4 KB", pass->body.len < 4000);
    EXPECT("what is too much is left out, and said", effects_has_note(&s->effects, NOTE_DATA_CUT));
    EXPECT_SLICE("row 100: tags",
                 json_string(json_member(metadata, SLICE("dataCapture.systemField.tags"))),
                 SLICE("tieline_c1,a"));
    EXPECT_SLICE("row 100: priority",
                 json_string(json_member(metadata, SLICE("dataCapture.systemField.priority"))),
                 SLICE("high"));
    EXPECT_SLICE("row 100: group",
                 json_string(json_member(metadata, SLICE("dataCapture.systemField.group_id"))),
                 SLICE("77"));
    EXPECT_SLICE("row 99: field",
                 json_string(json_member(metadata, SLICE("dataCapture.ticketField.1"))),
                 SLICE("shoes"));
    EXPECT("no lists", json_member(metadata, SLICE("dataCapture.ticketField.2")) == NULL);
}

/* --- subjects --- */

static void expect_subject(struct story *s, const char *words, const char *subject)
{
    says(s, 1, words);
    EXPECT_SLICE(words, at(body(s, EFFECT_TICKET_CREATE), "ticket.subject"), slice_of(subject));
}

static void a_subject_is_one_line(void **state)
{
    expect_subject(*state, "  \\n talk to a human \\n\\n now", "talk to a human");
}

static void a_subject_has_a_limit_and_whole_characters(void **state)
{
    struct story *s = *state;
    static const char shoe[] = "\xF0\x9F\x91\x9F";
    char words[400] = "talk to a human ";
    for (size_t i = 0; i < 30; i++) {
        memcpy(words + 16 + 4 * i, shoe, sizeof shoe);
    }
    says(s, 1, words);
    struct slice subject = at(body(s, EFFECT_TICKET_CREATE), "ticket.subject");
    EXPECT("row 93: emoji", subject.len <= 100 && slice_is_utf8(subject));
}

static void a_ticket_without_words_has_a_subject(void **state)
{
    struct story *s = *state;
    play(s,
         "{\"at\":\"2026-09-14T09:00:01Z\",\"webhook\":{\"id\":\"e1\",\"type\":"
         "\"conversation:create\",\"createdAt\":\"2026-09-14T09:00:01Z\",\"payload\":{"
         "\"conversation\":{\"id\":\"c1\",\"activeSwitchboardIntegration\":{\"id\":\"s\","
         "\"integrationId\":\"int\"}},\"source\":{\"type\":\"web\",\"integrationId\":\"w1\"}}}}");
    play(s, "{\"at\":\"2026-09-14T09:00:02Z\",\"operator\":\"escalate\"}");
    EXPECT_SLICE("row 93: empty", at(body(s, EFFECT_TICKET_CREATE), "ticket.subject"),
                 SLICE("Conversation"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(a_ticket_carries_what_a_store_maps),
        STORY_TEST(what_the_platform_captured_counts),
        STORY_TEST(a_brand_of_nobody_is_not_taken),
        STORY_TEST(a_refused_ticket_is_asked_for_once_more),
        STORY_TEST(a_refusal_of_another_kind_is_none_of_a_field),
        STORY_TEST(a_second_hand_over_is_told_to_the_ticket_that_is_there),
        STORY_TEST(a_pass_carries_it_within_zendesks_limit),
        STORY_TEST(a_subject_is_one_line),
        STORY_TEST(a_subject_has_a_limit_and_whole_characters),
        STORY_TEST(a_ticket_without_words_has_a_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
