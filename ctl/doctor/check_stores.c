/* What a store says by itself: rules, bot, picture. FEATURES rows 23, 36, 69, 77, 120. */
#include "ctl/doctor/examine.h"
#include "ctl/rest.h"
#include "ctl/text.h"
#include "event/reason.h"

#include <string.h>

enum { STORE_CHECKS = 5, HINT_BYTES = 300 };

static void look_at_rules(struct examination *x, const struct store *store)
{
    if ((store->reasons_off & REASON_USUAL) == REASON_USUAL && store->reasons_on == 0) {
        found(x, CHECK_NO_RULE, store, "all rules are off");
    }
}

static err_t look_at_bot(struct examination *x, const struct store *store)
{
    static const struct rest_login nobody = {REST_NOBODY, NULL, NULL};
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    const char *base = NULL;
    const char *path = NULL;
    struct why why = {""};
    bool is_asked = !store->chat || store->chat_turns;
    if (store->bot_kind == BOT_NONE && is_asked) {
        found(x, CHECK_NO_BOT, store, "there is no bot to be asked");
    }
    if (!examine_split(x->arena, store->bot_url, &base, &path)) {
        return err_ok();
    }
    TRY(rest_new(base, &nobody, &rest));
    err_t e = rest_reach(rest, "reach the bot", &why);
    if (err_failed(e)) {
        found(x, CHECK_BOT_UNREACHABLE, store, "%s", why.text);
    }
    return err_is(e, ERR_NO_MEMORY) ? e : err_ok();
}

/* A share link of Google Drive has a form that is the image itself. */
static void drive_hint(struct slice url, char hint[HINT_BYTES])
{
    static const char start[] = "https://drive.google.com/file/d/";
    hint[0] = '\0';
    if (slice_starts_with(url, slice_of(start))) {
        struct slice id = slice_sub(url, sizeof start - 1, url.len);
        text_set(hint, HINT_BYTES,
                 "; a share link: write https://drive.google.com/uc?export=view&id=%.*s",
                 (int)slice_find(id, '/'), id.ptr);
    }
}

static err_t look_at_avatar(struct examination *x, const struct store *store)
{
    static const struct rest_login nobody = {REST_NOBODY, NULL, NULL};
    CLEANUP_PTR(rest) struct rest *rest = NULL;
    struct why why = {""};
    char hint[HINT_BYTES];
    long status = 0;
    const char *type = "";
    struct slice url = {NULL, 0};
    if (store->author_avatar_url.len == 0) {
        return err_ok();
    }
    drive_hint(store->author_avatar_url, hint);
    TRY(arena_copy(x->arena, store->author_avatar_url, &url));
    TRY(rest_new(url.ptr, &nobody, &rest));
    err_t e = rest_peek(rest, "look at the picture", "", &why, &status, &type);
    if (err_is(e, ERR_NO_MEMORY)) {
        return e;
    }
    if (err_failed(e)) {
        found(x, CHECK_AVATAR, store, "%s%s", why.text, hint);
    } else if (status != 200 || strncmp(type, "image/", 6) != 0) {
        found(x, CHECK_AVATAR, store, "%.*s answered %ld with %s%s", SLICE_ARG(url), status,
              type[0] == '\0' ? "nothing" : type, hint);
    }
    return err_ok();
}

err_t check_stores(struct examination *x)
{
    const struct patient *patient = x->patient;
    looked(x, 1);
    if (!patient->account->enabled) {
        found(x, CHECK_DISABLED, NULL, "the account is disabled");
    }
    for (size_t i = 0; i < patient->store_count; i++) {
        const struct store *store = patient->stores[i].store;
        looked(x, STORE_CHECKS);
        if (!store->enabled) {
            found(x, CHECK_DISABLED, store, "the store is disabled");
            continue;
        }
        look_at_rules(x, store);
        TRY(look_at_bot(x, store));
        TRY(look_at_avatar(x, store));
    }
    return err_ok();
}
