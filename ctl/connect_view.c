#include "ctl/connect_view.h"

#include "ctl/text.h"
#include "rt/nearest.h"

enum { NAMES_MAX = 256, NAME_BYTES = LIMIT_NAME_BYTES_MAX + 1 };

static const char usual_line[] = "tieline";

static err_t no_such_account(const struct config_file *file, const char *name, struct why *why)
{
    static char texts[NAMES_MAX][NAME_BYTES];
    const char *names[NAMES_MAX] = {NULL};
    size_t count = file->account_count < NAMES_MAX ? file->account_count : NAMES_MAX;
    for (size_t i = 0; i < count; i++) {
        text_set(texts[i], NAME_BYTES, "%.*s", SLICE_ARG(file->accounts[i].account.name));
        names[i] = texts[i];
    }
    const char *nearest = nearest_name(slice_of(name), names, count);
    why_set(why, "no account \"%s\" is in the file%s%s%s", name,
            nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
            nearest == NULL ? "" : "\"?");
    return ERR(CONFIG);
}

static err_t take_drafts(const struct config_file *file, const struct connect_options *options,
                         struct arena *arena, struct why *why, struct connect_view *view)
{
    const struct draft_account *account = config_file_account(file, slice_of(options->account));
    if (account == NULL) {
        return no_such_account(file, options->account, why);
    }
    view->account = *account;
    view->stores = ARENA_ARRAY(arena, struct draft_store, file->store_count + 1);
    if (view->stores == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < file->store_count; i++) {
        if (slice_equal(file->stores[i].store.account, account->account.name)) {
            view->stores[view->store_count++] = file->stores[i];
        }
    }
    return err_ok();
}

/* Ours answers first on the whole switchboard where every store wants it, or the one that has all
 * unmapped widgets; else on single widgets alone. */
static bool wants_whole(const struct connect_view *view)
{
    size_t enabled = 0;
    size_t wanting = 0;
    bool fallback = false;
    for (size_t i = 0; i < view->store_count; i++) {
        const struct store *store = &view->stores[i].store;
        enabled += store->enabled;
        wanting += store->enabled && store->default_responder;
        fallback =
            fallback || (store->enabled && store->default_responder && store->widget_id.len == 0);
    }
    return fallback || (enabled > 0 && wanting == enabled);
}

static err_t messaging_request(const struct connect_options *options, struct arena *arena,
                               struct connect_view *view)
{
    const struct account *account = &view->account.account;
    struct setup_widget *widgets = ARENA_ARRAY(arena, struct setup_widget, view->store_count + 1);
    struct slice target;
    struct slice name;
    struct slice line = account->switchboard_integration;
    if (widgets == NULL) {
        return ERR(ARENA_FULL);
    }
    TRY(arena_printf(arena, &target, "%s/api/v1/connectors/%s/webhook", options->url,
                     options->account));
    TRY(arena_printf(arena, &name, "%s %s", options->name, options->account));
    view->setup = (struct setup_request){
        .name = name.ptr,
        .target = target.ptr,
        .integration_id = account->integration_id,
        .line_name = line.len > 0 ? line.ptr : usual_line, /* texts of the file end with a NUL */
        .default_responder = wants_whole(view),
        .widgets = widgets,
    };
    for (size_t i = 0; i < view->store_count; i++) {
        const struct store *store = &view->stores[i].store;
        if (store->enabled && store->widget_id.len > 0) {
            widgets[view->setup.widget_count++] =
                (struct setup_widget){store->widget_id, store->default_responder};
        }
    }
    return err_ok();
}

static err_t one_store(const struct connect_options *options, struct arena *arena, struct why *why,
                       const struct draft_store *draft, struct setup_tickets_given *given,
                       struct setup_tickets_store *ret)
{
    struct slice target;
    if (draft->tokens.count == 0 || draft->tokens.secret[0].text.len == 0) {
        why_set(why, "the store \"%.*s\" has no token, which its ticket webhook needs",
                SLICE_ARG(draft->store.name));
        return ERR(CONFIG);
    }
    TRY(arena_printf(arena, &target, "%s/api/v1/stores/%.*s/tickets", options->url,
                     SLICE_ARG(draft->store.name)));
    *ret = (struct setup_tickets_store){
        .name = draft->store.name.ptr,
        .brand_id = draft->store.brand_id,
        .token = draft->tokens.secret[0].text,
        .target = target.ptr,
        .ret = given,
    };
    return err_ok();
}

static err_t tickets_request(const struct connect_options *options, struct arena *arena,
                             struct why *why, struct connect_view *view)
{
    size_t room = view->store_count + 1;
    struct setup_tickets_store *stores = ARENA_ARRAY(arena, struct setup_tickets_store, room);
    view->given = ARENA_ARRAY(arena, struct setup_tickets_given, room);
    view->ticket_stores = ARENA_ARRAY(arena, size_t, room);
    size_t count = 0;
    if (stores == NULL || view->given == NULL || view->ticket_stores == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < view->store_count; i++) {
        const struct store *store = &view->stores[i].store;
        if (store->enabled && store->brand_id.len > 0) {
            TRY(one_store(options, arena, why, &view->stores[i], &view->given[count],
                          &stores[count]));
            view->ticket_stores[count++] = i;
        }
    }
    view->tickets = count > 0;
    view->setup_tickets = (struct setup_tickets_request){
        .name = options->name,
        .bot_user_id = view->account.account.bot_user_id,
        .stores = stores,
        .store_count = count,
    };
    if (view->tickets && view->account.account.bot_user_id.len == 0) {
        why_set(why, "support.bot_user_id is missing: tickets are assigned to the bot's user");
        return ERR(CONFIG);
    }
    return err_ok();
}

err_t connect_view_make(const struct config_file *file, const struct connect_options *options,
                        struct arena *arena, struct why *why, struct connect_view *ret)
{
    struct connect_view view = {.store_count = 0};
    TRY(take_drafts(file, options, arena, why, &view));
    view.messaging = view.account.has_conversations && !options->no_messaging;
    if (view.messaging) {
        TRY(messaging_request(options, arena, &view));
    }
    if (view.account.has_support && !options->no_tickets) {
        TRY(tickets_request(options, arena, why, &view));
    }
    if (!view.messaging && !view.tickets) {
        why_set(why,
                "there is nothing to connect for \"%s\": no Conversations API, and no store "
                "with a brand and the Support API",
                options->account);
        return ERR(CONFIG);
    }
    *ret = view;
    return err_ok();
}

static err_t differs(struct why *why, const char *member, struct slice name)
{
    why_set(why,
            "%s of \"%.*s\" in the file is not what Zendesk has: correct it, or leave it out, and "
            "it is published from what Zendesk says",
            member, SLICE_ARG(name));
    return ERR(CONFIG);
}

/* The file's own secrets stay if Zendesk's is among them. */
static err_t take_secret(struct draft_secrets *secrets, const struct json *at, struct slice given,
                         const char *member, struct slice name, struct why *why)
{
    for (size_t i = 0; i < secrets->count; i++) {
        if (slice_equal(secrets->secret[i].text, given)) {
            return err_ok();
        }
    }
    if (secrets->count > 0) {
        return differs(why, member, name);
    }
    secrets->secret[0] = (struct draft_secret){.at = at, .text = given};
    secrets->count = 1;
    return err_ok();
}

static err_t take_messaging(struct connect_view *view, const struct setup_result *result,
                            struct why *why)
{
    struct draft_account *draft = &view->account;
    struct account *account = &draft->account;
    struct slice said = account->switchboard_integration;
    const struct json *ours = zendesk_find(&result->lines, "integrationId", result->integration_id);
    struct slice id = json_string(json_find(ours, "id"));
    struct slice name =
        ours == NULL ? slice_of(view->setup.line_name) : json_string(json_find(ours, "name"));
    if (said.len > 0 && !slice_equal(said, name) && !slice_equal(said, id)) {
        return differs(why, "conversations.switchboard_integration", account->name);
    }
    const struct json *agents =
        zendesk_find(&result->lines, "integrationType", SLICE("zd:agentWorkspace"));
    account->integration_id = result->integration_id;
    account->switchboard_integration = said.len > 0 ? said : name;
    if (draft->agent_target_is_usual && agents != NULL) {
        account->agent_target = json_string(json_find(agents, "name"));
        draft->agent_target_is_usual = false;
    }
    return take_secret(&draft->webhook_secrets, draft->at, result->webhook_secret,
                       "conversations.webhook_secrets", account->name, why);
}

err_t connect_view_take(struct connect_view *view, const struct setup_result *result,
                        struct why *why)
{
    if (view->messaging) {
        TRY(take_messaging(view, result, why));
    }
    for (size_t i = 0; i < view->setup_tickets.store_count; i++) {
        struct draft_store *draft = &view->stores[view->ticket_stores[i]];
        TRY(take_secret(&draft->signing_secrets, draft->at, view->given[i].signing_secret,
                        "signing_secrets", draft->store.name, why));
    }
    return err_ok();
}

struct config_file connect_view_file(struct connect_view *view)
{
    return (struct config_file){
        .accounts = &view->account,
        .account_count = 1,
        .stores = view->stores,
        .store_count = view->store_count,
    };
}
