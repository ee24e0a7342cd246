/* story_test — a story as a cmocka fixture.
 *
 * The test's file defines open_story() with its own configuration (story_test_open);
 * STORY_TEST(test) names a test that gets the story as its state. */
#ifndef TESTS_SUPPORT_STORY_TEST_H
#define TESTS_SUPPORT_STORY_TEST_H

#include "tests/support/story.h"
#include "tests/support/unit.h"

#include <stdlib.h>

static inline int story_test_open(void **state, const char *config)
{
    struct story *s = malloc(sizeof *s);
    struct event event = {0};
    struct why why = {{0}};
    if (s == NULL) {
        return -1;
    }
    story_init(s);
    *state = s;
    return err_failed(story_play(s, slice_of(config), &why, &event)) ? -1 : 0;
}

static inline int story_test_close(void **state)
{
    story_deinit(*state);
    free(*state);
    return 0;
}

/* Plays one line, which must be playable. */
static inline void play(struct story *s, const char *line)
{
    struct event event = {0};
    struct why why = {{0}};
    err_t err = story_play(s, slice_of(line), &why, &event);
    EXPECT_OK(why.text, err);
}

#define STORY_TEST(test) cmocka_unit_test_setup_teardown(test, open_story, story_test_close)

#endif
