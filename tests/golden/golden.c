/* golden — each story in, what was decided out, byte for byte.
 *
 * tests/golden/stories/NAME.jsonl is played through the pure core; what follows from each line is
 * compared with NAME.want. With UPDATE_GOLDEN=1 the .want files are written anew, and the
 * difference in git is the review. Each state also goes through the codec and back before the next
 * event, so a member that the codec forgets shows here. */
#include "base/buf.h"
#include "event/codec.h"
#include "event/describe.h"
#include "tests/support/story.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, CASES_MAX = 256, PATH_BYTES = 512 };

static bool read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    char block[4096];
    size_t got = 0;
    bool is_good = true;
    while (is_good && (got = fread(block, 1, sizeof block, file)) > 0) {
        is_good = !err_failed(buf_append(out, slice_from(block, got)));
    }
    (void)fclose(file);
    return is_good;
}

static bool write_file(const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "wb");
    bool is_good = file != NULL && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    return file != NULL && fclose(file) == 0 && is_good;
}

static err_t tell_step(struct story *s, const struct event *event, struct buf *out)
{
    TRY(buf_printf(out, "%s %.*s\n", event_type_name(event->type), SLICE_ARG(event->id)));
    for (size_t i = 0; i < s->effects.note_count; i++) {
        TRY(buf_printf(out, "  note    %s\n", note_name(s->effects.notes[i])));
    }
    for (size_t i = 0; i < s->effects.command_count; i++) {
        struct json_write w;
        TRY(buf_append_text(out, "  command "));
        json_write_init(&w, out);
        describe_command(&w, &s->effects.commands[i]);
        TRY(json_write_done(&w));
        TRY(buf_append_char(out, '\n'));
    }
    for (size_t i = 0; i < s->effects.event_count; i++) {
        struct json_write w;
        TRY(buf_append_text(out, "  event   "));
        json_write_init(&w, out);
        describe_event(&w, &s->effects.events[i]);
        TRY(json_write_done(&w));
        TRY(buf_append_char(out, '\n'));
    }
    for (size_t i = 0; i < s->effects.chunk_count; i++) {
        TRY(buf_printf(out, "  chunk   %u, %zu bytes\n", (unsigned)s->effects.chunks[i].number,
                       s->effects.chunks[i].bytes.len));
    }
    struct json_write w;
    TRY(buf_append_text(out, "  state   "));
    json_write_init(&w, out);
    describe_conversation(&w, s->state);
    TRY(json_write_done(&w));
    return buf_append_char(out, '\n');
}

/* The state as it would come back from the changelog. */
static err_t through_codec(struct story *s, struct why *why)
{
    CLEANUP(buf) struct buf bytes = {0};
    buf_init(&bytes, LIMIT_STATE_BYTES_MAX);
    TRY(codec_conversation_encode(s->state, &bytes));
    struct conversation *back = ARENA_NEW(&s->arena, struct conversation);
    if (back == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(codec_conversation_decode(&s->arena, buf_slice(&bytes), why, back));
    s->state = back;
    return err_ok();
}

static err_t play(struct slice lines, struct buf *out, struct why *why)
{
    struct story *s = malloc(sizeof *s);
    if (s == NULL) {
        return ERR(NO_MEMORY);
    }
    story_init(s);
    err_t err = err_ok();
    for (size_t number = 1; lines.len > 0 && !err_failed(err); number++) {
        struct slice line = {0};
        struct event event = {0};
        (void)slice_split(lines, '\n', &line, &lines);
        line = slice_trim(line);
        if (line.len == 0 || line.ptr[0] == '#') {
            err = line.len == 0 ? err_ok() : buf_printf(out, "%.*s\n", SLICE_ARG(line));
            continue;
        }
        err = story_play(s, line, why, &event);
        if (err_failed(err)) {
            why_prefix(why, "line %zu: ", number);
        } else if (event.type != EVENT_NONE) {
            err = through_codec(s, why);
            err = err_failed(err) ? err : tell_step(s, &event, out);
        }
    }
    story_deinit(s);
    free(s);
    return err;
}

/* Shows the first line in which the two differ. */
static void show_difference(struct slice want, struct slice got)
{
    for (size_t number = 1; want.len > 0 || got.len > 0; number++) {
        struct slice a = {0};
        struct slice b = {0};
        (void)slice_split(want, '\n', &a, &want);
        (void)slice_split(got, '\n', &b, &got);
        if (!slice_equal(a, b)) {
            printf("  line %zu\n  want %.*s\n  got  %.*s\n", number, SLICE_ARG(a), SLICE_ARG(b));
            return;
        }
    }
}

static bool run_case(const char *directory, const char *name)
{
    char in_path[PATH_BYTES];
    char want_path[PATH_BYTES];
    (void)snprintf(in_path, sizeof in_path, "%s/%s.jsonl", directory, name);
    (void)snprintf(want_path, sizeof want_path, "%s/%s.want", directory, name);
    CLEANUP(buf) struct buf in = {0};
    CLEANUP(buf) struct buf want = {0};
    CLEANUP(buf) struct buf got = {0};
    buf_init(&in, FILE_BYTES_MAX);
    buf_init(&want, FILE_BYTES_MAX);
    buf_init(&got, FILE_BYTES_MAX);
    struct why why = {{0}};
    if (!read_file(in_path, &in)) {
        printf("%s: cannot be read\n", in_path);
        return false;
    }
    err_t err = play(buf_slice(&in), &got, &why);
    if (err_failed(err)) {
        printf("%s: %s (%s)\n", name, why.text, err_name(err));
        return false;
    }
    const char *update = getenv("UPDATE_GOLDEN");
    if (update != NULL && update[0] == '1') {
        return write_file(want_path, buf_slice(&got));
    }
    bool is_same = read_file(want_path, &want) && slice_equal(buf_slice(&want), buf_slice(&got));
    printf("%s: %s\n", name, is_same ? "as wanted" : "DIFFERS (UPDATE_GOLDEN=1 writes it anew)");
    if (!is_same) {
        show_difference(buf_slice(&want), buf_slice(&got));
    }
    return is_same;
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : TEST_SOURCE_DIR "/tests/golden/stories";
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, alphasort);
    int passed = 0;
    int failed = 0;
    for (int i = 0; i < count; i++) {
        struct slice name = slice_of(entries[i]->d_name);
        if (slice_ends_with(name, SLICE(".jsonl"))) {
            entries[i]->d_name[name.len - strlen(".jsonl")] = '\0';
            bool is_good = run_case(directory, entries[i]->d_name);
            passed += is_good ? 1 : 0;
            failed += is_good ? 0 : 1;
        }
        free(entries[i]);
    }
    free(entries);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
