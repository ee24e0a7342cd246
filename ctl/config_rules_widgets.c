#include "base/table.h"
#include "ctl/config_rules.h"
#include "ctl/text.h"

#include <sodium.h>

#include <stdio.h>

enum { KEY_BYTES = LIMIT_NAME_BYTES_MAX + LIMIT_ID_BYTES_MAX + 2 };

/* What stands in the tables: a store of the file, or one that is published and not in the file. */
struct claim {
    const struct store *store;
    const struct json *at; /* NULL = published */
};

struct widgets {
    struct config_file *file;
    const struct config_set *published;
    struct claim *claims;
    size_t claim_count;
    struct table *by_widget; /* account/widget → claim */
};

static void say(struct widgets *w, const struct claim *c, bool warning, const char *text)
{
    char path[PROBLEM_PATH_BYTES];
    const struct json *widget = json_find(c->at, "widget");
    size_t offset = widget == NULL ? c->at->offset : widget->offset;
    text_set(path, sizeof path, "stores.%.*s%s", SLICE_ARG(c->store->name),
             widget == NULL ? "" : ".widget");
    if (warning) {
        problems_warn(&w->file->problems, offset, path, "%s", text);
    } else {
        problems_error(&w->file->problems, offset, path, "%s", text);
    }
}

static const struct account *account_of(const struct widgets *w, struct slice name,
                                        bool *ret_messaging)
{
    const struct draft_account *draft = config_file_account(w->file, name);
    if (draft != NULL) {
        *ret_messaging = draft->has_conversations;
        return &draft->account;
    }
    const struct account *known = published_account(w->published, name);
    *ret_messaging = known != NULL && known->app_id.len > 0;
    return known;
}

/* Rows 113 and 111: the second store that asks for the same widget, or the second fallback. */
static void refuse_second(struct widgets *w, const struct claim *first, const struct claim *second)
{
    char text[PROBLEM_TEXT_BYTES];
    const struct claim *at = second->at != NULL ? second : first;
    const struct claim *other = at == second ? first : second;
    const char *where = other->at == NULL ? " (published, not in this file)" : "";
    if (at->store->widget_id.len > 0) {
        text_set(
            text, sizeof text,
            "already taken: the stores \"%.*s\" and \"%.*s\"%s name the same widget, and a widget "
            "belongs to one store",
            SLICE_ARG(other->store->name), SLICE_ARG(at->store->name), where);
    } else {
        text_set(text, sizeof text,
                 "the stores \"%.*s\" and \"%.*s\"%s both have no widget; one store of an "
                 "account may be "
                 "without, it answers all widgets that no other names",
                 SLICE_ARG(other->store->name), SLICE_ARG(at->store->name), where);
    }
    say(w, at, false, text);
}

static err_t take_claim(struct widgets *w, struct claim *claim)
{
    bool messaging = false;
    const struct store *store = claim->store;
    const struct account *account = account_of(w, store->account, &messaging);
    if (account == NULL || !messaging || store->widget_id.len > LIMIT_ID_BYTES_MAX ||
        store->account.len > LIMIT_NAME_BYTES_MAX) {
        return err_ok(); /* nobody to have a widget of, or said elsewhere */
    }
    if (claim->at != NULL && store->widget_id.len > 0 &&
        slice_equal(store->widget_id, account->integration_id)) {
        say(w, claim, false,
            "this is the id of the account's Conversations integration, through which all widgets "
            "speak; "
            "expected is the id of the brand's own web widget");
    }
    char key[KEY_BYTES];
    int len = snprintf(key, sizeof key, "%.*s/%.*s", SLICE_ARG(store->account),
                       SLICE_ARG(store->widget_id));
    struct slice by = {key, len < 0 ? 0 : (size_t)len};
    struct claim *first = table_get(w->by_widget, by);
    if (first == NULL) {
        return table_put(w->by_widget, by, claim, NULL);
    }
    if (first->at != NULL || claim->at != NULL) {
        refuse_second(w, first, claim);
    }
    return err_ok();
}

/* Row 116: with several brands every store should name its widget. */
static void warn_fallback(struct widgets *w, const struct claim *claim)
{
    bool messaging = false;
    size_t stores = 0;
    if (claim->at == NULL || claim->store->widget_id.len > 0 ||
        account_of(w, claim->store->account, &messaging) == NULL || !messaging) {
        return;
    }
    for (size_t i = 0; i < w->claim_count && stores < 2; i++) {
        stores += slice_equal(w->claims[i].store->account, claim->store->account);
    }
    if (stores >= 2) {
        say(w, claim, true,
            "has no widget while its account has several stores: it will also answer widgets that "
            "were "
            "forgotten; name each store's widget, this one's too");
    }
}

static err_t collect(struct widgets *w)
{
    size_t published = w->published == NULL ? 0 : config_store_count(w->published);
    size_t most = w->file->store_count + published;
    w->claims = ARENA_ARRAY(&w->file->arena, struct claim, most + 1);
    if (w->claims == NULL) {
        return ERR(NO_MEMORY);
    }
    for (size_t i = 0; i < w->file->store_count; i++) {
        w->claims[w->claim_count++] =
            (struct claim){&w->file->stores[i].store, w->file->stores[i].at};
    }
    for (size_t i = 0; i < published; i++) {
        const struct store *store = config_store_at(w->published, i);
        if (config_file_store(w->file, store->name) == NULL) {
            w->claims[w->claim_count++] = (struct claim){store, NULL};
        }
    }
    return err_ok();
}

err_t config_rules_widgets(struct config_file *file, const struct config_set *published)
{
    struct widgets w = {.file = file, .published = published};
    TRY(collect(&w));
    if (w.claim_count == 0) {
        return err_ok();
    }
    CLEANUP_PTR(table) struct table *by_widget = NULL;
    uint64_t seed = 0;
    randombytes_buf(&seed, sizeof seed);
    TRY(table_new(w.claim_count, seed, &by_widget));
    w.by_widget = by_widget;
    for (size_t i = 0; i < w.claim_count; i++) {
        TRY(take_claim(&w, &w.claims[i]));
    }
    for (size_t i = 0; i < w.claim_count; i++) {
        warn_fallback(&w, &w.claims[i]);
    }
    return err_ok();
}
