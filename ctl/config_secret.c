#include "ctl/config_draft.h"
#include "ctl/read_file.h"
#include "ctl/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

struct resolver {
    struct config_file *file;
    struct slice folder; /* of the file, with its slash; empty = the working directory */
    enum secrets_wanted wanted;
};

static void complain(struct resolver *r, const struct draft_secret *secret, const char *path,
                     const char *text)
{
    if (r->wanted == SECRETS_NEEDED) {
        problems_error(&r->file->problems, secret->at->offset, path, "%s", text);
    } else {
        problems_warn(&r->file->problems, secret->at->offset, path, "%s", text);
    }
}

static err_t from_file(struct resolver *r, struct slice name, struct why *why,
                       struct slice *ret_text)
{
    char path[PATH_BYTES];
    bool is_absolute = name.len > 0 && name.ptr[0] == '/';
    int len = snprintf(path, sizeof path, "%.*s%.*s", is_absolute ? 0 : (int)r->folder.len,
                       r->folder.ptr == NULL ? "" : r->folder.ptr, SLICE_ARG(name));
    if (len < 0 || (size_t)len >= sizeof path) {
        why_set(why, "the path is too long");
        return ERR(RANGE);
    }
    struct slice text;
    TRY(read_file(&r->file->arena, path, LIMIT_SECRET_BYTES_MAX + 2, why, &text));
    while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r')) {
        text.len--;
    }
    *ret_text = text;
    return err_ok();
}

static err_t resolve(struct resolver *r, struct draft_secret *secret, const char *path)
{
    const struct json *reference = secret->at == NULL ? NULL : secret->at->first;
    if (reference == NULL || reference->type != JSON_STRING || slice_has_nul(reference->text)) {
        return err_ok(); /* absent, or config_shape has said what is wrong */
    }
    struct why why = {""};
    struct slice text = {NULL, 0};
    if (slice_equal(reference->key, SLICE("env"))) {
        const char *value = getenv(reference->text.ptr); /* arena texts end with a NUL */
        if (value == NULL) {
            why_set(&why, "the environment variable %.*s is not set", SLICE_ARG(reference->text));
        } else {
            TRY(arena_copy(&r->file->arena, slice_of(value), &text));
        }
    } else if (slice_equal(reference->key, SLICE("file"))) {
        err_t e = from_file(r, reference->text, &why, &text);
        if (err_is(e, ERR_NO_MEMORY) || err_is(e, ERR_ARENA_FULL)) {
            return e;
        }
    }
    if (why.text[0] == '\0' && text.len == 0) {
        why_set(&why, "the secret is empty");
    } else if (text.len > LIMIT_SECRET_BYTES_MAX || slice_has_nul(text)) {
        why_set(&why, "the secret holds a NUL or more than %d bytes", (int)LIMIT_SECRET_BYTES_MAX);
    }
    if (why.text[0] != '\0') {
        complain(r, secret, path, why.text);
        return err_ok();
    }
    secret->text = text;
    return err_ok();
}

static err_t resolve_one(struct resolver *r, struct draft_secret *secret, const char *kind,
                         struct slice name, const char *member)
{
    char path[PROBLEM_PATH_BYTES];
    text_set(path, sizeof path, "%s.%.*s.%s", kind, SLICE_ARG(name), member);
    return resolve(r, secret, path);
}

static err_t resolve_all(struct resolver *r, struct draft_secrets *secrets, const char *kind,
                         struct slice name, const char *member)
{
    for (size_t i = 0; i < secrets->count; i++) {
        TRY(resolve_one(r, &secrets->secret[i], kind, name, member));
    }
    return err_ok();
}

err_t config_draft_secrets(struct config_file *file, const char *path, enum secrets_wanted wanted)
{
    const char *slash = strrchr(path, '/');
    struct resolver r = {file, {path, slash == NULL ? 0 : (size_t)(slash - path) + 1}, wanted};
    for (size_t i = 0; i < file->account_count; i++) {
        struct draft_account *a = &file->accounts[i];
        struct slice name = a->account.name;
        TRY(resolve_one(&r, &a->key_secret, "accounts", name, "conversations.key_secret"));
        TRY(resolve_all(&r, &a->webhook_secrets, "accounts", name,
                        "conversations.webhook_secrets"));
        TRY(resolve_one(&r, &a->api_token, "accounts", name, "support.api_token"));
        TRY(resolve_one(&r, &a->oauth_client_secret, "accounts", name,
                        "support.oauth.client_secret"));
        TRY(resolve_all(&r, &a->signing_secrets, "accounts", name, "support.signing_secrets"));
    }
    for (size_t i = 0; i < file->store_count; i++) {
        struct draft_store *s = &file->stores[i];
        TRY(resolve_one(&r, &s->bot_secret, "stores", s->store.name, "bot.secret"));
        TRY(resolve_all(&r, &s->tokens, "stores", s->store.name, "tokens"));
        TRY(resolve_all(&r, &s->signing_secrets, "stores", s->store.name, "signing_secrets"));
    }
    return err_ok();
}
