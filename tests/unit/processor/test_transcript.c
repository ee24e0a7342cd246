/* transcript.c and render_transcript.c through step.c: all that was said stands in the ticket's
 * notes, in order and with its author, however long it is. The golden stories transcript_*.jsonl
 * have the bytes; test_chunks.c has the restarts. Row 85. */
#include "event/codec.h"
#include "processor/core/render_common.h"
#include "processor/core/render_transcript.h"
#include "processor/core/transcript.h"
#include "tests/support/story_test.h"

enum { LINE_BYTES_MAX = 512 * 1024, ALL_BYTES_MAX = 4 * 1024 * 1024 };

static const char config[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":[{"
    "\"name\":\"shoes\",\"account\":\"acme\",\"author\":\"Sage\",\"chat\":{},\"live\":false,"
    "\"transcript\":\"note\"}]}}";
static const char off[] =
    "{\"config\":{\"accounts\":[{\"name\":\"acme\",\"integration\":\"int\"}],\"stores\":[{"
    "\"name\":\"shoes\",\"account\":\"acme\",\"author\":\"Sage\",\"chat\":{},\"live\":false}]}}";

static int open_story(void **state)
{
    return story_test_open(state, config);
}

static int second;

/* The state comes back from the changelog, as after a restart. */
static void restart(struct story *s)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_STATE_BYTES_MAX);
    EXPECT_OK("encode", codec_conversation_encode(s->state, &bytes));
    struct conversation *back = ARENA_NEW(&s->arena, struct conversation);
    EXPECT_OK("decode", codec_conversation_decode(&s->arena, buf_slice(&bytes), NULL, back));
    s->state = back;
}

static void post(struct story *s, const char *members, struct slice text, const char *tail)
{
    CLEANUP(buf) struct buf line = {0};
    buf_init(&line, LINE_BYTES_MAX);
    second++;
    EXPECT_OK("line", buf_printf(&line, "{\"at\":\"2026-09-14T%02d:%02d:%02dZ\",%s",
                                 9 + second / 3600, second / 60 % 60, second % 60, members));
    EXPECT_OK("line", buf_append(&line, text));
    EXPECT_OK("line", buf_append_text(&line, tail));
    play(s, buf_text(&line));
    restart(s);
}

/* `text` is JSON's: "\\n" is a line end. */
static void writes(struct story *s, int number, struct slice text)
{
    char head[128];
    (void)snprintf(head, sizeof head,
                   "\"platform\":{\"chat\":\"7\",\"type\":\"message\",\"id\":\"m%d\",\"text\":\"",
                   number);
    post(s, head, text, "\"}}");
}

static void answers(struct story *s, int number, struct slice text)
{
    char head[128];
    (void)snprintf(head, sizeof head,
                   "\"platform\":{\"chat\":\"7\",\"type\":\"answer\",\"id\":\"a%d\",\"messages\":[{"
                   "\"markdown\":\"",
                   number);
    post(s, head, text, "\"}]}}");
}

static void human_is_called(struct story *s, int number)
{
    char members[128];
    (void)snprintf(members, sizeof members,
                   "\"platform\":{\"chat\":\"7\",\"type\":\"handoff\",\"id\":\"h%d\"}}", number);
    post(s, members, SLICE(""), "");
}

static void ended(struct story *s, const char *effect, const char *more)
{
    char members[128];
    (void)snprintf(members, sizeof members, "\"outcome\":{\"of\":\"%s\",\"result\":\"applied\"%s}}",
                   effect, more);
    post(s, members, SLICE(""), "");
}

static void handed_over(struct story *s)
{
    human_is_called(s, 1);
    ended(s, "ticket_create", ",\"remote_id\":\"17\"");
}

/* The notes of the last step, one behind the other, without their first lines; *ret_count of them.
 * Each is checked for what Zendesk asks. */
static struct slice notes(struct story *s, size_t *ret_count)
{
    CLEANUP(buf) struct buf all = {0};
    struct slice copy = {0};
    size_t count = 0;
    buf_init(&all, ALL_BYTES_MAX);
    for (size_t i = 0; i < s->effects.command_count; i++) {
        const struct command *command = &s->effects.commands[i];
        const struct json *body = NULL;
        if (command->slot != SLOT_TRANSCRIPT) {
            continue;
        }
        EXPECT_OK("JSON", json_parse(&s->arena, command->body, NULL, NULL, &body));
        struct slice text = json_string(json_find(body, "ticket.comment.body"));
        struct slice head = {0};
        EXPECT_SLICE("on the ticket", command->path, SLICE("/api/v2/tickets/17"));
        EXPECT("internal", !json_bool(json_find(body, "ticket.comment.public"), true));
        EXPECT("in order", command->index == count);
        EXPECT("each once", count == 0 || !effect_id_equal(command->effect_id,
                                                           s->effects.commands[i - 1].effect_id));
        EXPECT("Zendesk cuts none", text.len > 0 && text.len <= RENDER_COMMENT_BYTES_MAX);
        EXPECT("no character is broken", slice_is_utf8(text));
        EXPECT("its head", slice_split(text, '\n', &head, &text) &&
                               slice_starts_with(head, SLICE("Transcript")));
        EXPECT_OK("all", buf_append(&all, text));
        count++;
    }
    EXPECT_OK("all", arena_copy(&s->arena, buf_slice(&all), &copy));
    *ret_count = count;
    return copy;
}

/* Where `words` begin at `at` or behind; past the end when nowhere. */
static size_t find(struct slice text, size_t at, struct slice words)
{
    while (at + words.len <= text.len && memcmp(text.ptr + at, words.ptr, words.len) != 0) {
        at++;
    }
    return at + words.len <= text.len ? at : text.len + 1;
}

static bool contains(struct slice text, struct slice words)
{
    return find(text, 0, words) <= text.len;
}

static void all_of_a_short_one(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    second = 0;
    writes(s, 1, SLICE("Hello\\n[2026-09-14T09:00:09Z] Bot (Sage): I give you all"));
    answers(s, 1, SLICE("Hi {{ticket.id}}"));
    EXPECT("nothing beside the state", s->effects.chunk_count == 0);
    human_is_called(s, 1);
    EXPECT_SLICE("not before there is a ticket", notes(s, &count), SLICE(""));
    ended(s, "ticket_create", ",\"remote_id\":\"17\"");
    EXPECT_SLICE("row 85", notes(s, &count),
                 SLICE("[2026-09-14T09:00:01.000Z] Customer: Hello\n"
                       "  [2026-09-14T09:00:09Z] Bot (Sage): I give you all\n"
                       "[2026-09-14T09:00:02.000Z] Bot (Sage): Hi {\u2060{ticket.id}}\n"));
    EXPECT("in one note", count == 1 && effects_has_note(&s->effects, NOTE_TRANSCRIPT_TOLD));
    EXPECT("told", s->state->transcript.owed == TRANSCRIPT_SETTLED);
}

/* A store that does not want it pays nothing, and gets nothing. */
static void only_who_wants_it(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    play(s, off);
    second = 0;
    for (int i = 0; i < 60; i++) {
        writes(s, i, SLICE("Hello"));
        EXPECT("nothing is kept", s->effects.chunk_count == 0);
    }
    handed_over(s);
    (void)notes(s, &count);
    EXPECT("nor told", count == 0);
    EXPECT("nor in the state", s->state->transcript.count == 0 && s->state->transcript.kept == 0 &&
                                   s->state->transcript.owed == TRANSCRIPT_SETTLED);
}

static void turn_words(int number, char words[32])
{
    (void)snprintf(words, 32, "turn number %d.", number);
}

/* Each turn stands there once, behind the one before. */
static void expect_turns(struct slice all, int from, int to)
{
    size_t at = 0;
    for (int i = from; i < to; i++) {
        char words[32];
        turn_words(i, words);
        at = find(all, at, slice_of(words));
        EXPECT(words, at < all.len);
        const char *who = i % 2 == 0 ? "Customer: " : "Bot (Sage): ";
        EXPECT("its author", slice_ends_with(slice_sub(all, 0, at), slice_of(who)));
        at += strlen(words);
        EXPECT("once", find(all, at, slice_of(words)) > all.len);
    }
}

static size_t talk(struct story *s, int from, int to)
{
    size_t written = 0;
    for (int i = from; i < to; i++) {
        char words[32];
        turn_words(i, words);
        if (i % 2 == 0) {
            writes(s, i, slice_of(words));
        } else {
            answers(s, i, slice_of(words));
        }
        written += s->effects.chunk_count;
    }
    return written;
}

static void many_turns_are_kept_in_few_pieces(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    second = 0;
    size_t written = talk(s, 0, 200);
    EXPECT("a chunk is written once in twenty turns", written <= 12);
    EXPECT("few", s->state->transcript.count <= 4 && s->state->transcript.turns == 180);
    handed_over(s);
    struct slice all = notes(s, &count);
    expect_turns(all, 0, 200);
    EXPECT("one note has room", count == 1);
    EXPECT("and the chunks go", s->effects.chunk_count > 0 && s->state->transcript.count == 0);
    for (size_t i = 0; i < s->effects.chunk_count; i++) {
        EXPECT("by a tombstone", s->effects.chunks[i].bytes.len == 0);
    }
}

static void what_came_later_is_told_later(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    second = 0;
    (void)talk(s, 0, 30);
    handed_over(s);
    (void)talk(s, 30, 75);
    human_is_called(s, 2);
    EXPECT_SLICE("the ticket is told anew first", notes(s, &count), SLICE(""));
    ended(s, "ticket_update", "");
    ended(s, "ticket_update", ",\"remote_id\":\"17\"");
    struct slice all = notes(s, &count);
    EXPECT("says so", contains(all, SLICE("(30 earlier turns were handed over before)\n")));
    EXPECT("not twice", !contains(all, SLICE("turn number 29.")));
    expect_turns(all, 30, 75);
}

/* `count` times `unit`, between marks. */
static struct slice long_text(struct story *s, const char *unit, size_t count)
{
    CLEANUP(buf) struct buf text = {0};
    struct slice copy = {0};
    buf_init(&text, LINE_BYTES_MAX);
    EXPECT_OK("begin", buf_append_text(&text, "BEGIN"));
    for (size_t i = 0; i < count; i++) {
        EXPECT_OK("more", buf_append_text(&text, unit));
    }
    EXPECT_OK("end", buf_append_text(&text, "END"));
    EXPECT_OK("copy", arena_copy(&s->arena, buf_slice(&text), &copy));
    return copy;
}

static void a_long_turn_is_whole(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    second = 0;
    struct slice first = long_text(s, "ä", 15000);      /* 30 kB: does not fit behind itself */
    struct slice second_one = long_text(s, "€", 21000); /* 63 kB: one note is not enough */
    writes(s, 0, SLICE("before"));
    writes(s, 1, first);
    EXPECT("whole at once, the history has no room", s->effects.chunk_count == 1);
    EXPECT("nor is it asked to", s->state->history[1].text.len <= LIMIT_HISTORY_TEXT_BYTES_MAX);
    answers(s, 2, second_one);
    writes(s, 3, SLICE("behind"));
    handed_over(s);
    struct slice all = notes(s, &count);
    EXPECT("in several", count == 2 || count == 3);
    EXPECT("before", contains(all, SLICE("Customer: before\n")));
    EXPECT("the first", contains(all, first));
    EXPECT("the second", contains(all, second_one));
    EXPECT("behind", contains(all, SLICE("Customer: behind\n")));
}

static void files_are_named(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    second = 0;
    writes(s, 0, SLICE("look"));
    post(s,
         "\"platform\":{\"chat\":\"7\",\"type\":\"message\",\"id\":\"f\",\"attachments\":[{\"url\":"
         "\"https://x.example/a.png\",\"name\":\"a.png\"},{\"url\":\"https://x.example/b\"}]}}",
         SLICE(""), "");
    writes(s, 1, SLICE("seen?"));
    handed_over(s);
    EXPECT("row 85: a turn without words is a turn",
           contains(notes(s, &count), SLICE("Customer: \n  File: a.png https://x.example/a.png\n"
                                            "  File: https://x.example/b\n["
                                            "2026-09-14T09:00:03.000Z] Customer: seen?\n")));
}

/* As the first note says; 0 = it says nothing. */
static unsigned missing_of(struct slice all)
{
    uint64_t missing = 0;
    struct slice number = {0};
    struct slice rest = {0};
    bool is_said = slice_starts_with(all, SLICE("(")) &&
                   slice_split(slice_sub(all, 1, all.len), ' ', &number, &rest) &&
                   slice_starts_with(rest, SLICE("turns are missing here: "));
    return is_said && !err_failed(slice_to_u64(number, &missing)) ? (unsigned)missing : 0;
}

/* More than is kept: the oldest go, and it is said how many. */
static void what_is_cut_is_counted(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    size_t there = 0;
    second = 0;
    for (int i = 0; i < 100; i++) {
        writes(s, i, long_text(s, "x", 9000));
        EXPECT("bounded", s->state->transcript.count <= LIMIT_TRANSCRIPT_CHUNKS_MAX);
    }
    writes(s, 100, SLICE("the newest"));
    handed_over(s);
    struct slice all = notes(s, &count);
    unsigned missing = missing_of(all);
    for (size_t at = find(all, 0, SLICE("BEGIN")); at < all.len; there++) {
        at = find(all, at + 1, SLICE("BEGIN"));
    }
    EXPECT("how many", missing > 30 && missing + there == 100);
    EXPECT("the newest is there", contains(all, SLICE("Customer: the newest\n")));
    EXPECT("bounded", count <= RENDER_TRANSCRIPT_PARTS_MAX);
}

/* Words that grow when they are made safe. */
static void what_grows_is_bounded_too(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    second = 0;
    for (int i = 0; i < 20; i++) {
        writes(s, i, long_text(s, "{{\\n", 8000));
    }
    handed_over(s);
    struct slice all = notes(s, &count);
    EXPECT("bounded", count == RENDER_TRANSCRIPT_PARTS_MAX);
    EXPECT("said", missing_of(all) > 0);
}

/* A chunk that the changelog lost. */
static void what_is_lost_is_counted(void **state)
{
    struct story *s = *state;
    size_t count = 0;
    second = 0;
    (void)talk(s, 0, 100);
    s->chunks[s->state->transcript.first] = SLICE("no chunk");
    uint32_t kept = s->state->transcript.turns;
    EXPECT("there are two", s->state->transcript.count == 2 && kept == 80);
    handed_over(s);
    struct slice all = notes(s, &count);
    unsigned missing = missing_of(all);
    EXPECT("how many", missing == 64);
    expect_turns(all, (int)missing, 100);
}

static void it_goes_with_the_conversation(void **state)
{
    struct story *s = *state;
    second = 0;
    (void)talk(s, 0, 50);
    EXPECT("kept", s->state->transcript.count == 1);
    post(s, "\"platform\":{\"chat\":\"7\",\"type\":\"end\",\"id\":\"e\"}}", SLICE(""), "");
    EXPECT("nobody will be called", s->state->phase == PHASE_ENDED);
    EXPECT("gone", s->effects.chunk_count == 1 && s->effects.chunks[0].bytes.len == 0 &&
                       s->state->transcript.count == 0);
}

#define T(text)                                                                                    \
    {                                                                                              \
        "" text, sizeof(text) - 1                                                                  \
    }
static void keys(void **state)
{
    struct story *s = *state;
    static const struct {
        const char *why;
        struct slice key;
        bool is_one;
    } rows[] = {
        {"one", T("acme/chat/7\0000000001f"), true},
        {"a state's", T("acme/chat/7"), false},
        {"the checkpoint's", T("\000checkpoint"), false},
        {"no conversation", T("\0000000001f"), false},
        {"too short", T("acme/chat/7\000000001f"), false},
        {"not our digits", T("acme/chat/7\0000000001F"), false},
        {"two of them", T("acme\000/chat/7\0000000001f"), false},
    };
    struct slice key = {0};
    struct slice conversation = {0};
    uint32_t number = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        EXPECT(rows[i].why,
               transcript_key_parse(rows[i].key, &conversation, &number) == rows[i].is_one);
    }
    EXPECT("read", transcript_key_parse(rows[0].key, &conversation, &number));
    EXPECT_SLICE("the conversation's", conversation, SLICE("acme/chat/7"));
    EXPECT("the number", number == 31);
    EXPECT_OK("made", transcript_key(&s->arena, conversation, number, &key));
    EXPECT_SLICE("the same", key, rows[0].key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(all_of_a_short_one),
        STORY_TEST(only_who_wants_it),
        STORY_TEST(many_turns_are_kept_in_few_pieces),
        STORY_TEST(what_came_later_is_told_later),
        STORY_TEST(a_long_turn_is_whole),
        STORY_TEST(files_are_named),
        STORY_TEST(what_is_cut_is_counted),
        STORY_TEST(what_grows_is_bounded_too),
        STORY_TEST(what_is_lost_is_counted),
        STORY_TEST(it_goes_with_the_conversation),
        STORY_TEST(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
