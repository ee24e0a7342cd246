#include "processor/core/fields.h"

#include "base/buf.h"
#include "event/field_source.h"
#include "event/reason.h"
#include "processor/core/customer_data.h"
#include "processor/core/render_common.h"
#include "processor/core/requester.h"
#include "processor/core/ways.h"

#include <stdio.h>

#define SYSTEM "dataCapture.systemField."
/* Zendesk's limit for metadata is 4 KB; room for the braces and for what Zendesk counts otherwise.
 */
enum { VALUE_BYTES_MAX = 2000, CAPTURE_BYTES_MAX = 3600, CAPTURE_VALUE_BYTES_MAX = 500 };

/* --- sources --- */

static err_t put_reasons(struct buf *out, uint32_t reasons)
{
    for (unsigned reason = 1; reason < LIMIT_RULES_MAX; reason++) {
        if ((reasons & REASON_BIT(reason)) != 0) {
            TRY(buf_printf(out, "%s%s", out->len > 0 ? "," : "",
                           reason_label((enum reason)reason)));
        }
    }
    return err_ok();
}

err_t fields_reasons(struct context *ctx, struct slice *ret_text)
{
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, VALUE_BYTES_MAX);
    TRY(put_reasons(&text, ctx->state->reasons));
    return arena_copy(ctx->arena, buf_slice(&text), ret_text);
}

/* "{id}" and its like at the front of `rest`: what stands for it, and how long it is. */
static size_t placeholder(const struct conversation *state, struct slice rest,
                          struct slice *ret_text)
{
    const struct {
        struct slice name;
        struct slice text;
    } known[] = {
        {SLICE("{conversation}"), state->key},
        {SLICE("{id}"), state->remote_id},
        {SLICE("{customer}"), state->customer.external_id.len > 0 ? state->customer.external_id
                                                                  : state->customer.user_id},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (slice_starts_with(rest, known[i].name)) {
            *ret_text = known[i].text;
            return known[i].name.len;
        }
    }
    return 0;
}

err_t fields_link(struct context *ctx, struct slice *ret_url)
{
    CLEANUP(buf) struct buf url = {0};
    struct slice rest = ctx->store != NULL ? ctx->store->conversation_url : SLICE("");
    buf_init(&url, LIMIT_URL_BYTES_MAX + 4 * LIMIT_KEY_BYTES_MAX);
    while (rest.len > 0) {
        struct slice text = {0};
        size_t len = placeholder(ctx->state, rest, &text);
        TRY(len > 0 ? render_segment(&url, text) : buf_append_char(&url, rest.ptr[0]));
        rest = slice_sub(rest, len > 0 ? len : 1, rest.len);
    }
    return arena_copy(ctx->arena, buf_slice(&url), ret_url);
}

/* 00-TRACE-SPAN-FLAGS */
static struct slice trace_id(struct slice traceparent)
{
    struct slice version = {0};
    struct slice rest = {0};
    struct slice trace = {0};
    if (!slice_split(traceparent, '-', &version, &rest) || !slice_split(rest, '-', &trace, &rest)) {
        return SLICE("");
    }
    return trace;
}

static err_t text_of(struct context *ctx, enum field_source source, struct slice *ret_text)
{
    const struct conversation *state = ctx->state;
    const struct customer *customer = &state->customer;
    *ret_text = SLICE("");
    switch (source) {
    case FIELD_CONVERSATION: *ret_text = state->key; break;
    case FIELD_CONVERSATION_ID: *ret_text = state->remote_id; break;
    case FIELD_CONVERSATION_URL: return fields_link(ctx, ret_text);
    case FIELD_REASONS: return fields_reasons(ctx, ret_text);
    case FIELD_SUMMARY: *ret_text = state->bots_summary; break;
    case FIELD_STORE: *ret_text = state->store; break;
    case FIELD_BOT_NAME: *ret_text = ctx->store->author_name; break;
    case FIELD_SURFACE: *ret_text = slice_of(surface_name(state->surface)); break;
    case FIELD_CHANNEL: *ret_text = state->source_type; break;
    case FIELD_TRACE_ID: *ret_text = trace_id(ctx->event->traceparent); break;
    case FIELD_CUSTOMER_ID:
        *ret_text = customer->external_id.len > 0 ? customer->external_id : customer->user_id;
        break;
    case FIELD_CUSTOMER_NAME: *ret_text = customer->name; break;
    case FIELD_CUSTOMER_EMAIL: *ret_text = customer->email; break;
    case FIELD_CUSTOMER_PHONE: *ret_text = customer->phone; break;
    case FIELD_CUSTOMER_LOCALE: *ret_text = customer->locale; break;
    case FIELD_RATING:
    case FIELD_DATA:
    case FIELD_NONE: break; /* no text, or of a newer version */
    }
    return err_ok();
}

/* --- custom fields --- */

static void set_custom(struct fields *f, struct slice id, struct slice json)
{
    uint64_t number = 0;
    if (json.len == 0 || err_failed(slice_to_u64(id, &number))) {
        return;
    }
    for (size_t i = 0; i < f->custom_count; i++) {
        if (slice_equal(f->custom[i].id, id)) {
            f->custom[i].json = json;
            return;
        }
    }
    if (f->custom_count < FIELDS_CUSTOM_MAX) {
        f->custom[f->custom_count++] = (struct custom_field){id, json};
    }
}

static err_t quote(struct context *ctx, struct slice text, struct slice *ret_json)
{
    CLEANUP(buf) struct buf json = {0};
    struct json_write w;
    buf_init(&json, 6 * VALUE_BYTES_MAX + 2);
    json_write_init(&w, &json);
    json_slice(&w, slice_cut_utf8(text, VALUE_BYTES_MAX));
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&json), ret_json);
}

static err_t rating_json(struct context *ctx, struct slice *ret_json)
{
    CLEANUP(buf) struct buf json = {0};
    struct json_write w;
    if (!ctx->state->rated) {
        return err_ok();
    }
    buf_init(&json, 64);
    json_write_init(&w, &json);
    json_number(&w, ctx->state->rating);
    TRY(json_write_done(&w));
    return arena_copy(ctx->arena, buf_slice(&json), ret_json);
}

static err_t value_of(struct context *ctx, struct slice source_name, struct slice *ret_json)
{
    struct slice key = {0};
    struct slice text = {0};
    enum field_source source = field_source_named(source_name, &key);
    *ret_json = SLICE("");
    if (source == FIELD_DATA) {
        *ret_json = customer_data_get(ctx->state, key);
        return err_ok();
    }
    if (source == FIELD_RATING) {
        return rating_json(ctx, ret_json);
    }
    TRY(text_of(ctx, source, &text));
    return text.len > 0 ? quote(ctx, text, ret_json) : err_ok();
}

static err_t collect_custom(struct context *ctx, struct fields *f)
{
    static const struct slice capture = {"dataCapture.ticketField.", 24};
    for (size_t i = 0; i < ctx->store->field_count; i++) {
        struct slice json = {0};
        TRY(value_of(ctx, ctx->store->fields[i].source, &json));
        set_custom(f, ctx->store->fields[i].field_id, json);
    }
    for (size_t i = 0; i < ctx->state->data_count; i++) {
        struct slice key = ctx->state->data[i].key;
        if (slice_starts_with(key, capture)) {
            set_custom(f, slice_sub(key, capture.len, key.len), ctx->state->data[i].value);
        }
    }
    return err_ok();
}

/* --- system fields --- */

/* The first of these keys that has a value; `otherwise` where none has. */
static err_t captured(struct context *ctx, const char *const *keys, struct slice otherwise,
                      struct slice *ret_text)
{
    for (; *keys != NULL; keys++) {
        TRY(customer_data_text(ctx->arena, ctx->state, slice_of(*keys), ret_text));
        *ret_text = slice_trim(*ret_text);
        if (ret_text->len > 0) {
            return err_ok();
        }
    }
    *ret_text = otherwise;
    return err_ok();
}

/* The bot's name as Zendesk takes a tag: small letters, digits, dashes, one _ for all between. */
static err_t bot_tag(struct context *ctx, struct slice *ret_tag)
{
    CLEANUP(buf) struct buf tag = {0};
    const struct store *store = ctx->store;
    struct slice name = store->author_name.len > 0 ? store->author_name : store->name;
    buf_init(&tag, LIMIT_LABEL_BYTES_MAX + 1);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        char small = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        bool is_kept =
            c >= 0x80 || (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (is_kept) {
            TRY(buf_append_char(&tag, small));
        } else if (tag.len > 0 && tag.ptr[tag.len - 1] != '_') {
            TRY(buf_append_char(&tag, '_'));
        }
    }
    struct slice text = buf_slice(&tag);
    text.len -= text.len > 0 && text.ptr[text.len - 1] == '_' ? 1 : 0;
    return arena_copy(ctx->arena, text, ret_tag);
}

static err_t collect_tags(struct context *ctx, struct fields *f)
{
    static const char *const keys[] = {SYSTEM "tags", NULL};
    struct slice more = {0};
    TRY(ways_join_tags(ctx->arena, ctx->store->handoff_tags, ctx->state->tags, &f->tags));
    if (ctx->store->handoff_bot_tag) {
        TRY(bot_tag(ctx, &more));
        TRY(ways_join_tags(ctx->arena, f->tags, more, &f->tags));
    }
    TRY(captured(ctx, keys, SLICE(""), &more));
    return more.len == 0 ? err_ok() : ways_join_tags(ctx->arena, f->tags, more, &f->tags);
}

static err_t collect_brand(struct context *ctx, struct fields *f)
{
    static const char *const keys[] = {SYSTEM "brand_id", SYSTEM "brand", NULL};
    const struct conversation *state = ctx->state;
    struct slice usual = state->brand_id.len > 0 ? state->brand_id : ctx->store->brand_id;
    struct slice wanted = {0};
    TRY(captured(ctx, keys, SLICE(""), &wanted));
    bool is_known =
        wanted.len > 0 && config_store_by_brand(ctx->config, state->account, wanted) != NULL;
    f->brand_id = is_known ? wanted : usual;
    f->captured_brand_id = is_known ? wanted : SLICE("");
    return err_ok();
}

/* Only what a platform says of its customer: what a page says is not proven. */
static err_t collect_requester(struct context *ctx, struct fields *f)
{
    static const char *const names[] = {SYSTEM "requester.name", NULL};
    static const char *const mails[] = {SYSTEM "requester.email", NULL};
    TRY(captured(ctx, names, SLICE(""), &f->requester_name));
    TRY(captured(ctx, mails, SLICE(""), &f->requester_email));
    if (!requester_mail_is_good(f->requester_email)) {
        f->requester_email = SLICE("");
    }
    return err_ok();
}

err_t fields_collect(struct context *ctx, struct fields *ret_fields)
{
    static const char *const priorities[] = {SYSTEM "priority", NULL};
    static const char *const groups[] = {SYSTEM "group_id", SYSTEM "group", NULL};
    static const char *const assignees[] = {SYSTEM "assignee_id", SYSTEM "assignee", NULL};
    static const char *const forms[] = {SYSTEM "ticket_form_id", SYSTEM "form_id", SYSTEM "form",
                                        NULL};
    static const char *const organizations[] = {SYSTEM "organization_id", SYSTEM "organization",
                                                NULL};
    const struct store *store = ctx->store;
    struct fields *f = ret_fields;
    struct slice priority = {0};
    *f = (struct fields){.priority = ctx->state->priority};
    TRY(captured(ctx, priorities, SLICE(""), &priority));
    if (f->priority == PRIORITY_UNSET) {
        f->priority = priority_named(priority);
    }
    if (f->priority == PRIORITY_UNSET) {
        f->priority = store->handoff_priority;
    }
    TRY(collect_tags(ctx, f));
    TRY(collect_brand(ctx, f));
    TRY(captured(ctx, groups, store->handoff_group_id, &f->group_id));
    TRY(captured(ctx, assignees, store->handoff_assignee_id, &f->assignee_id));
    TRY(captured(ctx, forms, store->handoff_form_id, &f->form_id));
    TRY(captured(ctx, organizations, SLICE(""), &f->organization_id));
    TRY(collect_requester(ctx, f));
    return collect_custom(ctx, f);
}

/* --- as JSON --- */

void fields_put_id(struct json_write *w, const char *key, struct slice id)
{
    uint64_t number = 0;
    if (!err_failed(slice_to_u64(id, &number))) {
        json_key(w, key);
        json_raw(w, id);
    }
}

void fields_put_tags(struct json_write *w, struct slice tags)
{
    if (tags.len == 0) {
        return;
    }
    json_key(w, "tags");
    json_array(w);
    while (tags.len > 0) {
        struct slice tag = {0};
        (void)slice_split(tags, ',', &tag, &tags);
        json_slice(w, tag);
    }
    json_end(w);
}

void fields_put(struct json_write *w, const struct fields *fields)
{
    json_put_slice_if(w, "priority", slice_of(priority_name(fields->priority)));
    fields_put_id(w, "group_id", fields->group_id);
    fields_put_id(w, "ticket_form_id", fields->form_id);
    fields_put_id(w, "organization_id", fields->organization_id);
    if (fields->custom_count == 0) {
        return;
    }
    json_key(w, "custom_fields");
    json_array(w);
    for (size_t i = 0; i < fields->custom_count; i++) {
        json_object(w);
        fields_put_id(w, "id", fields->custom[i].id);
        json_key(w, "value");
        json_raw(w, fields->custom[i].json);
        json_end(w);
    }
    json_end(w);
}

/* Metadata is flat: texts, numbers and booleans only. */
static bool is_scalar(struct slice json)
{
    return json.len > 0 && json.ptr[0] != '{' && json.ptr[0] != '[';
}

static void capture(struct context *ctx, struct json_write *w, const char *key, struct slice text)
{
    if (text.len == 0) {
        return;
    }
    if (w->out->len + strlen(key) + text.len + 8 > CAPTURE_BYTES_MAX ||
        text.len > CAPTURE_VALUE_BYTES_MAX) {
        effects_note(ctx->effects, NOTE_DATA_CUT);
        return;
    }
    json_put_slice(w, key, text);
}

void fields_put_capture(struct context *ctx, struct json_write *w, const struct fields *fields)
{
    capture(ctx, w, SYSTEM "priority", slice_of(priority_name(fields->priority)));
    capture(ctx, w, SYSTEM "group_id", fields->group_id);
    capture(ctx, w, SYSTEM "assignee_id", fields->assignee_id);
    capture(ctx, w, SYSTEM "organization_id", fields->organization_id);
    capture(ctx, w, SYSTEM "brand_id", fields->captured_brand_id);
    capture(ctx, w, SYSTEM "requester.name", fields->requester_name);
    capture(ctx, w, SYSTEM "requester.email", fields->requester_email);
    for (size_t i = 0; i < fields->custom_count; i++) {
        const struct custom_field *field = &fields->custom[i];
        char key[64];
        (void)snprintf(key, sizeof key, "dataCapture.ticketField.%.*s",
                       (int)(field->id.len < 20 ? field->id.len : 20), field->id.ptr);
        if (!is_scalar(field->json) || field->json.len > CAPTURE_VALUE_BYTES_MAX ||
            w->out->len + strlen(key) + field->json.len + 8 > CAPTURE_BYTES_MAX) {
            effects_note(ctx->effects, NOTE_DATA_CUT);
            continue;
        }
        json_key(w, key);
        json_raw(w, field->json);
    }
}
