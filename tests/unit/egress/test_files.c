/* Files through the whole loop: fetched, handed over, named in what is sent, once; or told in
 * words. Rows 49, 104, 105. */
#include "tests/unit/egress/rig.h"

#include <stdio.h>
#include <string.h>

static struct rig rig;

#define OURS "010000000000000000000000000000ee"
#define MADE "{\"messages\":[{\"id\":\"m1\"}]}"
#define MEDIA "{\"attachment\":{\"mediaUrl\":\"https://acme.example/sc/attachments/v2/9/f\"}}"
#define BODY "{\"content\":{\"type\":\"file\"},\"metadata\":{\"tieline.effect\":\"" OURS "\"}}"
#define WORDS                                                                                      \
    "{\"content\":{\"type\":\"text\",\"text\":\"[file]\"},\"metadata\":{\"tieline.effect\":"       \
    "\"" OURS "\"}}"
#define SENT                                                                                       \
    "{\"content\":{\"mediaUrl\":\"https://acme.example/sc/attachments/v2/9/"                       \
    "f\",\"type\":\"file\"},"                                                                      \
    "\"metadata\":{\"tieline.effect\":\"" OURS "\"}}"

/* What the other sides answer: in turn, the last one again and again. */
struct answers {
    struct peer_reply replies[3];
    size_t count, seen;
};
struct world {
    struct answers file, upload, send, look;
    size_t most; /* files of acme's that were asked for at a time */
};

static struct peer_reply next(struct answers *a)
{
    size_t nth = a->seen++;
    return a->replies[nth < a->count ? nth : a->count - 1];
}

static bool has(struct slice text, const char *part)
{
    return strstr(text.ptr, part) != NULL;
}

static struct peer_reply answer(void *arg, const struct peer_seen *seen, size_t index)
{
    struct world *w = arg;
    (void)index;
    if (has(seen->url, "/files/")) {
        return next(&w->file);
    }
    if (has(seen->url, "/attachments?") || has(seen->url, "/uploads?")) {
        return next(&w->upload);
    }
    if (slice_equal(seen->method, SLICE("GET"))) {
        return next(&w->look);
    }
    return next(&w->send);
}

#define FILE_OK                                                                                    \
    {                                                                                              \
        .status = 200, .body = "\x89PNG", .content_type = "image/png"                              \
    }
#define GOOD_FILE                                                                                  \
    {                                                                                              \
        {FILE_OK}, 1, 0                                                                            \
    }
#define GOOD_UPLOAD                                                                                \
    {                                                                                              \
        {{.status = 201, .body = MEDIA}}, 1, 0                                                     \
    }
#define GOOD_SEND                                                                                  \
    {                                                                                              \
        {{.status = 201, .body = MADE}}, 1, 0                                                      \
    }
#define NO_LOOK                                                                                    \
    {                                                                                              \
        {{.status = 200, .body = "{\"messages\":[]}"}}, 1, 0                                       \
    }

static const struct {
    const char *why;
    bool zendesks;
    const char *url;
    struct world world;
    size_t files, uploads, sends;
    const char *body; /* of the last send */
} rows[] = {
    {"Zendesk's, with the account's login",
     true,
     "https://acme.example/files/1",
     {GOOD_FILE, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     1,
     1,
     1,
     SENT},
    {"the bot's",
     false,
     "https://bot.example/files/1",
     {GOOD_FILE, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     1,
     1,
     1,
     SENT},
    {"the account's login is for what Zendesk told of",
     false,
     "https://acme.example/files/1",
     {GOOD_FILE, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     0,
     0,
     1,
     WORDS},
    {"and for nobody else",
     true,
     "https://evil.example/files/1",
     {GOOD_FILE, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     0,
     0,
     1,
     WORDS},
    {"not a third party's either",
     false,
     "https://evil.example/files/1",
     {GOOD_FILE, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     0,
     0,
     1,
     WORDS},
    {"too large: asked for once",
     true,
     "https://acme.example/files/1",
     {{{{.result = PEER_LOST, .is_too_large = true}}, 1, 0}, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     1,
     0,
     1,
     WORDS},
    {"not there: it may show late",
     true,
     "https://acme.example/files/1",
     {{{{.status = 404}, FILE_OK}, 2, 0}, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     2,
     1,
     1,
     SENT},
    {"not there for good",
     true,
     "https://acme.example/files/1",
     {{{{.status = 404}}, 1, 0}, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     3,
     0,
     1,
     WORDS},
    {"the login does not do",
     true,
     "https://acme.example/files/1",
     {{{{.status = 401}}, 1, 0}, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     1,
     0,
     1,
     WORDS},
    {"no redirect is followed",
     true,
     "https://acme.example/files/1",
     {{{{.status = 302}}, 1, 0}, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0},
     1,
     0,
     1,
     WORDS},
    {"a login page is no file",
     true,
     "https://acme.example/files/1",
     {{{{.status = 200, .body = "<html>", .content_type = "text/html"}}, 1, 0},
      GOOD_UPLOAD,
      GOOD_SEND,
      NO_LOOK,
      0},
     1,
     0,
     1,
     WORDS},
    {"an upload whose answer is lost is made again",
     true,
     "https://acme.example/files/1",
     {GOOD_FILE,
      {{{.result = PEER_LOST}, {.status = 201, .body = MEDIA}}, 2, 0},
      GOOD_SEND,
      NO_LOOK,
      0},
     2,
     2,
     1,
     SENT},
    {"an upload that is refused",
     true,
     "https://acme.example/files/1",
     {GOOD_FILE, {{{.status = 413}}, 1, 0}, GOOD_SEND, NO_LOOK, 0},
     1,
     1,
     1,
     WORDS},
    {"an upload that never works",
     true,
     "https://acme.example/files/1",
     {GOOD_FILE, {{{.status = 503}}, 1, 0}, GOOD_SEND, NO_LOOK, 0},
     3,
     3,
     1,
     WORDS},
    {"uploaded, but refused in the message",
     true,
     "https://acme.example/files/1",
     {GOOD_FILE, GOOD_UPLOAD, {{{.status = 400}, {.status = 201, .body = MADE}}, 2, 0}, NO_LOOK, 0},
     1,
     1,
     2,
     WORDS},
    {"the message's answer was lost, and it is there",
     true,
     "https://acme.example/files/1",
     {GOOD_FILE,
      GOOD_UPLOAD,
      {{{.result = PEER_LOST}}, 1, 0},
      {{{.status = 200,
         .body = "{\"messages\":[{\"id\":\"m1\",\"metadata\":{\"tieline.effect\":"
                 "\"" OURS "\"},\"author\":{\"type\":\"user\"}}]}"}},
       1,
       0},
      0},
     1,
     1,
     1,
     SENT},
    {"and is not there: sent again, with the same file",
     true,
     "https://acme.example/files/1",
     {GOOD_FILE,
      GOOD_UPLOAD,
      {{{.result = PEER_LOST}, {.status = 201, .body = MADE}}, 2, 0},
      NO_LOOK,
      0},
     1,
     1,
     2,
     SENT},
};

static struct command message_of(const struct carried_file *file)
{
    struct command c = rig_base(&rig, EFFECT_MESSAGE, "acme", "c1");
    c.voice = VOICE_CUSTOMER;
    c.store = SLICE("shoes");
    c.path = SLICE("/conversations/c1/messages");
    c.body = SLICE(BODY);
    c.fallback = SLICE(WORDS);
    c.files = file;
    c.file_count = 1;
    return c;
}

static const struct peer_seen *last_post(const char *part)
{
    for (size_t i = rig.peer.seen_count; i > 0; i--) {
        if (!slice_equal(rig.peer.seen[i - 1].method, SLICE("GET")) &&
            has(rig.peer.seen[i - 1].url, part)) {
            return &rig.peer.seen[i - 1];
        }
    }
    return NULL;
}

static void expect_login(const char *why, bool zendesks)
{
    for (size_t i = 0; i < rig.peer.seen_count; i++) {
        if (has(rig.peer.seen[i].url, "/files/")) {
            EXPECT(why, has(rig.peer.seen[i].headers, "Authorization: ") == zendesks);
            EXPECT(why, rig.peer.seen[i].answer_bytes_max == LIMIT_FILE_BYTES_MAX);
        }
    }
}

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world w = rows[i].world;
        struct carried_file file = {.url = slice_of(rows[i].url), .zendesks = rows[i].zendesks};
        rig_init(&rig, 1, answer, &w);
        rig_start(&rig);
        struct command c = message_of(&file);
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK(rows[i].why, rig_run(&rig, span_s(300)));
        const struct outcome *o = rig_outcome(&rig, 0, offset);
        EXPECT(rows[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        const struct peer_seen *post = last_post("/messages");
        EXPECT(rows[i].why, post != NULL && slice_equal(post->body, slice_of(rows[i].body)));
        EXPECT(rows[i].why, w.file.seen == rows[i].files);
        EXPECT(rows[i].why, w.upload.seen == rows[i].uploads);
        EXPECT(rows[i].why, w.send.seen == rows[i].sends);
        expect_login(rows[i].why, rows[i].zendesks);
        rig_deinit(&rig);
    }
}

/* The store was given to another account meanwhile: its bot's host is none of ours any more, and
 * the message goes all the same. */
static void test_store_of_another_account(void **state)
{
    struct world w = {GOOD_FILE, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0};
    struct carried_file file = {.url = SLICE("https://bot.example/files/1")};
    (void)state;
    rig_init(&rig, 1, answer, &w);
    rig_start(&rig);
    struct command c = message_of(&file);
    c.store = SLICE("globes");
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("message", rig_run(&rig, span_s(60)));
    const struct outcome *o = rig_outcome(&rig, 0, offset);
    const struct peer_seen *post = last_post("/messages");
    EXPECT("applied", o != NULL && o->result == OUTCOME_APPLIED);
    EXPECT("in words", post != NULL && slice_equal(post->body, SLICE(WORDS)));
    EXPECT("not fetched", w.file.seen == 0);
    rig_deinit(&rig);
}

/* One of two files can be had: the comment has it, and names the other. */
static void test_tickets(void **state)
{
    static const struct carried_file files[] = {
        {{"https://bot.example/files/1", 27}, {"image/png", 9}, {"a.png", 5}, false},
        {{"https://bot.example/files/2", 27}, {"image/png", 9}, {"b.png", 5}, false},
    };
    struct world w = {
        .file = {{FILE_OK, {.status = 410}}, 2, 0},
        .upload = {{{.status = 201, .body = "{\"upload\":{\"token\":\"t1\"}}"}}, 1, 0},
        .send = {{{.status = 200, .body = "{\"ticket\":{\"id\":17}}"}}, 1, 0},
        .look = {{{.status = 200,
                   .body = "{\"ticket\":{\"id\":17,\"assignee_id\":900,\"updated_at\":"
                           "\"2026-01-01T00:00:00Z\"}}"}},
                 1,
                 0},
    };
    (void)state;
    rig_init(&rig, 1, answer, &w);
    rig_start(&rig);
    struct command c = rig_base(&rig, EFFECT_TICKET_UPDATE, "acme", "c1");
    c.api = API_SUPPORT;
    c.method = METHOD_PUT;
    c.store = SLICE("shoes");
    c.path = SLICE("/api/v2/tickets/17");
    c.body = SLICE("{\"ticket\":{\"comment\":{\"body\":\"both\"}}}");
    c.fallback = SLICE("{\"ticket\":{\"comment\":{\"body\":\"names\"}}}");
    c.files = files;
    c.file_count = COUNT_OF(files);
    int64_t offset = rig_command(&rig, &c);
    EXPECT_OK("ticket", rig_run(&rig, span_s(60)));
    const struct outcome *o = rig_outcome(&rig, 0, offset);
    const struct peer_seen *upload = last_post("/uploads");
    const struct peer_seen *put = last_post("/tickets/17");
    EXPECT("applied", o != NULL && o->result == OUTCOME_APPLIED);
    EXPECT("named as it is", upload != NULL && has(upload->url, "/api/v2/uploads?filename=a.png") &&
                                 has(upload->headers, "Content-Type: image/png\n"));
    EXPECT("token and words", put != NULL &&
                                  has(put->body, "\"comment\":{\"uploads\":[\"t1\"],"
                                                 "\"body\":\"names\"}") &&
                                  has(put->body, "\"safe_update\":true"));
    EXPECT("one upload, one update", w.upload.seen == 1 && w.send.seen == 1);
    rig_deinit(&rig);
}

/* The platform gets the bytes; one that takes no such body gets the address alone. */
static void test_notices(void **state)
{
    static const struct carried_file file = {
        {"https://acme.example/files/1", 28}, {"image/png", 9}, {"a.png", 5}, true};
    static const struct {
        const char *why;
        struct answers send;
        size_t sends;
        const char *body;
    } notices[] = {
        {"taken",
         {{{.status = 200}}, 1, 0},
         1,
         "{\"message\":{\"attachments\":[{\"url\":\"u\",\"content\":\"iVBORw==\"}]}}"},
        {"too large for it",
         {{{.status = 413}, {.status = 200}}, 2, 0},
         2,
         "{\"message\":{\"attachments\":[{\"url\":\"u\"}]}}"},
        {"away for a moment: fetched again",
         {{{.status = 503}, {.status = 200}}, 2, 0},
         2,
         "{\"message\":{\"attachments\":[{\"url\":\"u\",\"content\":\"iVBORw==\"}]}}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(notices); i++) {
        struct world w = {GOOD_FILE, GOOD_UPLOAD, notices[i].send, NO_LOOK, 0};
        rig_init(&rig, 1, answer, &w);
        rig_start(&rig);
        struct command c = rig_base(&rig, EFFECT_BOT_NOTICE, "acme", "c1");
        c.api = API_BOT;
        c.store = SLICE("shoes");
        c.path = SLICE("");
        c.body = SLICE("{\"message\":{\"attachments\":[{\"url\":\"u\"}]}}");
        c.files = &file;
        c.file_count = 1;
        int64_t offset = rig_command(&rig, &c);
        EXPECT_OK(notices[i].why, rig_run(&rig, span_s(60)));
        const struct outcome *o = rig_outcome(&rig, 0, offset);
        const struct peer_seen *post = last_post("bot.example");
        EXPECT(notices[i].why, o != NULL && o->result == OUTCOME_APPLIED);
        EXPECT(notices[i].why, post != NULL && slice_equal(post->body, slice_of(notices[i].body)));
        EXPECT(notices[i].why, w.send.seen == notices[i].sends && w.upload.seen == 0);
        rig_deinit(&rig);
    }
}

/* Files that are slow to come hold up two calls of their account, and no other account's. */
static struct peer_reply crowd(void *arg, const struct peer_seen *seen, size_t index)
{
    struct world *w = arg;
    bool is_file = has(seen->url, "/files/");
    struct peer_reply reply = answer(w, seen, index);
    reply.after = is_file && has(seen->url, "acme") ? span_s(14) : span_ms(5);
    size_t out = 0;
    for (size_t i = 0; i <= index; i++) {
        bool is_young = mono_since(seen->at, rig.peer.seen[i].at).ms < 14 * 1000;
        out += has(rig.peer.seen[i].url, "acme.example/files/") && is_young ? 1 : 0;
    }
    w->most = out > w->most ? out : w->most;
    return reply;
}

static void test_crowds(void **state)
{
    enum { CALLS = 12 };
    static const struct carried_file slow = {
        {"https://acme.example/files/1", 28}, {"", 0}, {"", 0}, true};
    static const struct carried_file quick = {
        {"https://globex.example/files/1", 30}, {"", 0}, {"", 0}, true};
    struct world w = {GOOD_FILE, GOOD_UPLOAD, GOOD_SEND, NO_LOOK, 0};
    int64_t last = 0;
    (void)state;
    rig_init(&rig, 1, crowd, &w);
    rig_start(&rig);
    for (size_t i = 0; i <= CALLS; i++) {
        char name[16];
        bool is_last = i == CALLS;
        (void)snprintf(name, sizeof name, "c%zu", i);
        struct command c =
            rig_base(&rig, EFFECT_MESSAGE, is_last ? "globex" : "acme", is_last ? "g" : name);
        c.voice = VOICE_CUSTOMER;
        c.path = SLICE("/conversations/c1/messages");
        c.body = SLICE(BODY);
        c.fallback = SLICE(WORDS);
        c.files = is_last ? &quick : &slow;
        c.file_count = 1;
        last = rig_command(&rig, &c);
    }
    EXPECT_OK("crowd", rig_run(&rig, span_s(3)));
    EXPECT("another account's is through", rig_outcome(&rig, 0, last) != NULL);
    EXPECT_OK("crowd", rig_run(&rig, span_s(200)));
    EXPECT("two at a time", w.most == 2);
    EXPECT("all of them in the end", w.send.seen == CALLS + 1 && w.file.seen == CALLS + 1);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages), cmocka_unit_test(test_store_of_another_account),
        cmocka_unit_test(test_tickets),  cmocka_unit_test(test_notices),
        cmocka_unit_test(test_crowds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
