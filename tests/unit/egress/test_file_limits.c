/* What files may cost: the patience of what they go with, an account's budget, a place at its
 * breaker. Rows 49, 105. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

#define MADE "{\"messages\":[{\"id\":\"m1\"}]}"
#define MEDIA "{\"attachment\":{\"mediaUrl\":\"https://acme.example/sc/attachments/v2/9/f\"}}"
#define ZENDESKS "https://acme.example/files/1"
#define BOTS "https://bot.example/files/1"

static bool has(struct slice text, const char *part)
{
    return strstr(text.ptr, part) != NULL;
}

static size_t seen_of(const char *part)
{
    size_t count = 0;
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        count += has(rig.peer.seen[i].url, part) ? 1 : 0;
    }
    return count;
}

static struct peer_reply good(const struct peer_seen *seen)
{
    bool is_file = has(seen->url, "/files/");
    return (struct peer_reply){
        .status = is_file ? 200 : 201,
        .body = is_file                           ? "\x89PNG"
                : has(seen->url, "/attachments?") ? MEDIA
                                                  : MADE,
        .content_type = is_file ? "image/png" : NULL,
        .after = span_ms(5),
    };
}

static int64_t notice(const char *conversation, const struct carried_file *file)
{
    struct command c = rig_base(&rig, EFFECT_BOT_NOTICE, "acme", conversation);
    c.api = API_BOT;
    c.voice = VOICE_NOTICE;
    c.path = SLICE("");
    c.body = SLICE("{\"message\":{\"attachments\":[{\"url\":\"u\"}]}}");
    c.files = file;
    c.file_count = 1;
    return rig_command(&rig, &c);
}

static int64_t message(const char *conversation, const struct carried_file *file)
{
    struct command c = rig_base(&rig, EFFECT_MESSAGE, "acme", conversation);
    c.voice = VOICE_CUSTOMER;
    EXPECT_OK("path",
              arena_printf(&rig.arena, &c.path, "/conversations/%s/messages", conversation));
    c.body = SLICE("{\"content\":{\"type\":\"file\"}}");
    c.fallback = SLICE("{\"content\":{\"type\":\"text\"}}");
    c.files = file;
    c.file_count = file == NULL ? 0 : 1;
    return rig_command(&rig, &c);
}

/* ---- patience */

static struct peer_reply slow_files(void *arg, const struct peer_seen *seen, size_t index)
{
    struct peer_reply reply = good(seen);
    (void)arg;
    (void)index;
    reply.after = has(seen->url, "/files/") ? span_s(14) : reply.after;
    return reply;
}

static struct peer_reply no_files(void *arg, const struct peer_seen *seen, size_t index)
{
    struct peer_reply reply = good(seen);
    (void)arg;
    (void)index;
    if (has(seen->url, "/files/")) {
        reply = (struct peer_reply){.status = 503, .retry_after = span_s(200)};
    }
    return reply;
}

static void test_who_waits_for_a_file_goes_without_it_in_time(void **state)
{
    enum { CALLS = 60 };
    static const struct carried_file file = {
        {ZENDESKS, sizeof ZENDESKS - 1}, {"image/png", 9}, {"a.png", 5}, true};
    static const struct {
        const char *why;
        struct peer_reply (*reply)(void *, const struct peer_seen *, size_t);
        size_t files_min, files_max;
    } rows[] = {
        {"no place for its file, till the last", slow_files, 30, CALLS - 1},
        {"its file is to be asked for again when nobody waits any more", no_files, 1, 4 * CALLS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t offsets[CALLS];
        rig_init(&rig, 1, rows[i].reply, NULL);
        rig_start(&rig);
        for (int n = 0; n < CALLS; n++) {
            char name[16];
            (void)snprintf(name, sizeof name, "c%d", n);
            offsets[n] = notice(name, &file);
        }
        EXPECT_OK(rows[i].why, rig_run(&rig, span_s(310)));
        for (int n = 0; n < CALLS; n++) {
            const struct outcome *o = rig_outcome(&rig, 0, offsets[n]);
            EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        }
        size_t files = seen_of("/files/");
        EXPECT("files are carried while there is time",
               files >= rows[i].files_min && files <= rows[i].files_max);
        EXPECT("each is told once", seen_of("bot.example/shoes") == CALLS);
        rig_deinit(&rig);
    }
}

/* ---- budget */

/* After its first answer the account has one call left in its minute, of 50 s. */
static struct peer_reply one_is_left(void *arg, const struct peer_seen *seen, size_t index)
{
    struct peer_reply reply = good(seen);
    (void)arg;
    if (index == 0) {
        reply.rate_remaining = "1";
        reply.rate_limit = "100";
        reply.rate_reset = "50";
    }
    return reply;
}

static void test_a_fetch_costs_the_account_that_serves_it(void **state)
{
    static const struct {
        const char *why;
        struct carried_file file;
        size_t uploads; /* before the account has calls again */
    } rows[] = {
        {"the bot's: the account's last call is the upload", {.url = {BOTS, sizeof BOTS - 1}}, 1},
        {"the account's own: it was its last call",
         {.url = {ZENDESKS, sizeof ZENDESKS - 1}, .zendesks = true},
         0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rig_init(&rig, 1, one_is_left, NULL);
        rig_start(&rig);
        (void)message("c1", NULL);
        EXPECT_OK("run", rig_run(&rig, span_s(1)));
        int64_t offset = message("c2", &rows[i].file);
        EXPECT_OK("run", rig_run(&rig, span_s(40)));
        EXPECT(rows[i].why, seen_of("/files/") == 1);
        EXPECT(rows[i].why, seen_of("/attachments?") == rows[i].uploads);
        EXPECT_OK("run", rig_run(&rig, span_s(20)));
        const struct outcome *o = rig_outcome(&rig, 0, offset);
        EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        EXPECT(rows[i].why, seen_of("/attachments?") == 1);
        rig_deinit(&rig);
    }
}

/* The account wants a pause of 40 s, in answer to a message or to a file. */
static struct peer_reply wants_a_pause(void *arg, const struct peer_seen *seen, size_t index)
{
    const char *where = arg;
    struct peer_reply reply = good(seen);
    if (index == 0 && has(seen->url, where)) {
        reply = (struct peer_reply){.status = 429, .retry_after = span_s(40)};
    }
    return reply;
}

static void test_a_pause_is_for_its_files_too(void **state)
{
    static const struct carried_file file = {
        {ZENDESKS, sizeof ZENDESKS - 1}, {"image/png", 9}, {"a.png", 5}, true};
    int64_t offset = 0;
    (void)state;
    rig_init(&rig, 1, wants_a_pause, (void *)(uintptr_t) "/messages");
    rig_start(&rig);
    (void)message("c1", NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    offset = notice("c2", &file);
    EXPECT_OK("run", rig_run(&rig, span_s(30)));
    EXPECT("a bot's notice fetches nothing from it", seen_of("/files/") == 0);
    EXPECT_OK("run", rig_run(&rig, span_s(20)));
    EXPECT("until then", seen_of("/files/") == 1 && rig_outcome(&rig, 0, offset) != NULL);
    rig_deinit(&rig);

    rig_init(&rig, 1, wants_a_pause, (void *)(uintptr_t) "/files/");
    rig_start(&rig);
    offset = message("c1", &file);
    EXPECT_OK("run", rig_run(&rig, span_s(1)));
    (void)message("c2", NULL);
    EXPECT_OK("run", rig_run(&rig, span_s(30)));
    EXPECT("what a file's answer asks for is kept", seen_of("/messages") == 0);
    EXPECT_OK("run", rig_run(&rig, span_s(20)));
    EXPECT("and is no failure of the file", seen_of("/files/") == 2 && seen_of("/messages") == 2);
    EXPECT("carried", rig_outcome(&rig, 0, offset)->result == OUTCOME_APPLIED);
    rig_deinit(&rig);
}

/* ---- breaker */

enum { PROBE_S = 10 };

/* The account is away; a file of it comes while a probe is out. */
static struct peer_reply is_away(void *arg, const struct peer_seen *seen, size_t index)
{
    struct peer_reply reply = good(seen);
    size_t *beside = arg;
    if (has(seen->url, "/files/")) {
        reply.after = span_s(6);
        return reply;
    }
    bool is_probe = mono_since(seen->at, rig.peer.seen[0].at).ms > 200;
    for (size_t i = 0; is_probe && i < index; i++) {
        int64_t since = mono_since(seen->at, rig.peer.seen[i].at).ms;
        bool is_other = !has(rig.peer.seen[i].url, "/files/") &&
                        mono_since(rig.peer.seen[i].at, rig.peer.seen[0].at).ms > 200;
        *beside += is_other && since < PROBE_S * 1000 ? 1 : 0;
    }
    reply.result = PEER_NOT_SENT;
    reply.after = is_probe ? span_s(PROBE_S) : span_ms(5);
    return reply;
}

static void test_a_file_lets_no_second_probe_go(void **state)
{
    static const struct carried_file files[] = {
        {.url = {ZENDESKS, sizeof ZENDESKS - 1}, .zendesks = true},
        {.url = {BOTS, sizeof BOTS - 1}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        size_t beside = 0;
        rig_init(&rig, 1, is_away, &beside);
        rig_start(&rig);
        (void)message("c0", &files[i]);
        EXPECT_OK("run", rig_run(&rig, span_ms(50)));
        EXPECT("on its way", seen_of("/files/") == 1);
        for (int n = 1; n <= 8; n++) {
            char name[16];
            (void)snprintf(name, sizeof name, "c%d", n);
            (void)message(name, NULL);
        }
        EXPECT_OK("run", rig_run(&rig, span_s(60)));
        EXPECT("probes were out", rig.peer.seen_count > 10);
        EXPECT("one at a time", beside == 0);
        rig_deinit(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_waits_for_a_file_goes_without_it_in_time),
        cmocka_unit_test(test_a_fetch_costs_the_account_that_serves_it),
        cmocka_unit_test(test_a_pause_is_for_its_files_too),
        cmocka_unit_test(test_a_file_lets_no_second_probe_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
