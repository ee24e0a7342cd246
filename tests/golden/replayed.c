/* replayed — each golden story as the log would hold it, decided once more by the code of `tieline
 * replay`: whole, and as a redacted capture, in which no word of a customer is left.
 *
 * Each story is played twice: as it stands, and with a canary in all that a person or a platform
 * wrote: texts, names, addresses, ids, files, customer data, what an agent or the bot said. The
 * stories have every rule and every way of a hand-over, so this says of each that it is decided by
 * a redacted capture as it was, and that nothing of it is told. */
#include "base/buf.h"
#include "base/check.h"
#include "tests/support/story.h"
#include "tests/support/tape.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, PATH_BYTES = 512 };

static const char canary[] = "wombat";

/* ---- canaries */

struct planting {
    struct slice line;
    struct buf out;
    size_t copied;
};

static bool is_one_of(struct slice name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (slice_equal(name, slice_of(*names))) {
            return true;
        }
    }
    return false;
}

static bool is_number(struct slice text)
{
    uint64_t number = 0;
    return !err_failed(slice_to_u64(text, &number));
}

/* Whether somebody wrote this, in place of Zendesk, the configuration or us. */
static bool is_written(struct slice parent, struct slice name, struct slice value)
{
    static const char *const words[] = {"text",     "displayName", "givenName", "surname",
                                        "email",    "phone",       "altText",   "markdown",
                                        "summary",  "subject",     "avatarUrl", "avatar_url",
                                        "mediaUrl", "url",         "payload",   NULL};
    static const char *const ids[] = {"id",          "userId",    "user_id", "externalId",
                                      "external_id", "remote_id", NULL};
    static const char *const ours[] = {"activeSwitchboardIntegration",
                                       "pendingSwitchboardIntegration",
                                       "integration",
                                       "brand",
                                       "active",
                                       NULL};
    bool is_person =
        slice_equal(parent, SLICE("customer")) || slice_equal(parent, SLICE("attachments"));
    if (is_one_of(parent, ours) || value.len == 0) {
        return false;
    }
    if (slice_equal(name, SLICE("conversation"))) {
        return slice_starts_with(value, SLICE("acme/messaging/"));
    }
    return is_one_of(name, words) || slice_equal(parent, SLICE("data")) ||
           (is_person && slice_equal(name, SLICE("name"))) ||
           (is_one_of(name, ids) && !is_number(value) &&
            !slice_starts_with(value, SLICE("tieline")));
}

/* Behind the value: so a phrase in it still matches. */
static void plant(struct planting *p, struct slice name, const struct json *value)
{
    bool is_text = slice_equal(name, SLICE("text")) || slice_equal(name, SLICE("markdown"));
    err_t e = buf_append(&p->out, slice_sub(p->line, p->copied, value->end - 1));
    e = err_failed(e) ? e : buf_printf(&p->out, "%s%s", is_text ? " " : "", canary);
    CHECK(!err_failed(e));
    p->copied = value->end - 1;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIMIT_JSON_DEPTH_MAX */
static void plant_in(struct planting *p, struct slice parent, struct slice name,
                     const struct json *value)
{
    if (value->type == JSON_STRING && is_written(parent, name, value->text)) {
        plant(p, name, value);
    }
    if (slice_equal(name, SLICE("metadata"))) {
        return; /* what we have put there ourselves */
    }
    JSON_EACH(item, value)
    {
        bool is_object = value->type == JSON_OBJECT;
        plant_in(p, is_object ? name : parent, is_object ? item->key : name, item);
    }
}

static struct slice with_canaries(struct arena *arena, struct slice line)
{
    static const char *const inside[] = {"webhook", "platform", "reply.answer", "outcome.answer",
                                         "outcome.fetched"};
    const struct json *root = NULL;
    struct slice copy = line;
    struct planting p = {.line = line};
    err_t e = json_parse(arena, line, NULL, NULL, &root);
    CHECK(!err_failed(e));
    buf_init(&p.out, FILE_BYTES_MAX);
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        const struct json *part = json_find(root, inside[i]);
        if (part != NULL) {
            plant_in(&p, SLICE(""), part->key, part);
        }
    }
    e = buf_append(&p.out, slice_sub(line, p.copied, line.len));
    e = err_failed(e) ? e : arena_copy(arena, buf_slice(&p.out), &copy);
    CHECK(!err_failed(e));
    buf_deinit(&p.out);
    return copy;
}

static bool has_canary(struct slice bytes)
{
    struct slice word = slice_of(canary);
    for (size_t i = 0; i + word.len <= bytes.len; i++) {
        if (slice_equal_nocase(slice_sub(bytes, i, i + word.len), word)) {
            return true;
        }
    }
    return false;
}

/* ---- a story on a tape */

struct taping {
    struct story story;
    struct tape tape;
    struct evict_numbers numbers;
    struct arena configs; /* keys and values of `config`, two a record */
    struct slice records[64];
    size_t record_count;
};

static void keep_config(void *arg, struct slice key, struct slice bytes)
{
    struct taping *t = arg;
    CHECK(t->record_count + 2 <= sizeof t->records / sizeof t->records[0]);
    err_t e = arena_copy(&t->configs, key, &t->records[t->record_count++]);
    e = err_failed(e) ? e : arena_copy(&t->configs, bytes, &t->records[t->record_count++]);
    CHECK(!err_failed(e));
}

static wall_ms_t time_of(struct arena *arena, struct slice line, bool *ret_halts)
{
    const struct json *root = NULL;
    wall_ms_t at = {0};
    err_t e = json_parse(arena, line, NULL, NULL, &root);
    e = err_failed(e) ? e : instant_parse_iso8601(json_string(json_find(root, "at")), &at);
    *ret_halts = !err_failed(e) && json_find(root, "halt") != NULL;
    return at;
}

static void tape_line(struct taping *t, struct slice line, const struct event *event)
{
    struct story *s = &t->story;
    bool halts = false;
    wall_ms_t at = time_of(&s->arena, line, &halts);
    if (s->state == NULL || (event->type == EVENT_NONE && !halts)) {
        return;
    }
    if (t->tape.key.len == 0) {
        tape_begin(&t->tape, s->state->key, at);
    }
    for (; (size_t)t->tape.next[TOPIC_CONFIG] * 2 < t->record_count;) {
        size_t i = (size_t)t->tape.next[TOPIC_CONFIG] * 2;
        tape_config(&t->tape, t->records[i], t->records[i + 1]);
    }
    if (event->type != EVENT_NONE && s->effects.evicted) {
        evict_count(&t->numbers, s->state);
    }
    const struct taped taped = {.event = halts ? NULL : event,
                                .now = at,
                                .incarnation = s->incarnation,
                                .config = s->config_offset - 1,
                                .state = s->state,
                                .effects = &s->effects,
                                .numbers = t->numbers};
    tape_take(&t->tape, &taped);
}

static const char *play_lines(struct taping *t, struct slice lines, bool plants)
{
    while (lines.len > 0) {
        struct slice line = {0};
        struct event event = {0};
        struct why why = {""};
        (void)slice_split(lines, '\n', &line, &lines);
        line = slice_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        line = plants ? with_canaries(&t->story.arena, line) : line;
        err_t e = story_play(&t->story, line, &why, &event);
        if (err_is(e, ERR_NOT_FOUND) && plants) {
            continue; /* it took another turn, so nothing waits for this outcome */
        }
        if (err_failed(e)) {
            printf("  %s\n", why.text);
            return "it cannot be played";
        }
        tape_line(t, line, &event);
    }
    return NULL;
}

static const char *replay_tape(struct tape *tape, bool plants, size_t *planted)
{
    CLEANUP(buf) struct buf redacted = {0};
    buf_init(&redacted, CAPTURE_BYTES_MAX);
    const char *wrong = tape_replay(tape);
    wrong = wrong == NULL ? tape_replay_redacted(tape, &redacted) : wrong;
    *planted += plants && has_canary(buf_slice(&tape->file)) ? 1 : 0;
    return wrong == NULL && has_canary(buf_slice(&redacted)) ? "a word is left" : wrong;
}

static const char *run_story(struct slice lines, bool plants, size_t *planted)
{
    struct taping *t = calloc(1, sizeof *t);
    CHECK(t != NULL);
    story_init(&t->story);
    arena_init(&t->configs, FILE_BYTES_MAX);
    t->story.on_config = keep_config;
    t->story.on_config_arg = t;
    const char *wrong = play_lines(t, lines, plants);
    if (t->tape.key.len > 0) {
        tape_end(&t->tape);
        wrong = wrong == NULL ? replay_tape(&t->tape, plants, planted) : wrong;
    }
    tape_free(&t->tape);
    story_deinit(&t->story);
    arena_deinit(&t->configs);
    free(t);
    return wrong;
}

/* ---- all of them */

static bool read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t got = 0;
    bool is_good = file != NULL;
    while (is_good && (got = fread(block, 1, sizeof block, file)) > 0) {
        is_good = !err_failed(buf_append(out, slice_from(block, got)));
    }
    return file != NULL && fclose(file) == 0 && is_good;
}

static bool run_file(const char *directory, const char *name, size_t *planted)
{
    char path[PATH_BYTES];
    CLEANUP(buf) struct buf lines = {0};
    buf_init(&lines, FILE_BYTES_MAX);
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!read_file(path, &lines)) {
        printf("%s cannot be read\n", path);
        return false;
    }
    const char *wrong = run_story(buf_slice(&lines), false, planted);
    printf("%s: %s\n", name, wrong == NULL ? "the same" : wrong);
    const char *wrong_planted = run_story(buf_slice(&lines), true, planted);
    if (wrong_planted != NULL) {
        printf("%s, with canaries: %s\n", name, wrong_planted);
    }
    return wrong == NULL && wrong_planted == NULL;
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : TEST_SOURCE_DIR "/tests/golden/stories";
    struct dirent **entries = NULL;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    int count = scandir(directory, &entries, NULL, alphasort);
    int passed = 0;
    int failed = 0;
    size_t planted = 0;
    for (int i = 0; i < count; i++) {
        if (slice_ends_with(slice_of(entries[i]->d_name), SLICE(".jsonl"))) {
            bool is_good = run_file(directory, entries[i]->d_name, &planted);
            passed += is_good ? 1 : 0;
            failed += is_good ? 0 : 1;
        }
        free(entries[i]);
    }
    free(entries);
    printf("%zu stories had canaries\n%d passed, %d failed\n", planted, passed, failed);
    return failed == 0 && planted > 100 ? 0 : 1;
}
