/* Brands, webhooks, triggers and fields of Support: FEATURES rows 18, 39, 41-43, 61, 97, 98,
 * 116-118, 121. */
#include "ctl/doctor/examine.h"
#include "ctl/setup_triggers.h"
#include "ctl/text.h"

enum { PATH_BYTES = 512, STORE_CHECKS = 14 };

struct tickets {
    struct examination *x;
    struct seen_list triggers;
    struct seen_list fields;
    struct seen_list groups;
};

/* Whether triggers can be held against the store's brand. */
static bool look_at_brand(struct tickets *t, const struct store *store)
{
    struct examination *x = t->x;
    if (!seen_fine(&x->brands.seen)) {
        return false;
    }
    if (store->brand_id.len > 0 && zendesk_find(&x->brands.list, "id", store->brand_id) == NULL) {
        found(x, CHECK_BRAND_UNKNOWN, store, "there is no brand %.*s among the %zu of the account",
              SLICE_ARG(store->brand_id), x->brands.list.count);
    }
    if (store->brand_id.len == 0 && x->brands.list.count > 1 && !store->chat) {
        found(x, CHECK_BRAND_UNSET, store, "the account has %zu brands", x->brands.list.count);
    }
    return zendesk_find(&x->brands.list, "id", store->brand_id) != NULL;
}

/* Our webhook of a store is known by the path that it calls. */
static bool calls(const struct json *hook, const struct store *store)
{
    char tail[PATH_BYTES];
    text_set(tail, sizeof tail, "/api/v1/stores/%.*s/tickets", SLICE_ARG(store->name));
    return slice_ends_with(json_string(json_find(hook, "endpoint")), slice_of(tail));
}

static bool is_text(const struct json *object, const char *path, const char *wanted)
{
    return slice_equal(json_string(json_find(object, path)), slice_of(wanted));
}

static const struct json *find_hook(struct tickets *t, const struct store *store)
{
    const struct json *first = NULL;
    for (size_t i = 0; i < t->x->hooks.list.count; i++) {
        const struct json *hook = t->x->hooks.list.items[i];
        if (!calls(hook, store)) {
            continue;
        }
        if (first != NULL) {
            found(t->x, CHECK_TICKET_HOOK_DOUBLED, store, "\"%.*s\" and \"%.*s\" call %.*s",
                  SLICE_ARG(json_string(json_find(first, "name"))),
                  SLICE_ARG(json_string(json_find(hook, "name"))),
                  SLICE_ARG(json_string(json_find(hook, "endpoint"))));
            break;
        }
        first = hook;
    }
    return first;
}

static err_t look_at_signing(struct tickets *t, const struct patient_store *s, struct slice hook)
{
    struct examination *x = t->x;
    struct seen seen;
    struct slice text = {NULL, 0};
    if (s->signing_count == 0) {
        return err_ok();
    }
    TRY(heard(x, x->support.support, zendesk_signing_secret(&x->support, hook, &text), &seen));
    for (size_t i = 0; i < s->signing_count; i++) {
        if (text.len == 0 || slice_equal(text, s->signing[i])) {
            return err_ok(); /* or Zendesk does not show it */
        }
    }
    found(x, CHECK_TICKET_HOOK_SIGNING, s->store,
          "the signing secret of the webhook is another than the store's");
    return err_ok();
}

static void look_at_hook(struct tickets *t, const struct store *store, const struct json *hook)
{
    struct slice name = json_string(json_find(hook, "name"));
    if (!is_text(hook, "status", "active")) {
        found(t->x, CHECK_TICKET_HOOK_OFF, store, "the webhook \"%.*s\" is not active",
              SLICE_ARG(name));
    }
    if (!is_text(hook, "http_method", "POST") || !is_text(hook, "request_format", "json") ||
        !is_text(hook, "authentication.type", "bearer_token")) {
        found(t->x, CHECK_TICKET_HOOK_FORM, store, "the webhook \"%.*s\" is %.*s, %.*s, login %.*s",
              SLICE_ARG(name), SLICE_ARG(json_string(json_find(hook, "http_method"))),
              SLICE_ARG(json_string(json_find(hook, "request_format"))),
              SLICE_ARG(json_string(json_find(hook, "authentication.type"))));
    }
}

/* An active one before others. */
static const struct json *find_trigger(struct tickets *t, const struct trigger_place *place,
                                       size_t which)
{
    const struct json *first = NULL;
    for (size_t i = 0; i < t->triggers.list.count; i++) {
        const struct json *trigger = t->triggers.list.items[i];
        if (trigger_is_ours(place, which, trigger)) {
            first = first == NULL ? trigger : first;
            if (json_bool(json_find(trigger, "active"), true)) {
                return trigger;
            }
        }
    }
    return first;
}

static void look_at_trigger(struct tickets *t, const struct store *store,
                            const struct trigger_place *place, size_t which)
{
    static const enum check_id missing[TRIGGER_COUNT] = {
        CHECK_TRIGGER_CREATED, CHECK_TRIGGER_COMMENT, CHECK_TRIGGER_CHANGED};
    const struct json *trigger = find_trigger(t, place, which);
    struct trigger_faults faults;
    if (trigger == NULL) {
        found(t->x, missing[which], store, "%s is not there", trigger_what(which));
        return;
    }
    struct slice title = json_string(json_find(trigger, "title"));
    trigger_look(place, which, trigger, &faults);
    if (faults.inactive) {
        found(t->x, CHECK_TRIGGER_OFF, store, "the trigger \"%.*s\" is not active",
              SLICE_ARG(title));
    }
    if (faults.conditions[0] != '\0') {
        found(t->x, CHECK_TRIGGER_CONDITION, store, "the trigger \"%.*s\": %s", SLICE_ARG(title),
              faults.conditions);
    }
    if (faults.assigns_nobody) {
        found(t->x, CHECK_TRIGGER_ASSIGN, store,
              "the trigger \"%.*s\" does not assign the ticket to user %.*s", SLICE_ARG(title),
              SLICE_ARG(place->bot_user_id));
    }
    if (faults.body_differs) {
        found(t->x, CHECK_TRIGGER_BODY, store, "the trigger \"%.*s\" sends another body",
              SLICE_ARG(title));
    }
}

static err_t look_at_calls(struct tickets *t, const struct patient_store *s, bool is_placed)
{
    struct examination *x = t->x;
    struct slice name = {NULL, 0};
    if (!seen_fine(&x->hooks.seen)) {
        return err_ok();
    }
    const struct json *hook = find_hook(t, s->store);
    if (hook == NULL) {
        if (!s->store->chat) {
            found(x, CHECK_TICKET_HOOK, s->store,
                  "none of %zu webhooks calls /api/v1/stores/%.*s/tickets", x->hooks.list.count,
                  SLICE_ARG(s->store->name));
        }
        return err_ok();
    }
    look_at_hook(t, s->store, hook);
    TRY(look_at_signing(t, s, json_id(json_find(hook, "id"))));
    TRY(arena_copy(x->arena, s->store->name, &name));
    const struct trigger_place place = {
        .name = "Tieline",
        .store = name.ptr,
        .brand_id = s->store->brand_id,
        .bot_user_id = x->patient->account->bot_user_id,
        .webhook_id = json_id(json_find(hook, "id")),
    };
    bool is_known = is_placed && x->bot_is_known && seen_fine(&t->triggers.seen);
    for (size_t which = 0; which < TRIGGER_COUNT && is_known; which++) {
        look_at_trigger(t, s->store, &place, which);
    }
    return err_ok();
}

static void look_at_fields(struct tickets *t, const struct store *store)
{
    for (size_t i = 0; i < store->field_count && seen_fine(&t->fields.seen); i++) {
        struct slice id = store->fields[i].field_id;
        const struct json *field = zendesk_find(&t->fields.list, "id", id);
        if (field == NULL || !json_bool(json_find(field, "active"), true)) {
            found(t->x, CHECK_FIELD_UNKNOWN, store, "the ticket field %.*s, for %.*s, %s",
                  SLICE_ARG(id), SLICE_ARG(store->fields[i].source),
                  field == NULL ? "does not exist" : "is not active");
        }
    }
    if (store->handoff_group_id.len > 0 && seen_fine(&t->groups.seen) &&
        zendesk_find(&t->groups.list, "id", store->handoff_group_id) == NULL) {
        found(t->x, CHECK_GROUP_UNKNOWN, store, "there is no group %.*s",
              SLICE_ARG(store->handoff_group_id));
    }
}

static err_t look_at_stores(struct tickets *t)
{
    const struct patient *patient = t->x->patient;
    for (size_t i = 0; i < patient->store_count; i++) {
        const struct patient_store *s = &patient->stores[i];
        if (s->store->enabled) {
            looked(t->x, STORE_CHECKS);
            TRY(look_at_calls(t, s, look_at_brand(t, s->store)));
            look_at_fields(t, s->store);
        }
    }
    return err_ok();
}

typedef err_t (*list_fn)(struct zendesk *z, struct zendesk_list *ret);

static err_t read_list(struct examination *x, list_fn list, struct seen_list *ret)
{
    return heard(x, x->support.support, list(&x->support, &ret->list), &ret->seen);
}

err_t check_tickets(struct examination *x)
{
    struct tickets t = {.x = x};
    if (x->support.support == NULL) {
        return err_ok();
    }
    TRY(read_list(x, zendesk_brands, &x->brands));
    TRY(read_list(x, zendesk_webhooks, &x->hooks));
    TRY(read_list(x, zendesk_triggers, &t.triggers));
    TRY(read_list(x, zendesk_ticket_fields, &t.fields));
    TRY(read_list(x, zendesk_groups, &t.groups));
    const struct seen *shy = x->hooks.seen.status == 403 ? &x->hooks.seen : &t.triggers.seen;
    if (shy->status == 403) {
        found(x, CHECK_SUPPORT_NOT_ADMIN, NULL, "%s", shy->said.text);
    }
    return look_at_stores(&t);
}
