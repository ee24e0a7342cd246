#include "ctl/replay_step.h"

#include "ctl/out.h"
#include "event/codec.h"
#include "event/describe.h"
#include "event/reason.h"

#include <inttypes.h>
#include <string.h>

enum { LINE_BYTES = 512 };

struct step {
    struct cursor *cursor;
    struct replay_tell *tell;
    struct why *why;
    struct cursor_event event; /* the newest */
    bool is_there;             /* there is one */
    bool is_quit;
};

/* ---- what is waited for */

/* NAME=VALUE of the newest event; false also for a name that there is none of. */
static bool holds(const struct step *s, struct slice name, struct slice value)
{
    const struct decide *d = &s->cursor->player.decide;
    bool is_decided = s->event.played == PLAYED_DECIDED;
    int64_t offset = 0;
    if (slice_equal(name, SLICE("offset"))) {
        return !err_failed(slice_to_i64(value, &offset)) && s->event.record.offset >= offset;
    }
    if (slice_equal(name, SLICE("type"))) {
        return slice_equal(value, slice_of(event_type_name(d->event.type)));
    }
    if (slice_equal(name, SLICE("phase"))) {
        return is_decided && slice_equal(value, slice_of(phase_name(d->state->phase)));
    }
    if (slice_equal(name, SLICE("conversation"))) {
        return slice_equal(value, s->event.record.key);
    }
    for (size_t i = 0; is_decided && i < d->effects.note_count; i++) {
        if (slice_equal(name, SLICE("note")) &&
            slice_equal(value, slice_of(note_name(d->effects.notes[i])))) {
            return true;
        }
    }
    for (size_t i = 0; is_decided && i < d->effects.command_count; i++) {
        if (slice_equal(name, SLICE("effect")) &&
            slice_equal(value, slice_of(effect_name(d->effects.commands[i].effect)))) {
            return true;
        }
    }
    return false;
}

/* A rule called a human in the newest event; 0 = any. */
static bool has_called(const struct step *s, enum reason reason)
{
    const struct decide *d = &s->cursor->player.decide;
    if (s->event.played != PLAYED_DECIDED) {
        return false;
    }
    uint32_t fresh = d->state->reasons & ~d->before.reasons;
    return reason == 0 ? fresh != 0 : (fresh & REASON_BIT(reason)) != 0;
}

/* ---- moving */

static err_t show(struct step *s)
{
    if (!s->is_there) {
        (void)printf("before the first event\n");
        return err_ok();
    }
    return replay_tell_event(s->tell, &s->event.record, &s->cursor->player, s->event.played);
}

static err_t forward(struct step *s, bool *ret_more)
{
    TRY(cursor_next(s->cursor, s->why, &s->event, ret_more));
    s->is_there = s->is_there || *ret_more;
    if (!*ret_more) {
        (void)printf("no more events\n");
    }
    return err_ok();
}

static err_t go_to(struct step *s, uint64_t count)
{
    TRY(cursor_seek(s->cursor, count, s->why, &s->event));
    s->is_there = s->cursor->count > 0;
    return show(s);
}

static err_t next(struct step *s, uint64_t times)
{
    bool is_more = true;
    for (uint64_t i = 0; i < times && is_more; i++) {
        TRY(forward(s, &is_more));
        TRY(is_more ? show(s) : err_ok());
    }
    return err_ok();
}

static err_t until(struct step *s, struct slice name, struct slice value)
{
    bool is_more = true;
    while (is_more) {
        TRY(forward(s, &is_more));
        if (is_more && holds(s, name, value)) {
            return show(s);
        }
    }
    return err_ok();
}

static err_t to_rule(struct step *s, enum reason reason)
{
    bool is_more = true;
    while (is_more) {
        TRY(forward(s, &is_more));
        if (is_more && has_called(s, reason)) {
            return show(s);
        }
    }
    return err_ok();
}

/* ---- looking */

static err_t print(struct step *s)
{
    CLEANUP(arena) struct arena arena;
    struct slice bytes = player_state(&s->cursor->player, s->event.record.key);
    struct out_line o;
    arena_init(&arena, LIMIT_ARENA_BYTES_MAX);
    struct conversation *state = ARENA_NEW(&arena, struct conversation);
    if (!s->is_there || bytes.len == 0 || state == NULL) {
        (void)printf("there is no state\n");
        return err_ok();
    }
    TRY(codec_conversation_decode(&arena, bytes, s->why, state));
    out_begin(&o, stdout);
    json_key(&o.json, "state");
    describe_conversation(&o.json, state);
    out_end(&o);
    return err_ok();
}

static void print_hash(const struct step *s)
{
    (void)printf("event %" PRIu64 ", state hash %016" PRIx64 "\n", s->cursor->count,
                 s->cursor->count == 0 ? 0 : player_hash(&s->cursor->player));
}

static void help(void)
{
    (void)printf("next [N]          decides the next event, or N\n"
                 "back [N]          goes back\n"
                 "goto N            to event number N\n"
                 "rule [LABEL]      on to where a rule called a human (low_confidence, asked, …)\n"
                 "until NAME=VALUE  on to where that is so: type, note, phase, effect,\n"
                 "                  conversation, offset\n"
                 "print             the state behind the event\n"
                 "hash              a digest of all that is known there\n"
                 "quit\n");
}

/* ---- a line */

static bool is(struct slice word, const char *name)
{
    return slice_equal(word, slice_of(name)) || (word.len == 1 && word.ptr[0] == name[0]);
}

static err_t rule(struct step *s, struct slice label)
{
    enum reason reason = reason_named(label);
    if (label.len > 0 && reason == 0) {
        (void)printf("there is no rule \"%.*s\"\n", SLICE_ARG(label));
        return err_ok();
    }
    return to_rule(s, reason);
}

static err_t obey(struct step *s, struct slice line)
{
    struct slice word = line;
    struct slice rest = {0};
    struct slice name = {0};
    struct slice value = {0};
    uint64_t number = 1;
    if (!slice_split(line, ' ', &word, &rest)) {
        word = line;
    }
    rest = slice_trim(rest);
    if (rest.len > 0 && err_failed(slice_to_u64(rest, &number))) {
        number = 1;
    }
    uint64_t count = s->cursor->count;
    if (line.len == 0 || is(word, "next")) {
        return next(s, number);
    }
    if (is(word, "back")) {
        return go_to(s, number > count ? 0 : count - number);
    }
    if (is(word, "goto")) {
        return go_to(s, number);
    }
    if (is(word, "rule")) {
        return rule(s, rest);
    }
    if (is(word, "until") && slice_split(rest, '=', &name, &value)) {
        return until(s, slice_trim(name), slice_trim(value));
    }
    if (is(word, "print")) {
        return print(s);
    }
    if (is(word, "hash")) {
        print_hash(s);
    } else if (is(word, "quit")) {
        s->is_quit = true;
    } else {
        help();
    }
    return err_ok();
}

err_t replay_step(struct cursor *cursor, struct replay_tell *tell, FILE *in, bool is_asking,
                  struct why *why)
{
    struct step s = {.cursor = cursor, .tell = tell, .why = why};
    char line[LINE_BYTES];
    while (!s.is_quit) {
        if (is_asking) {
            (void)printf("(%" PRIu64 ") ", cursor->count);
            (void)fflush(stdout);
        }
        if (fgets(line, sizeof line, in) == NULL) {
            break;
        }
        TRY(obey(&s, slice_trim(slice_of(line))));
        (void)fflush(stdout);
    }
    return err_ok();
}
