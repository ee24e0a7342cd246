#include "egress/files.h"

#include "base/check.h"
#include "egress/answer.h"
#include "egress/core/hosts.h"
#include "egress/loop_state.h"
#include "event/file_place.h"

#include <stdlib.h>
#include <string.h>

enum { A_GATE_MAX = 2, REFS_BYTES_MAX = LIMIT_ATTACHMENTS_MAX * (LIMIT_URL_BYTES_MAX + 1) };

/* The file stands in the very request that uses it. */
static bool is_inline(const struct command *command)
{
    return command->api == API_BOT;
}

enum call_step files_step(const struct call *call, const struct command *command)
{
    const struct carrying *c = call->carrying;
    size_t done = c == NULL ? 0 : c->done;
    if (call->fell_back || done >= command->file_count) {
        return CALL_SEND;
    }
    if (c == NULL || c->bytes == NULL) {
        return CALL_FILE;
    }
    return is_inline(command) ? CALL_SEND : CALL_UPLOAD;
}

const struct carried_file *files_current(const struct call *call, const struct command *command)
{
    size_t done = call->carrying == NULL ? 0 : call->carrying->done;
    CHECK(done < command->file_count);
    return &command->files[done];
}

/* ---- who may hold bytes */

static struct call **place_for(struct egress_loop *l, const struct call *call)
{
    struct call **place = NULL;
    size_t of_gate = 0;
    for (size_t i = 0; i < LIMIT_FILES_AT_ONCE_MAX; i++) {
        if (l->carriers[i] == NULL) {
            place = place == NULL ? &l->carriers[i] : place;
        } else {
            of_gate += l->carriers[i]->gate == call->gate ? 1 : 0;
        }
    }
    return of_gate < A_GATE_MAX ? place : NULL;
}

static err_t carrying_of(struct call *call)
{
    if (call->carrying == NULL) {
        call->carrying = calloc(1, sizeof *call->carrying);
        if (call->carrying == NULL) {
            return ERR(NO_MEMORY);
        }
        buf_init(&call->carrying->refs, REFS_BYTES_MAX);
    }
    return err_ok();
}

/* Nothing of it can be had. */
static void pass_over(struct carrying *c)
{
    c->failed = true;
    c->done++;
    c->tries = 0;
}

err_t files_skip(struct call *call, const struct command *command, const struct account *account,
                 const struct store *store)
{
    while (files_step(call, command) == CALL_FILE) {
        const struct carried_file *file = files_current(call, command);
        enum host_kind kind = file->zendesks ? HOST_FILE_OF_ZENDESK : HOST_FILE_OF_BOT;
        bool is_private = false;
        if (hosts_allow(kind, account, store, file->url, &is_private)) {
            break;
        }
        TRY(carrying_of(call));
        pass_over(call->carrying);
    }
    return err_ok();
}

err_t files_leave(struct call *call, const struct command *command)
{
    files_drop(call);
    TRY(carrying_of(call));
    while (files_step(call, command) == CALL_FILE) {
        pass_over(call->carrying);
    }
    return err_ok();
}

static err_t begin(struct egress_loop *l, struct call *call, bool *ret_waits)
{
    *ret_waits = false;
    TRY(carrying_of(call));
    struct carrying *c = call->carrying;
    if (c->place == NULL) {
        c->place = place_for(l, call);
        *ret_waits = c->place == NULL;
    }
    if (c->place != NULL) {
        *c->place = call;
        c->held_since = l->now;
    }
    return err_ok();
}

/* Whose budget the fetch takes from; NULL = nobody's. */
static err_t gate_of_file(struct egress_loop *l, const struct call *call,
                          const struct command *command, const struct account *account,
                          struct gate **ret_gate)
{
    const struct carried_file *file = files_current(call, command);
    *ret_gate = file->zendesks ? call->gate : NULL;
    if (!file->zendesks || command->api != API_BOT) {
        return err_ok();
    }
    bool is_conversations = slice_equal_nocase(file_place_origin(file->url),
                                               file_place_origin(account->conversations_url));
    return gates_get(&l->gates, is_conversations ? "account" : "support", account->name, ret_gate);
}

err_t files_admit(struct egress_loop *l, struct call *call, const struct command *command,
                  const struct account *account, bool *ret_waits)
{
    struct gate *gate = NULL;
    mono_ms_t again = mono_add(l->now, span_ms(FILES_AGAIN_MS));
    mono_ms_t opens = l->now;
    TRY(gate_of_file(l, call, command, account, &gate));
    if (gate != call->gate) {
        run_uncount(l, call);
    }
    TRY(begin(l, call, ret_waits));
    if (!*ret_waits && gate != NULL && gate != call->gate &&
        !gates_lets(&l->gates, gate, call, l->now, &opens)) {
        files_drop(call); /* others may hold theirs meanwhile */
        *ret_waits = true;
    }
    if (!*ret_waits) {
        return err_ok();
    }
    run_uncount(l, call);
    return run_rest(l, call, mono_before(opens, again) ? again : opens);
}

void files_sent(struct call *call)
{
    if (call->carrying != NULL) {
        free(call->carrying->bytes);
        call->carrying->bytes = NULL;
        call->carrying->bytes_len = 0;
    }
}

void files_drop(struct call *call)
{
    struct carrying *c = call->carrying;
    files_sent(call);
    if (c != NULL && c->place != NULL) {
        *c->place = NULL;
        c->place = NULL;
    }
}

void files_free(struct call *call)
{
    files_drop(call);
    if (call->carrying != NULL) {
        buf_deinit(&call->carrying->refs);
        free(call->carrying);
        call->carrying = NULL;
    }
}

void files_age(struct call *call, mono_ms_t now)
{
    struct carrying *c = call->carrying;
    if (c == NULL || call->is_out) {
        return;
    }
    if (c->place != NULL && mono_since(now, c->held_since).ms >= FILES_HOLD_MS) {
        files_drop(call);
    }
    if (c->refs.len > 0 && mono_since(now, c->first_at).ms >= CARRY_TOKEN_AGE_MS) {
        files_drop(call);
        buf_reset(&c->refs);
        c->done = 0;
        c->tries = 0;
        c->failed = false;
    }
}

/* ---- what is sent */

err_t files_body(struct arena *arena, const struct call *call, const struct command *command,
                 struct slice *ret_body)
{
    const struct carrying *c = call->carrying;
    bool is_without = call->fell_back || (c != NULL && c->failed);
    bool has_words = is_without && !slice_empty(command->fallback);
    struct slice body = has_words ? command->fallback : command->body;
    *ret_body = body;
    if (c == NULL || call->fell_back) {
        return err_ok();
    }
    if (is_inline(command) && c->bytes != NULL) {
        *ret_body = slice_from(c->bytes, c->bytes_len);
        return err_ok();
    }
    return carry_put(arena, command, body, buf_slice(&c->refs), ret_body);
}

bool files_fall_back(struct call *call, const struct answered *a)
{
    uint32_t status = a->answer->status;
    bool is_for_body = a->answer->result == PEER_ANSWERED &&
                       (status == 400 || status == 413 || status == 415 || status == 422);
    bool has_other = !slice_empty(a->command.fallback) || a->command.file_count > 0;
    if (!is_for_body || !has_other || call->fell_back) {
        return false;
    }
    files_drop(call);
    call->fell_back = true;
    return true;
}

/* ---- what came back */

/* This one stays behind; the words name it. */
static err_t give_up(struct egress_loop *l, struct call *call)
{
    files_drop(call);
    pass_over(call->carrying);
    return answer_again(l, call, l->now);
}

static err_t failed(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct carrying *c = call->carrying;
    files_drop(call);
    bool is_file = call->step == CALL_FILE;
    /* The limit, or the login, of an account: its gate makes it wait. */
    if ((a->verdict == VERDICT_RATE_LIMITED && (!is_file || a->was_counted)) ||
        (a->verdict == VERDICT_CREDENTIAL && !is_file)) {
        return answer_again(l, call, l->now);
    }
    c->tries++;
    bool is_final = a->answer->is_too_large || a->verdict == VERDICT_REFUSED ||
                    (is_file && a->verdict == VERDICT_CREDENTIAL);
    /* What was uploaded a moment ago may not show yet. */
    is_final = is_final && !(is_file && a->answer->status == 404);
    if (is_final || c->tries >= CARRY_TRIES_MAX) {
        return give_up(l, call);
    }
    TRY(answer_back_off(l, call, a->answer));
    return run_rest(l, call, call->due.at);
}

static err_t fetched(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct carrying *c = call->carrying;
    const struct carried_file *file = files_current(call, &a->command);
    struct slice type = carry_type(a->answer->content_type, file->media_type);
    CLEANUP(buf) struct buf body = {0};
    buf_init(&body, LIMIT_FILE_REQUEST_BYTES_MAX);
    if (slice_empty(type) || slice_empty(a->answer->body)) {
        return give_up(l, call);
    }
    memcpy(c->type, type.ptr, type.len);
    c->type[type.len] = '\0';
    err_t e = is_inline(&a->command)
                  ? carry_notice_body(&a->command, a->answer->body, &body)
                  : carry_upload_body(&l->scratch, &a->command, file, type, a->answer->body, &body);
    if (err_failed(e) && !err_is(e, ERR_NO_MEMORY)) {
        return give_up(l, call);
    }
    TRY(e);
    call->failures = 0;
    c->bytes = buf_take(&body, &c->bytes_len);
    return answer_again(l, call, l->now);
}

static err_t handed_over(struct egress_loop *l, struct call *call, const struct answered *a)
{
    struct carrying *c = call->carrying;
    struct slice ref = carry_handed_over(&a->command, a->root);
    files_drop(call);
    if (slice_empty(ref)) {
        return give_up(l, call);
    }
    if (c->refs.len == 0) {
        c->first_at = l->now;
    }
    TRY(buf_append(&c->refs, ref));
    TRY(buf_append_char(&c->refs, '\0'));
    c->done++;
    c->tries = 0;
    call->failures = 0;
    return answer_again(l, call, l->now);
}

err_t files_answered(struct egress_loop *l, struct call *call, const struct answered *a)
{
    if (a->verdict != VERDICT_APPLIED) {
        return failed(l, call, a);
    }
    return call->step == CALL_FILE ? fetched(l, call, a) : handed_over(l, call, a);
}
