/* Widgets against stores, and who answers first in them: FEATURES rows 8, 11, 56, 115, 116, 119. */
#include "ctl/doctor/examine.h"

enum { WIDGET_CHECKS = 6 };

static bool is_kind(const struct json *object, const char *member, const char *kind)
{
    return slice_equal(json_string(json_find(object, member)), slice_of(kind));
}

/* A channel where customers write: whatever is no integration of a program. */
static bool is_channel(const struct json *integration)
{
    return !is_kind(integration, "type", "custom");
}

static const struct json *line_of(const struct examination *x, const struct json *widget)
{
    const struct json *own = json_find(widget, "defaultResponder");
    if (own != NULL && !json_bool(json_find(own, "inherited"), true)) {
        return own;
    }
    return zendesk_find(&x->lines.list, "id",
                        json_string(json_find(x->switchboard, "defaultSwitchboardIntegrationId")));
}

/* widget  NULL = the store has none of its own, and the account's default counts */
static void look_at_responder(struct examination *x, const struct store *store,
                              const struct json *widget)
{
    if (x->switchboard == NULL || x->our_line == NULL || store->chat) {
        return;
    }
    const struct json *line = line_of(x, widget);
    struct slice name = json_string(json_find(line, "name"));
    bool is_ours = line != NULL && slice_equal(json_string(json_find(line, "integrationId")),
                                               x->patient->account->integration_id);
    bool is_human = line == NULL || is_kind(line, "integrationType", "zd:agentWorkspace");
    if (store->default_responder && !is_ours) {
        found(x, is_human ? CHECK_DEFAULT_RESPONDER : CHECK_OTHER_BOT, store,
              "the first responder is \"%.*s\"", SLICE_ARG(name));
    } else if (!store->default_responder && is_ours) {
        found(x, CHECK_NOT_DEFAULT, store, "the first responder is \"%.*s\", which is ours",
              SLICE_ARG(name));
    }
}

static void look_at_widget(struct examination *x, const struct store *store)
{
    const struct json *widget = zendesk_find(&x->integrations.list, "id", store->widget_id);
    if (widget == NULL) {
        found(x, CHECK_WIDGET_UNKNOWN, store, "there is no widget %.*s among %zu integrations",
              SLICE_ARG(store->widget_id), x->integrations.list.count);
        return;
    }
    if (!is_channel(widget)) {
        found(x, CHECK_WIDGET_KIND, store, "%.*s is the Conversations integration \"%.*s\"",
              SLICE_ARG(store->widget_id),
              SLICE_ARG(json_string(json_find(widget, "displayName"))));
        return;
    }
    struct slice brand = json_id(json_find(widget, "brandId"));
    bool is_brand =
        x->brands.list.count == 0 || zendesk_find(&x->brands.list, "id", store->brand_id) != NULL;
    if (brand.len > 0 && store->brand_id.len > 0 && is_brand &&
        !slice_equal(brand, store->brand_id)) {
        found(x, CHECK_WIDGET_BRAND, store, "the widget is of brand %.*s, the store of brand %.*s",
              SLICE_ARG(brand), SLICE_ARG(store->brand_id));
    }
    look_at_responder(x, store, widget);
}

static bool is_mapped(const struct patient *patient, struct slice widget)
{
    for (size_t i = 0; i < patient->store_count; i++) {
        if (slice_equal(patient->stores[i].store->widget_id, widget)) {
            return true;
        }
    }
    return false;
}

static const struct store *fallback_of(const struct patient *patient)
{
    for (size_t i = 0; i < patient->store_count; i++) {
        const struct store *store = patient->stores[i].store;
        if (store->enabled && store->widget_id.len == 0 && !store->chat) {
            return store;
        }
    }
    return NULL;
}

/* Widgets that no store has. */
static void look_at_rest(struct examination *x, const struct store *fallback)
{
    size_t channels = 0;
    for (size_t i = 0; i < x->integrations.list.count; i++) {
        const struct json *widget = x->integrations.list.items[i];
        struct slice id = json_string(json_find(widget, "id"));
        if (!is_channel(widget)) {
            continue;
        }
        channels++;
        if (fallback == NULL && !is_mapped(x->patient, id)) {
            found(x, CHECK_WIDGET_UNMAPPED, NULL, "\"%.*s\" (%.*s, %.*s) is no store's",
                  SLICE_ARG(json_string(json_find(widget, "displayName"))),
                  SLICE_ARG(json_string(json_find(widget, "type"))), SLICE_ARG(id));
        }
    }
    if (fallback != NULL && channels > 1) {
        found(x, CHECK_WIDGET_FALLBACK, fallback, "it has an empty mapping beside %zu widgets",
              channels);
    }
}

err_t check_widgets(struct examination *x)
{
    bool has_widgets = false;
    if (!seen_fine(&x->integrations.seen)) {
        return err_ok();
    }
    for (size_t i = 0; i < x->patient->store_count; i++) {
        const struct store *store = x->patient->stores[i].store;
        if (!store->enabled || store->chat) {
            continue;
        }
        looked(x, WIDGET_CHECKS);
        has_widgets = true;
        if (store->widget_id.len > 0) {
            look_at_widget(x, store);
        } else {
            look_at_responder(x, store, NULL);
        }
    }
    if (has_widgets) {
        look_at_rest(x, fallback_of(x->patient));
    }
    return err_ok();
}
