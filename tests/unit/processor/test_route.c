/* route.c as a table: whose is a conversation. Rows 109-113. */
#include "processor/core/effects.h"
#include "tests/support/story_test.h"

#define ACME "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":["
#define SHOES "{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\",\"brand\":\"11\"}"
#define HATS "{\"name\":\"hats\",\"account\":\"acme\",\"widget\":\"w2\",\"brand\":\"22\"}"
#define BOOTS "{\"name\":\"boots\",\"account\":\"acme\",\"widget\":\"w3\",\"brand\":\"11\"}"
#define REST "{\"name\":\"rest\",\"account\":\"acme\",\"widget\":\"\"}"
#define FOREIGN "{\"name\":\"foreign\",\"account\":\"other\",\"widget\":\"w9\",\"brand\":\"99\"}"
#define END "]}}"

static const struct {
    const char *why;
    const char *config;
    const char *widget;
    const char *brand;
    enum routing routing;
    const char *store;
    enum note note; /* NOTE_COUNT = none of the routing ones */
} rows[] = {
    {"row 110: by the widget", ACME SHOES "," HATS END, "w2", "22", ROUTING_STORE, "hats",
     NOTE_COUNT},
    {"row 109: shared credentials, widgets tell the stores apart", ACME SHOES "," HATS END, "w1",
     "", ROUTING_STORE, "shoes", NOTE_COUNT},
    {"row 110: the widget wins over the brand", ACME SHOES "," HATS END, "w1", "22", ROUTING_STORE,
     "shoes", NOTE_COUNT},
    {"row 111: unmapped, fallback", ACME SHOES "," REST END, "w7", "11", ROUTING_STORE, "rest",
     NOTE_FALLBACK_USED},
    {"row 112: unmapped, no fallback: silence", ACME SHOES "," HATS END, "w7", "11", ROUTING_SILENT,
     "", NOTE_UNMAPPED_SILENT},
    {"row 112: another account's widget is not ours", ACME SHOES "," FOREIGN END, "w9", "99",
     ROUTING_SILENT, "", NOTE_UNMAPPED_SILENT},
    {"no widget: the brand of exactly one store", ACME SHOES "," HATS END, "", "22", ROUTING_STORE,
     "hats", NOTE_COUNT},
    {"no widget, brand of two stores: wait", ACME SHOES "," BOOTS END, "", "11", ROUTING_WAITING,
     "", NOTE_WAITING},
    {"no widget, brand of none: wait", ACME SHOES END, "", "33", ROUTING_WAITING, "", NOTE_WAITING},
    {"no widget: a fallback is for widgets", ACME SHOES "," REST END, "", "33", ROUTING_WAITING, "",
     NOTE_WAITING},
    {"row 113: each widget its one store", ACME SHOES "," BOOTS END, "w3", "11", ROUTING_STORE,
     "boots", NOTE_COUNT},
};

static void check_row(size_t i)
{
    struct story *s = malloc(sizeof *s);
    assert_non_null(s);
    story_init(s);
    struct why why = {{0}};
    struct event event = {0};
    EXPECT_OK(rows[i].why, story_play(s, slice_of(rows[i].config), &why, &event));
    struct slice line = {0};
    EXPECT_OK(rows[i].why,
              arena_printf(
                  &s->arena, &line,
                  "{\"at\":\"2026-09-14T09:00:01Z\",\"webhook\":{\"id\":\"e1\",\"type\":"
                  "\"conversation:message\",\"createdAt\":\"2026-09-14T09:00:00Z\",\"payload\":{"
                  "\"conversation\":{\"id\":\"c1\"%s%s%s,\"activeSwitchboardIntegration\":{\"id\":"
                  "\"s\",\"integrationId\":\"int\"}},\"message\":{\"id\":\"m1\",\"author\":{"
                  "\"type\":\"user\",\"userId\":\"u1\"},\"content\":{\"type\":\"text\",\"text\":"
                  "\"hi\"},\"source\":{\"type\":\"web\"%s%s%s}}}}}",
                  rows[i].brand[0] ? ",\"brandId\":\"" : "", rows[i].brand,
                  rows[i].brand[0] ? "\"" : "", rows[i].widget[0] ? ",\"integrationId\":\"" : "",
                  rows[i].widget, rows[i].widget[0] ? "\"" : ""));
    EXPECT_OK(why.text, story_play(s, line, &why, &event));
    EXPECT(rows[i].why, s->state->routing == rows[i].routing);
    EXPECT_SLICE(rows[i].why, s->state->store, slice_of(rows[i].store));
    EXPECT(rows[i].why, rows[i].note == NOTE_COUNT || effects_has_note(&s->effects, rows[i].note));
    bool must_speak = rows[i].routing == ROUTING_STORE;
    EXPECT("commands only where a store answers", (s->effects.command_count > 0) == must_speak);
    story_deinit(s);
    free(s);
}

static void whose_is_it(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_row(i);
    }
}

static int open_story(void **state)
{
    return story_test_open(state, ACME "{\"name\":\"shoes\",\"account\":\"acme\",\"widget\":\"w1\","
                                       "\"welcome\":\"Welcome!\"}," HATS END);
}

/* widget  as members of the message's source: empty, or with a comma before them */
static void says(struct story *s, int n, const char *widget)
{
    struct slice line = {0};
    EXPECT_OK(
        "line",
        arena_printf(&s->arena, &line,
                     "{\"at\":\"2026-09-14T09:00:%02dZ\",\"webhook\":{\"id\":\"e%d\",\"type\":"
                     "\"conversation:message\",\"createdAt\":\"2026-09-14T09:00:%02dZ\","
                     "\"payload\":{\"conversation\":{\"id\":\"c1\","
                     "\"activeSwitchboardIntegration\":{\"id\":\"s\",\"integrationId\":\"int\"}"
                     "},\"message\":{\"id\":\"m%d\",\"author\":{\"type\":\"user\",\"userId\":"
                     "\"u1\"},\"content\":{\"type\":\"text\",\"text\":\"hi\"},\"source\":{"
                     "\"type\":\"web\"%s}}}}}",
                     n, n, n, n, widget));
    play(s, line.ptr);
}

static void the_first_widget_decides_for_good(void **state)
{
    struct story *s = *state;
    says(s, 1, ",\"integrationId\":\"w2\"");
    EXPECT_SLICE("row 110: hats", s->state->store, SLICE("hats"));
    says(s, 2, ",\"integrationId\":\"w1\"");
    EXPECT_SLICE("and hats it stays", s->state->store, SLICE("hats"));
    EXPECT_SLICE("its widget too", s->state->widget_id, SLICE("w2"));
}

/* With the first event that says whose it is, and before anything else. */
static void a_welcome_waits_until_somebody_can_say_it(void **state)
{
    struct story *s = *state;
    says(s, 1, "");
    EXPECT("nobody's yet", s->state->routing == ROUTING_WAITING && s->effects.command_count == 0);
    says(s, 2, ",\"integrationId\":\"w1\"");
    EXPECT("row 65: welcome", effects_has_note(&s->effects, NOTE_WELCOMED) && s->state->welcomed);
    EXPECT("then the turn, with both words", s->effects.command_count == 2 &&
                                                 s->effects.commands[0].slot == SLOT_WELCOME &&
                                                 s->state->turn.covers == 2);
    says(s, 3, ",\"integrationId\":\"w1\"");
    EXPECT("once", !effects_has_note(&s->effects, NOTE_WELCOMED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_is_it),
        STORY_TEST(the_first_widget_decides_for_good),
        STORY_TEST(a_welcome_waits_until_somebody_can_say_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
