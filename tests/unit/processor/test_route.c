/* route.c as a table: whose is a conversation. Rows 109-113. */
#include "processor/core/effects.h"
#include "tests/support/story.h"
#include "tests/support/unit.h"

#include <stdlib.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whose_is_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
