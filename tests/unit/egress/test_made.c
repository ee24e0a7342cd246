/* Users, conversations and notices through the whole loop: one of each, whatever becomes of the
 * answers. Rows 88, 105. */
#include "tests/unit/egress/rig.h"

#include <string.h>

static struct rig rig;

#define OURS "010000000000000000000000000000ee"
#define USER "{\"user\":{\"id\":\"u1\"}}"
#define CONVERSATION "{\"id\":\"c9\",\"metadata\":{\"tieline.effect\":\"" OURS "\"}}"

/* What the other side answers: posts in turn, the last one again and again; and to a look. */
struct story {
    struct peer_reply posts[4];
    size_t post_count;
    struct peer_reply look;
    struct peer_reply look_later; /* from the third on; status 0 = as before */
    size_t posted, looked;
};

static struct peer_reply answer(void *arg, const struct peer_seen *seen, size_t index)
{
    struct story *s = arg;
    (void)index;
    if (slice_equal(seen->method, SLICE("POST"))) {
        size_t nth = s->posted++;
        return s->posts[nth < s->post_count ? nth : s->post_count - 1];
    }
    s->looked++;
    return s->looked > 2 && s->look_later.status != 0 ? s->look_later : s->look;
}

static struct command command_of(enum effect_kind effect)
{
    struct command c = rig_base(&rig, effect, "acme", "c1");
    bool is_user = effect == EFFECT_USER_CREATE;
    c.slot = is_user ? SLOT_USER : SLOT_CONVERSATION;
    c.path = is_user ? SLICE("/users") : SLICE("/conversations");
    c.body = is_user ? SLICE("{\"externalId\":\"shop-77\"}")
                     : SLICE("{\"type\":\"personal\",\"participants\":[{\"userId\":\"u1\"}]}");
    return c;
}

static const struct {
    const char *why;
    enum effect_kind effect;
    struct story story;
    enum outcome_result want;
    const char *id;
    size_t posts;
} made_rows[] = {
    {"a new user",
     EFFECT_USER_CREATE,
     {.posts = {{.status = 201, .body = USER}}, .post_count = 1},
     OUTCOME_APPLIED,
     "u1",
     1},
    {"one who is there: found",
     EFFECT_USER_CREATE,
     {.posts = {{.status = 409, .body = "{}"}},
      .post_count = 1,
      .look = {.status = 200, .body = USER}},
     OUTCOME_APPLIED,
     "u1",
     1},
    {"one who is there, and shows late",
     EFFECT_USER_CREATE,
     {.posts = {{.status = 409, .body = "{}"}},
      .post_count = 1,
      .look = {.status = 404, .body = "{}"},
      .look_later = {.status = 200, .body = USER}},
     OUTCOME_APPLIED,
     "u1",
     1},
    {"no answer, and no user: made again",
     EFFECT_USER_CREATE,
     {.posts = {{.result = PEER_LOST}, {.status = 201, .body = USER}},
      .post_count = 2,
      .look = {.status = 404, .body = "{}"}},
     OUTCOME_APPLIED,
     "u1",
     2},
    {"refused",
     EFFECT_USER_CREATE,
     {.posts = {{.status = 400, .body = "{}"}}, .post_count = 1},
     OUTCOME_REFUSED,
     "",
     1},
    {"no answer, and the conversation is there",
     EFFECT_CONVERSATION_CREATE,
     {.posts = {{.result = PEER_LOST}},
      .post_count = 1,
      .look = {.status = 200, .body = "{\"conversations\":[" CONVERSATION "]}"}},
     OUTCOME_APPLIED,
     "c9",
     1},
    {"no answer, and it is not",
     EFFECT_CONVERSATION_CREATE,
     {.posts = {{.status = 500}, {.status = 201, .body = "{\"conversation\":{\"id\":\"c7\"}}"}},
      .post_count = 2,
      .look = {.status = 200, .body = "{\"conversations\":[]}"}},
     OUTCOME_APPLIED,
     "c7",
     2},
    {"a second one is not allowed",
     EFFECT_CONVERSATION_CREATE,
     {.posts = {{.status = 403, .body = "{}"}}, .post_count = 1},
     OUTCOME_REFUSED,
     "",
     1},
};

static void one_of_each_whatever_is_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(made_rows); i++) {
        struct story story = made_rows[i].story;
        rig_init(&rig, 1, answer, &story);
        rig_start(&rig);
        struct command c = command_of(made_rows[i].effect);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(300)));
        const struct outcome *o = rig_outcome(&rig, rig_partition(&rig, "acme", "c1"), offset);
        EXPECT(made_rows[i].why, o != NULL && o->result == made_rows[i].want);
        EXPECT_SLICE(made_rows[i].why, o->remote_id, slice_of(made_rows[i].id));
        EXPECT(made_rows[i].why, story.posted == made_rows[i].posts);
        rig_deinit(&rig);
    }
}

/* Who took the partition over does not know whether it was sent. */
static void who_takes_over_looks_first(void **state)
{
    (void)state;
    struct story story = {
        .posts = {{.result = PEER_LOST}},
        .post_count = 1,
        .look = {.status = 200, .body = "{\"conversations\":[" CONVERSATION "]}"}};
    rig_init(&rig, 1, answer, &story);
    rig_start(&rig);
    struct command c = command_of(EFFECT_CONVERSATION_CREATE);
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("run", rig_run(&rig, span_ms(20)));
    rig_kill(&rig);
    rig_start(&rig);
    EXPECT_OK("run", rig_run(&rig, span_s(300)));
    const struct outcome *o = rig_outcome(&rig, rig_partition(&rig, "acme", "c1"), offset);
    EXPECT("found", o != NULL && o->result == OUTCOME_APPLIED);
    EXPECT_SLICE("the one that was made", o->remote_id, SLICE("c9"));
    EXPECT("not made again", story.posted <= 1);
    rig_deinit(&rig);
}

static void a_notice_is_told_until_it_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        enum voice voice;
        struct story story;
        enum outcome_result want;
        size_t posts;
    } rows[] = {
        {"taken", VOICE_NONE, {.posts = {{.status = 204}}, .post_count = 1}, OUTCOME_APPLIED, 1},
        {"not at once",
         VOICE_NONE,
         {.posts = {{.status = 503}, {.result = PEER_LOST}, {.status = 502}, {.status = 200}},
          .post_count = 4},
         OUTCOME_APPLIED,
         4},
        {"nobody listens for such things",
         VOICE_NONE,
         {.posts = {{.status = 404}}, .post_count = 1},
         OUTCOME_REFUSED,
         1},
        {"a human waits behind it",
         VOICE_NOTICE,
         {.posts = {{.status = 503}}, .post_count = 1},
         OUTCOME_GAVE_UP,
         3},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct story story = rows[i].story;
        rig_init(&rig, 1, answer, &story);
        rig_start(&rig);
        struct command c = rig_base(&rig, EFFECT_BOT_NOTICE, "acme", "c1");
        c.slot = SLOT_STATUS;
        c.voice = rows[i].voice;
        c.api = API_BOT;
        c.path = SLICE("");
        c.body = SLICE("{\"type\":\"status\"}");
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK("run", rig_run(&rig, span_s(60)));
        const struct outcome *o = rig_outcome(&rig, rig_partition(&rig, "acme", "c1"), offset);
        EXPECT(rows[i].why, o != NULL && o->result == rows[i].want);
        EXPECT(rows[i].why, story.posted == rows[i].posts);
        rig_deinit(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_each_whatever_is_answered),
        cmocka_unit_test(who_takes_over_looks_first),
        cmocka_unit_test(a_notice_is_told_until_it_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
