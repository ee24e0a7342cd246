#include "tests/bench/bare_event.h"

#include "base/instant.h"

#include "wire/event.pb-c.h"

#include <yajl/yajl_parse.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 32, PATH_BYTES = 256 };

/* Where in the document we are: "events.payload.message.content" and the lengths of its parents. */
struct reader {
    struct bare_event *event;
    struct slice body;
    yajl_handle yajl;
    unsigned events;
    size_t depth;
    size_t lens[DEPTH_MAX];
    size_t from; /* of the event */
    size_t len;
    char path[PATH_BYTES];
};

#define CONVERSATION "events.payload.conversation."
#define ACTIVE CONVERSATION "activeSwitchboardIntegration."
#define MESSAGE "events.payload.message."
#define AUTHOR MESSAGE "author."
#define WANTED(path, member)                                                                       \
    {                                                                                              \
        path, sizeof(path) - 1, offsetof(struct bare_event, member)                                \
    }
static const struct {
    const char *path;
    size_t len;
    size_t member;
} wanted[] = {
    WANTED("events.id", id),
    WANTED("events.type", type),
    WANTED("events.createdAt", created),
    WANTED(CONVERSATION "id", conversation_id),
    WANTED(CONVERSATION "brandId", brand_id),
    WANTED(ACTIVE "id", active_id),
    WANTED(ACTIVE "name", active_name),
    WANTED(ACTIVE "integrationId", active_integration_id),
    WANTED(ACTIVE "integrationType", active_type),
    WANTED(MESSAGE "id", message_id),
    WANTED(MESSAGE "received", received),
    WANTED(AUTHOR "type", author_type),
    WANTED(AUTHOR "displayName", author_name),
    WANTED(AUTHOR "user.id", user_id),
    WANTED(AUTHOR "user.externalId", external_id),
    WANTED(AUTHOR "user.zendeskId", zendesk_id),
    WANTED(AUTHOR "user.profile.givenName", given_name),
    WANTED(AUTHOR "user.profile.surname", surname),
    WANTED(AUTHOR "user.profile.email", email),
    WANTED(AUTHOR "user.profile.locale", locale),
    WANTED(MESSAGE "content.type", content_type),
    WANTED(MESSAGE "content.text", text),
    WANTED(MESSAGE "source.type", source_type),
    WANTED(MESSAGE "source.integrationId", widget_id),
};

static bool keep(struct bare_event *event, struct slice text, struct slice *ret_kept)
{
    if (text.len > sizeof event->texts - event->texts_len) {
        return false;
    }
    char *at = event->texts + event->texts_len;
    memcpy(at, text.ptr, text.len);
    event->texts_len += text.len;
    *ret_kept = slice_from(at, text.len);
    return true;
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    struct reader *r = context;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (wanted[i].len == r->len && memcmp(wanted[i].path, r->path, r->len) == 0) {
            void *member = (char *)r->event + wanted[i].member;
            return keep(r->event, slice_from((const char *)text, len), member) ? 1 : 0;
        }
    }
    return 1;
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
    struct reader *r = context;
    size_t parent = r->lens[r->depth - 1];
    if (parent + len + 1 > sizeof r->path) {
        return 0;
    }
    r->len = parent;
    if (parent > 0) {
        r->path[r->len++] = '.';
    }
    memcpy(r->path + r->len, text, len);
    r->len += len;
    return 1;
}

static bool is_event(const struct reader *r)
{
    return r->depth == 2 && r->len == sizeof "events" - 1 && memcmp(r->path, "events", r->len) == 0;
}

static int on_open(void *context)
{
    struct reader *r = context;
    if (r->depth == DEPTH_MAX) {
        return 0;
    }
    r->lens[r->depth++] = r->len;
    return 1;
}

static int on_close(void *context)
{
    struct reader *r = context;
    r->len = r->lens[--r->depth];
    return 1;
}

static int on_map(void *context)
{
    struct reader *r = context;
    if (is_event(r)) {
        r->events++;
        r->from = yajl_get_bytes_consumed(r->yajl) - 1;
    }
    return on_open(context);
}

static int on_map_end(void *context)
{
    struct reader *r = context;
    (void)on_close(context);
    if (is_event(r)) {
        r->event->raw = slice_sub(r->body, r->from, yajl_get_bytes_consumed(r->yajl));
    }
    return 1;
}

bool bare_event_read(struct bare_event *event, struct slice body)
{
    static const yajl_callbacks callbacks = {
        .yajl_string = on_string,
        .yajl_start_map = on_map,
        .yajl_map_key = on_key,
        .yajl_end_map = on_map_end,
        .yajl_start_array = on_open,
        .yajl_end_array = on_close,
    };
    struct reader reader = {.event = event, .body = body};
    event->texts_len = 0;
    reader.yajl = yajl_alloc(&callbacks, NULL, &reader);
    bool whole =
        reader.yajl != NULL &&
        yajl_parse(reader.yajl, (const unsigned char *)body.ptr, body.len) == yajl_status_ok &&
        yajl_complete_parse(reader.yajl) == yajl_status_ok;
    yajl_free(reader.yajl);
    if (!whole || reader.events != 1) {
        return false;
    }
    int len = snprintf(event->key_text, sizeof event->key_text, "%.*s/messaging/%.*s",
                       SLICE_ARG(event->account), SLICE_ARG(event->conversation_id));
    event->key = slice_from(event->key_text, (size_t)len);
    return len > 0 && (size_t)len < sizeof event->key_text;
}

static ProtobufCBinaryData bytes_of(struct slice text)
{
    return (ProtobufCBinaryData){text.len, (uint8_t *)(uintptr_t)text.ptr};
}

static struct slice name_of(struct bare_event *event)
{
    int len = snprintf(event->name, sizeof event->name, "%.*s %.*s", SLICE_ARG(event->given_name),
                       SLICE_ARG(event->surname));
    return slice_from(event->name, len > 0 && (size_t)len < sizeof event->name ? (size_t)len : 0);
}

static int64_t ms_of(struct slice time)
{
    wall_ms_t ms = {0};
    return err_failed(instant_parse_iso8601(time, &ms)) ? 0 : ms.ms;
}

size_t bare_event_pack(struct bare_event *event, unsigned char packed[BARE_EVENT_BYTES])
{
    Tieline__V1__Integration active = TIELINE__V1__INTEGRATION__INIT;
    active.present = 1;
    active.id = bytes_of(event->active_id);
    active.name = bytes_of(event->active_name);
    active.integration_id = bytes_of(event->active_integration_id);
    active.type = bytes_of(event->active_type);
    Tieline__V1__Customer customer = TIELINE__V1__CUSTOMER__INIT;
    customer.user_id = bytes_of(event->user_id);
    customer.external_id = bytes_of(event->external_id);
    customer.zendesk_id = bytes_of(event->zendesk_id);
    customer.name = bytes_of(name_of(event));
    customer.email = bytes_of(event->email);
    customer.locale = bytes_of(event->locale);
    Tieline__V1__ConversationsEvent body = TIELINE__V1__CONVERSATIONS_EVENT__INIT;
    body.type = bytes_of(event->type);
    body.conversation_id = bytes_of(event->conversation_id);
    body.brand_id = bytes_of(event->brand_id);
    body.widget_id = bytes_of(event->widget_id);
    body.source_type = bytes_of(event->source_type);
    body.active = &active;
    body.customer = &customer;
    body.message_id = bytes_of(event->message_id);
    body.received = ms_of(event->received);
    body.author = slice_equal(event->author_type, SLICE("user"))
                      ? TIELINE__V1__AUTHOR__AUTHOR_CUSTOMER
                      : TIELINE__V1__AUTHOR__AUTHOR_BUSINESS;
    body.author_name = bytes_of(event->author_name);
    body.content_type = bytes_of(event->content_type);
    body.text = bytes_of(event->text);
    Tieline__V1__Event record = TIELINE__V1__EVENT__INIT;
    record.schema = 1;
    record.type = TIELINE__V1__EVENT_TYPE__EVENT_TYPE_MESSAGE;
    record.source = TIELINE__V1__EVENT_SOURCE__EVENT_SOURCE_CONVERSATIONS;
    record.id = bytes_of(event->id);
    record.account = bytes_of(event->account);
    record.conversation = bytes_of(event->key);
    record.occurred = ms_of(event->created);
    record.accepted = event->accepted_ms;
    record.traceparent = bytes_of(event->traceparent);
    record.raw = bytes_of(event->raw);
    record.body_case = TIELINE__V1__EVENT__BODY_CONVERSATIONS;
    record.conversations = &body;
    if (tieline__v1__event__get_packed_size(&record) > BARE_EVENT_BYTES) {
        return 0;
    }
    return tieline__v1__event__pack(&record, packed);
}
