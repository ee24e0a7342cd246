#include "sandbox/render.h"

#include <stdio.h>

static void put_json(struct json_write *w, const char *key, struct slice json)
{
    json_key(w, key);
    json_raw(w, slice_empty(json) ? SLICE("{}") : json);
}

void render_time(struct json_write *w, const char *key, wall_ms_t time)
{
    char text[INSTANT_TEXT_BYTES];
    if (wall_known(time)) {
        instant_format_iso8601(time, text);
        json_put_text(w, key, text);
    }
}

void render_user(struct json_write *w, const struct user *user, bool full)
{
    json_object(w);
    json_put_slice(w, "id", user->id);
    json_put_bool(w, "authenticated", user->authenticated);
    json_put_slice_if(w, "externalId", user->external_id);
    json_put_slice_if(w, "zendeskId", user->zendesk_id);
    json_put_slice_if(w, "brandId", user->brand_id);
    if (full) {
        render_time(w, "signedUpAt", user->signed_up_at);
        json_put_bool(w, "toBeRetained", user->to_be_retained);
        json_key(w, "profile");
        json_object(w);
        json_put_slice_if(w, "givenName", user->given_name);
        json_put_slice_if(w, "surname", user->surname);
        json_put_slice_if(w, "email", user->email);
        json_put_slice_if(w, "avatarUrl", user->avatar_url);
        json_put_slice_if(w, "locale", user->locale);
        json_end(w);
        put_json(w, "metadata", user->metadata_json);
        json_key(w, "identities");
        json_array(w);
        json_end(w);
    }
    json_end(w);
}

static void put_line_short(struct json_write *w, const char *key,
                           const struct switchboard_integration *line)
{
    if (line == NULL || line->removed) {
        return;
    }
    json_key(w, key);
    json_object(w);
    json_put_slice(w, "id", line->id);
    json_put_slice(w, "name", line->name);
    json_put_slice(w, "integrationId", line->integration->id);
    json_put_slice(w, "integrationType", line->integration->type);
    json_end(w);
}

static void put_conversation(struct json_write *w, const struct conversation *conversation,
                             const struct switchboard_integration *active)
{
    json_put_slice(w, "id", conversation->id);
    json_put_slice(w, "type", conversation->type);
    if (conversation->brand != NULL) {
        json_put_slice(w, "brandId", conversation->brand->id_text);
    }
    if (!slice_empty(conversation->metadata_json)) {
        put_json(w, "metadata", conversation->metadata_json);
    }
    put_line_short(w, "activeSwitchboardIntegration", active);
    put_line_short(w, "pendingSwitchboardIntegration", conversation->pending);
}

void render_conversation_short(struct json_write *w, const struct conversation *conversation)
{
    json_object(w);
    put_conversation(w, conversation, conversation->active);
    json_end(w);
}

void render_conversation(struct json_write *w, const struct conversation *conversation,
                         const struct switchboard_integration *active)
{
    json_object(w);
    put_conversation(w, conversation, active);
    json_put_bool(w, "isDefault", conversation->is_default);
    json_put_slice_if(w, "displayName", conversation->display_name);
    json_put_slice_if(w, "description", conversation->description);
    json_put_slice_if(w, "iconUrl", conversation->icon_url);
    render_time(w, "businessLastRead", conversation->business_last_read);
    render_time(w, "lastUpdatedAt", conversation->updated_at);
    render_time(w, "createdAt", conversation->created_at);
    json_end(w);
}

/* Client and device ids of a widget user: the user's own id with another last digits. */
static void put_derived_id(struct json_write *w, const char *key, struct slice id, const char *tail)
{
    char text[32];
    size_t keep = id.len > 2 ? id.len - 2 : 0;
    (void)snprintf(text, sizeof text, "%.*s%s", (int)(keep < 24 ? keep : 24), id.ptr, tail);
    json_put_text(w, key, text);
}

static void put_client(struct json_write *w, struct slice integration_id, const struct user *user,
                       wall_ms_t seen)
{
    json_key(w, "client");
    json_object(w);
    put_derived_id(w, "id", user->id, "c1");
    json_put_text(w, "type", "web");
    json_put_text(w, "status", "active");
    json_put_slice(w, "integrationId", integration_id);
    render_time(w, "lastSeen", seen);
    render_time(w, "linkedAt", user->signed_up_at);
    json_key(w, "info");
    json_object(w);
    json_put_text(w, "currentUrl", "https://shop.example/");
    json_put_text(w, "browserLanguage", "en-US");
    json_end(w);
    json_end(w);
    json_key(w, "device");
    json_object(w);
    put_derived_id(w, "id", user->id, "d1");
    json_put_text(w, "type", "web");
    json_put_slice(w, "guid", user->id);
    put_derived_id(w, "clientId", user->id, "c1");
    json_put_text(w, "status", "active");
    json_put_slice(w, "integrationId", integration_id);
    render_time(w, "lastSeen", seen);
    json_end(w);
}

void render_source(struct json_write *w, struct slice type, struct slice integration_id,
                   const struct user *user, bool full, wall_ms_t seen)
{
    json_object(w);
    json_put_slice(w, "type", type);
    json_put_slice_if(w, "integrationId", integration_id);
    if (full && user != NULL && !slice_empty(integration_id)) {
        put_client(w, integration_id, user, seen);
    }
    json_end(w);
}

static void put_author(struct json_write *w, const struct message *message,
                       const struct message_view *view)
{
    json_key(w, "author");
    json_object(w);
    json_put_text(w, "type", message->author == AUTHOR_USER ? "user" : "business");
    if (message->user != NULL) {
        json_put_slice(w, "userId", message->user->id);
    }
    json_put_slice_if(w, "displayName", message->display_name);
    json_put_slice_if(w, "avatarUrl", message->avatar_url);
    if (!slice_empty(message->subtype)) {
        json_key(w, "subtypes");
        json_array(w);
        json_slice(w, message->subtype);
        json_end(w);
    }
    if (view->with_user && message->user != NULL) {
        json_key(w, "user");
        render_user(w, message->user, view->full_user);
    }
    json_end(w);
}

void render_message(struct json_write *w, const struct message *message,
                    const struct message_view *view)
{
    json_object(w);
    json_put_slice(w, "id", message->id);
    render_time(w, "received", message->received);
    put_author(w, message, view);
    put_json(w, "content", message->content_json);
    json_key(w, "source");
    render_source(w, message->source_type, message->source_integration_id, message->user,
                  view->full_source, message->received);
    if (!slice_empty(message->metadata_json)) {
        put_json(w, "metadata", message->metadata_json);
    }
    if (!slice_empty(message->activity_type)) {
        json_key(w, "activity");
        json_object(w);
        json_put_slice(w, "type", message->activity_type);
        json_end(w);
    }
    json_end(w);
}

void render_participant(struct json_write *w, const struct participant *participant)
{
    json_object(w);
    json_put_slice(w, "id", participant->id);
    json_put_slice(w, "userId", participant->user->id);
    json_put_slice_if(w, "userExternalId", participant->user->external_id);
    json_put_int(w, "unreadCount", participant->unread_count);
    render_time(w, "lastRead", participant->last_read);
    json_key(w, "clientAssociations");
    json_array(w);
    json_end(w);
    json_end(w);
}

static void put_line(struct json_write *w, const struct switchboard_integration *line)
{
    json_put_slice(w, "name", line->name);
    json_put_slice(w, "integrationId", line->integration->id);
    json_put_slice(w, "integrationType", line->integration->type);
    json_put_bool(w, "deliverStandbyEvents", line->deliver_standby_events);
    if (line->next_in_line != NULL) {
        json_put_slice(w, "nextSwitchboardIntegrationId", line->next_in_line->id);
    }
    if (line->history_count > 0) {
        json_put_int(w, "messageHistoryCount", line->history_count);
    }
}

void render_line(struct json_write *w, const struct switchboard_integration *line)
{
    json_object(w);
    json_put_slice(w, "id", line->id);
    put_line(w, line);
    json_end(w);
}

void render_switchboard(struct json_write *w, const struct switchboard *switchboard)
{
    json_object(w);
    json_put_slice(w, "id", switchboard->id);
    json_put_bool(w, "enabled", switchboard->enabled);
    if (switchboard->default_integration != NULL) {
        json_put_slice(w, "defaultSwitchboardIntegrationId", switchboard->default_integration->id);
    }
    json_end(w);
}

void render_webhook(struct json_write *w, const struct webhook *webhook)
{
    json_object(w);
    json_put_slice(w, "id", webhook->id);
    json_put_text(w, "version", "v2");
    json_put_slice(w, "target", webhook->target);
    json_key(w, "triggers");
    json_array(w);
    for (size_t i = 0; i < webhook->trigger_count; i++) {
        json_slice(w, webhook->triggers[i]);
    }
    json_end(w);
    json_put_slice(w, "secret", webhook->secret);
    json_put_bool(w, "includeFullUser", webhook->include_full_user);
    json_put_bool(w, "includeFullSource", webhook->include_full_source);
    json_end(w);
}

void render_key(struct json_write *w, const struct api_key *key)
{
    json_object(w);
    json_put_slice(w, "id", key->id);
    json_put_slice(w, "displayName", key->display_name);
    json_put_slice(w, "secret", key->secret);
    json_end(w);
}

void render_integration(struct json_write *w, const struct integration *integration,
                        const struct switchboard *switchboard)
{
    json_object(w);
    json_put_slice(w, "id", integration->id);
    json_put_slice(w, "type", integration->type);
    json_put_text(w, "status", "active");
    json_put_slice(w, "displayName", integration->display_name);
    if (integration->brand != NULL) {
        json_put_slice(w, "brandId", integration->brand->id_text);
    }
    if (integration->kind == INTEGRATION_WEB && switchboard->exists) {
        const struct switchboard_integration *own = integration->default_responder;
        const struct switchboard_integration *used =
            own == NULL ? switchboard->default_integration : own;
        if (used != NULL) {
            json_key(w, "defaultResponder");
            json_object(w);
            put_line(w, used);
            json_put_bool(w, "inherited", own == NULL);
            json_end(w);
        }
    }
    if (integration->kind == INTEGRATION_CUSTOM) {
        json_key(w, "webhooks");
        json_array(w);
        if (integration->webhook != NULL && !integration->webhook->removed) {
            render_webhook(w, integration->webhook);
        }
        json_end(w);
    }
    json_end(w);
}
