#include "ctl/replay_sandbox.h"

#include "ctl/read_file.h"
#include "ctl/rest.h"
#include "ctl/url.h"
#include "event/command.h"
#include "rt/clock_sys.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 1024 * 1024, ARENA_BYTES = 8 * 1024 * 1024 };

struct replay_sandbox {
    struct arena words; /* of the file */
    struct arena arena; /* of one call */
    struct slice app_id;
    struct rest *control, *conversations, *support;
    wall_ms_t first; /* time of the first event; 0 = none yet */
    mono_ms_t since; /* when that was taken */
    span_ms_t advanced;
    struct replay_sandbox_sum sum;
};

/* ---- the sandbox */

/* An address that the file names; on this machine, or nothing is sent to it. */
static err_t address(struct replay_sandbox *s, const struct json *ready, const char *name,
                     struct why *why, struct slice *ret_text)
{
    struct url url;
    struct slice text = json_string(json_find(ready, name));
    bool is_bare = text.len > 0 && !slice_starts_with(text, SLICE("http"));
    TRY(arena_printf(&s->words, ret_text, "%s%.*s", is_bare ? "http://" : "", SLICE_ARG(text)));
    if (url_parse(*ret_text, &url) != NULL || !url_is_loopback(&url)) {
        why_set(why,
                "`%s` of the sandbox is `%.*s`, and not on this machine: nothing is sent there",
                name, SLICE_ARG(text));
        return ERR(CONFIG);
    }
    return err_ok();
}

/* Only a sandbox has a clock that one may ask for. */
static err_t identify(struct replay_sandbox *s, struct why *why)
{
    struct rest_answer answer = {0};
    err_t e = rest_call(s->control, "ask the sandbox for its clock", "GET", "/sandbox/clock",
                        SLICE(""), &s->arena, why, &answer);
    if (!err_failed(e) && json_find(answer.body, "advanced_ms") == NULL) {
        why_set(why, "what answers there is no sandbox");
        return ERR(CONFIG);
    }
    return e;
}

static err_t open_control(struct replay_sandbox *s, const struct json *ready, struct why *why)
{
    struct slice base = {0};
    if (!slice_equal(json_string(json_find(ready, "program")), SLICE("sandbox"))) {
        why_set(why, "this is not what a sandbox says when it is ready");
        return ERR(CONFIG);
    }
    TRY(address(s, ready, "admin", why, &base));
    const struct rest_login nobody = {REST_NOBODY, NULL, NULL};
    TRY(rest_new(base.ptr, &nobody, &s->control));
    return identify(s, why);
}

static err_t text_of(struct replay_sandbox *s, const struct json *ready, const char *name,
                     const char *end, const char **ret_text)
{
    struct slice text = {0};
    TRY(arena_printf(&s->words, &text, "%.*s%s", SLICE_ARG(json_string(json_find(ready, name))),
                     end));
    *ret_text = text.ptr;
    return err_ok();
}

static err_t open_apis(struct replay_sandbox *s, const struct json *ready, struct why *why)
{
    struct slice conversations = {0};
    struct slice support = {0};
    struct rest_login key = {REST_KEY, NULL, NULL};
    struct rest_login token = {REST_TOKEN, NULL, NULL};
    TRY(address(s, ready, "conversations_url", why, &conversations));
    TRY(address(s, ready, "support_url", why, &support));
    TRY(text_of(s, ready, "key_id", "", &key.user));
    TRY(text_of(s, ready, "key_secret", "", &key.secret));
    TRY(text_of(s, ready, "email", "/token", &token.user));
    TRY(text_of(s, ready, "api_token", "", &token.secret));
    s->app_id = json_string(json_find(ready, "app_id"));
    TRY(rest_new(conversations.ptr, &key, &s->conversations));
    return rest_new(support.ptr, &token, &s->support);
}

static err_t open_all(struct replay_sandbox *s, const char *path, struct why *why)
{
    struct slice bytes = {0};
    const struct json *root = NULL;
    TRY(read_file(&s->words, path, FILE_BYTES_MAX, why, &bytes));
    err_t e = json_parse(&s->words, bytes, NULL, why, &root);
    const struct json *inner = json_find(root, "sandbox");
    const struct json *ready = inner == NULL ? root : inner;
    e = err_failed(e) ? e : open_control(s, ready, why);
    e = err_failed(e) ? e : open_apis(s, ready, why);
    if (err_failed(e)) {
        why_prefix(why, "%s: ", path);
    }
    return e;
}

err_t replay_sandbox_new(const char *path, struct why *why, struct replay_sandbox **ret_sandbox)
{
    struct replay_sandbox *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return ERR(NO_MEMORY);
    }
    arena_init(&s->words, ARENA_BYTES);
    arena_init(&s->arena, ARENA_BYTES);
    err_t e = open_all(s, path, why);
    if (err_failed(e)) {
        replay_sandbox_free(s);
        return e;
    }
    *ret_sandbox = s;
    return err_ok();
}

void replay_sandbox_free(struct replay_sandbox *s)
{
    if (s == NULL) {
        return;
    }
    rest_free(s->control);
    rest_free(s->conversations);
    rest_free(s->support);
    arena_deinit(&s->words);
    arena_deinit(&s->arena);
    free(s);
}

struct replay_sandbox_sum replay_sandbox_sum(const struct replay_sandbox *s)
{
    return s->sum;
}

/* ---- its clock */

/* As far from the first event as the log is; what has passed on its own counts. */
static err_t follow(struct replay_sandbox *s, wall_ms_t time, struct why *why)
{
    struct clock clock = clock_sys();
    struct rest_answer answer = {0};
    struct slice body = {0};
    mono_ms_t now = clock_mono(&clock);
    if (!wall_known(s->first)) {
        s->first = time;
        s->since = now;
    }
    int64_t passed = mono_since(now, s->since).ms + s->advanced.ms;
    int64_t behind = wall_since(time, s->first).ms - passed;
    if (behind <= 0) {
        return err_ok();
    }
    TRY(arena_printf(&s->arena, &body, "{\"advance_s\":%" PRId64 ".%03d}", behind / 1000,
                     (int)(behind % 1000)));
    s->advanced.ms += behind;
    return rest_call(s->control, "advance the sandbox's clock", "POST", "/sandbox/clock", body,
                     &s->arena, why, &answer);
}

/* ---- calls */

/* Below the app, which is the sandbox's own, in Conversations; of Support as it stands there. */
static err_t path_of(struct replay_sandbox *s, const struct command *command, const char **ret_path)
{
    struct slice text = {0};
    bool is_app = command->api == API_CONVERSATIONS;
    TRY(arena_printf(&s->arena, &text, "%s%.*s%.*s", is_app ? "/v2/apps/" : "",
                     SLICE_ARG(is_app ? s->app_id : SLICE("")), SLICE_ARG(command->path)));
    *ret_path = text.ptr;
    return err_ok();
}

static err_t call(struct replay_sandbox *s, const struct command *command, struct why *why)
{
    struct rest *rest = command->api == API_SUPPORT ? s->support : s->conversations;
    struct rest_answer answer = {0};
    const char *path = NULL;
    TRY(path_of(s, command, &path));
    err_t e = rest_call(rest, effect_name(command->effect), http_method_name(command->method), path,
                        command->body, &s->arena, why, &answer);
    if (answer.status == 0) {
        return e;
    }
    if (err_failed(e)) {
        s->sum.refused++;
        *why = (struct why){{0}};
    } else {
        s->sum.done++;
    }
    return err_ok();
}

err_t replay_sandbox_take(struct replay_sandbox *s, wall_ms_t time, const struct decide *decided,
                          struct why *why)
{
    for (size_t i = 0; i < decided->effects.command_count; i++) {
        const struct command *command = &decided->effects.commands[i];
        bool is_call = command->api == API_CONVERSATIONS || command->api == API_SUPPORT;
        if (!is_call || command->file_count > 0) {
            s->sum.left_out++;
            continue;
        }
        arena_reset(&s->arena);
        TRY(follow(s, time, why));
        TRY(call(s, command, why));
    }
    return err_ok();
}
