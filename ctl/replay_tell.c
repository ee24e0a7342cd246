#include "ctl/replay_tell.h"

#include "ctl/out.h"
#include "ctl/replay_why.h"
#include "ctl/timeline.h"
#include "event/codec.h"
#include "event/describe.h"
#include "event/reason.h"

#include <inttypes.h>
#include <stdio.h>

enum { ARENA_BYTES = 16 * 1024 * 1024, LINE_BYTES_MAX = 4 * 1024 * 1024, FIRST_SHOWN_MAX = 5 };

void replay_tell_init(struct replay_tell *t, bool is_json, bool tells)
{
    *t = (struct replay_tell){.is_json = is_json, .tells = tells};
    arena_init(&t->arena, ARENA_BYTES);
    buf_init(&t->line, LINE_BYTES_MAX);
}

void replay_tell_deinit(struct replay_tell *t)
{
    arena_deinit(&t->arena);
    buf_deinit(&t->line);
}

static void put_time(struct json_write *w, const char *name, wall_ms_t time)
{
    char text[INSTANT_TEXT_BYTES];
    instant_format_iso8601(time, text);
    json_put_text(w, name, text);
}

static err_t on_start(void *arg, const struct past *past)
{
    const struct replay_tell *t = arg;
    char text[INSTANT_TEXT_BYTES];
    (void)t;
    if (past->is_cut) {
        instant_format_iso8601(past->first_time, text);
        (void)fprintf(stderr,
                      "tieline replay: partition %d begins at offset %" PRId64
                      ": retention has removed what was before (the oldest event is of %s)\n",
                      (int)past->partition, past->start.next, text);
    }
    return err_ok();
}

/* ---- an event */

static err_t print_change(struct replay_tell *t, const struct player *player)
{
    const struct decide *d = &player->decide;
    const struct conversation *now = d->state;
    if (!d->effects.changed) {
        return err_ok();
    }
    if (d->before.phase != now->phase || d->before.is_new) {
        (void)printf("    state      %s%s%s, epoch %" PRIu32 "\n",
                     d->before.is_new ? "" : phase_name(d->before.phase),
                     d->before.is_new ? "" : " -> ", phase_name(now->phase), now->epoch);
    }
    uint32_t reasons = now->reasons & ~d->before.reasons;
    for (unsigned reason = 1; reason < 32; reason++) {
        if ((reasons & REASON_BIT(reason)) != 0) {
            buf_reset(&t->line);
            TRY(replay_why_rule(&t->line, config_store(player->place.config, now->store),
                                (enum reason)reason));
            (void)printf("    rule       %s\n", buf_text(&t->line));
        }
    }
    return err_ok();
}

static void print_notes(const struct decide *d)
{
    for (size_t i = 0; i < d->effects.note_count; i++) {
        (void)printf("%s%s", i == 0 ? "    decided    " : ", ", note_name(d->effects.notes[i]));
    }
    (void)printf("%s", d->effects.note_count > 0 ? "\n" : "");
}

static err_t print_commands(struct replay_tell *t, const struct player *player)
{
    const struct decide *d = &player->decide;
    for (size_t i = 0; i < d->effects.command_count; i++) {
        const struct command *command = &d->effects.commands[i];
        bool tells = false;
        buf_reset(&t->line);
        TRY(timeline_command(&t->line, command, &tells));
        size_t at = t->line.len;
        TRY(replay_why_command(&t->line, config_store(player->place.config, command->store),
                               command));
        struct slice line = buf_slice(&t->line);
        (void)printf("    %.*s%s%.*s\n", SLICE_ARG(slice_sub(line, 0, at)),
                     at < line.len ? "   " : "", SLICE_ARG(slice_sub(line, at, line.len)));
    }
    return err_ok();
}

static const char *played_name(enum played played)
{
    switch (played) {
    case PLAYED_PASSED: return "passed";
    case PLAYED_PARTITION: return "partition";
    case PLAYED_DECIDED: return "decided";
    case PLAYED_HALTED: return "halted";
    case PLAYED_LEFT: return "left";
    case PLAYED_DEAD: return "dead";
    }
    return "unknown";
}

static err_t print_event(struct replay_tell *t, const struct bus_record *record,
                         const struct player *player, enum played played)
{
    const struct decide *d = &player->decide;
    char time[INSTANT_TEXT_BYTES];
    bool tells = false;
    instant_format_iso8601(record->time, time);
    buf_reset(&t->line);
    if (played == PLAYED_DECIDED) {
        TRY(timeline_event(&t->line, &d->event, &tells));
    }
    if (!tells) {
        buf_reset(&t->line);
        TRY(buf_printf(&t->line, "%-10s %s", played_name(played),
                       played == PLAYED_DEAD ? player->why.text : event_type_name(d->event.type)));
    }
    (void)printf("%s  %d/%" PRId64 "  %.*s  %.*s\n", time, (int)record->partition, record->offset,
                 SLICE_ARG(record->key), SLICE_ARG(buf_slice(&t->line)));
    if (played == PLAYED_DECIDED) {
        print_notes(d);
        TRY(print_change(t, player));
        return print_commands(t, player);
    }
    return err_ok();
}

/* The rules that called a human in this event, with their lines. */
static void json_rules(struct replay_tell *t, struct json_write *w, const struct player *player)
{
    const struct conversation *now = player->decide.state;
    uint32_t reasons = now->reasons & ~player->decide.before.reasons;
    json_key(w, "rules");
    json_array(w);
    for (unsigned reason = 1; reason < 32; reason++) {
        buf_reset(&t->line);
        if ((reasons & REASON_BIT(reason)) != 0 &&
            !err_failed(replay_why_rule(&t->line, config_store(player->place.config, now->store),
                                        (enum reason)reason))) {
            json_slice(w, buf_slice(&t->line));
        }
    }
    json_end(w);
}

static void json_decided(struct replay_tell *t, struct json_write *w, const struct player *player)
{
    const struct decide *d = &player->decide;
    json_put_int(w, "config", player->place.point.config);
    json_key(w, "notes");
    json_array(w);
    for (size_t i = 0; i < d->effects.note_count; i++) {
        json_text(w, note_name(d->effects.notes[i]));
    }
    json_end(w);
    json_rules(t, w, player);
    json_key(w, "commands");
    json_array(w);
    for (size_t i = 0; i < d->effects.command_count; i++) {
        describe_command(w, &d->effects.commands[i]);
    }
    json_end(w);
    json_key(w, "state");
    describe_conversation(w, d->state);
}

static err_t json_event(struct replay_tell *t, const struct bus_record *record,
                        const struct player *player, enum played played)
{
    struct out_line o;
    out_begin(&o, stdout);
    put_time(&o.json, "time", record->time);
    json_put_int(&o.json, "partition", record->partition);
    json_put_int(&o.json, "offset", record->offset);
    json_put_text(&o.json, "played", played_name(played));
    if (played == PLAYED_DECIDED || played == PLAYED_PARTITION) {
        json_key(&o.json, "event");
        describe_event(&o.json, &player->decide.event);
    }
    if (played == PLAYED_DECIDED) {
        json_decided(t, &o.json, player);
    }
    out_end(&o);
    return err_ok();
}

err_t replay_tell_event(struct replay_tell *t, const struct bus_record *record,
                        const struct player *player, enum played played)
{
    return t->is_json ? json_event(t, record, player, played)
                      : print_event(t, record, player, played);
}

static err_t on_event(void *arg, const struct bus_record *record, const struct player *player,
                      enum played played)
{
    struct replay_tell *t = arg;
    return t->tells ? replay_tell_event(t, record, player, played) : err_ok();
}

/* ---- a difference */

/* A record as JSON; what cannot be read is told by its length. */
static err_t describe(struct replay_tell *t, enum difference_kind kind, struct slice bytes)
{
    struct json_write w;
    arena_reset(&t->arena);
    buf_reset(&t->line);
    json_write_init(&w, &t->line);
    if (kind == DIFFERENCE_COMMAND) {
        struct command command = {0};
        TRY(codec_command_decode(&t->arena, bytes, NULL, &command));
        describe_command(&w, &command);
        return json_write_done(&w);
    }
    struct conversation *state = ARENA_NEW(&t->arena, struct conversation);
    if (state == NULL) {
        return ARENA_ERR(&t->arena);
    }
    TRY(codec_conversation_decode(&t->arena, bytes, NULL, state));
    describe_conversation(&w, state);
    return json_write_done(&w);
}

static void print_side(struct replay_tell *t, const struct difference *d, const char *who,
                       struct slice bytes, bool is_there)
{
    if (!is_there) {
        (void)printf("    %s  nothing\n", who);
    } else if (bytes.len == 0) {
        (void)printf("    %s  (taken away)\n", who);
    } else if (err_failed(describe(t, d->kind, bytes))) {
        (void)printf("    %s  %zu bytes\n", who, bytes.len);
    } else {
        (void)printf("    %s  %s\n", who, buf_text(&t->line));
    }
}

static err_t on_difference(void *arg, const struct difference *d)
{
    struct replay_tell *t = arg;
    char time[INSTANT_TEXT_BYTES];
    instant_format_iso8601(d->time, time);
    t->differences++;
    if (t->is_json) {
        struct out_line o;
        out_begin(&o, stdout);
        json_put_text(&o.json, "difference", d->text);
        json_put_slice(&o.json, "conversation", d->key);
        json_put_int(&o.json, "offset", d->offset);
        json_put_text(&o.json, "time", time);
        if (d->is_ours && d->ours.len > 0 && !err_failed(describe(t, d->kind, d->ours))) {
            json_key(&o.json, "now");
            json_raw(&o.json, buf_slice(&t->line));
        }
        if (d->is_theirs && d->theirs.len > 0 && !err_failed(describe(t, d->kind, d->theirs))) {
            json_key(&o.json, "log");
            json_raw(&o.json, buf_slice(&t->line));
        }
        out_end(&o);
        return err_ok();
    }
    (void)printf("DIFFERS  %.*s  at offset %" PRId64 ", %s: %s\n", SLICE_ARG(d->key), d->offset,
                 time, d->text);
    if (t->differences <= FIRST_SHOWN_MAX && d->kind != DIFFERENCE_DEAD) {
        print_side(t, d, "now", d->ours, d->is_ours);
        print_side(t, d, "log", d->theirs, d->is_theirs);
    }
    return err_ok();
}

struct replay_watcher replay_tell_watcher(struct replay_tell *t)
{
    return (struct replay_watcher){t, on_start, on_event, on_difference};
}

/* ---- the end */

void replay_tell_sum(struct replay_tell *t, const struct replay *r)
{
    t->partitions++;
    t->events += r->events;
    t->commands += r->commands;
    t->compared += r->compared;
    t->unknown += r->unknown;
    t->hash += r->hash;
}

static void json_others(const struct replay_tell *t, struct json_write *w)
{
    if (t->into != NULL) {
        json_put_int(w, "written", (int64_t)t->written);
        json_put_int(w, "there", (int64_t)t->there);
    }
    if (t->is_to_sandbox) {
        json_put_int(w, "done", (int64_t)t->sandbox.done);
        json_put_int(w, "refused", (int64_t)t->sandbox.refused);
        json_put_int(w, "left_out", (int64_t)t->sandbox.left_out);
    }
}

static void print_others(const struct replay_tell *t)
{
    if (t->into != NULL) {
        (void)printf("%" PRIu64 " commands were written to `%s`, %" PRIu64 " stood there already\n",
                     t->written, t->into, t->there);
    }
    if (t->is_to_sandbox) {
        (void)printf("%" PRIu64 " calls were done by the sandbox, %" PRIu64 " refused; %" PRIu64
                     " commands are none, or carry files\n",
                     t->sandbox.done, t->sandbox.refused, t->sandbox.left_out);
    }
}

void replay_tell_end(const struct replay_tell *t)
{
    if (t->is_json) {
        struct out_line o;
        char hash[17];
        (void)snprintf(hash, sizeof hash, "%016" PRIx64, t->hash);
        out_begin(&o, stdout);
        json_key(&o.json, "replayed");
        json_object(&o.json);
        json_put_int(&o.json, "partitions", (int64_t)t->partitions);
        json_put_int(&o.json, "events", (int64_t)t->events);
        json_put_int(&o.json, "commands", (int64_t)t->commands);
        json_put_int(&o.json, "same", (int64_t)t->compared);
        json_put_int(&o.json, "unknown", (int64_t)t->unknown);
        json_put_int(&o.json, "differ", (int64_t)t->differences);
        json_put_text(&o.json, "hash", hash);
        json_others(t, &o.json);
        json_end(&o.json);
        out_end(&o);
        return;
    }
    (void)printf("%" PRIu64 " events, %" PRIu64 " commands; %" PRIu64
                 " records are the same as in the log, %" PRIu64 " conversations differ\n",
                 t->events, t->commands, t->compared, t->differences);
    if (t->unknown > 0) {
        (void)printf("%" PRIu64 " commands could not be compared: retention has removed them\n",
                     t->unknown);
    }
    print_others(t);
    (void)printf("state hash %016" PRIx64 "\n", t->hash);
}
