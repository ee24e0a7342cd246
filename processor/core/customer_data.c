#include "processor/core/customer_data.h"

#include "json/json_read.h"

static void take(struct slice *known, struct slice found)
{
    if (found.len > 0) {
        *known = found;
    }
}

void customer_data_take_person(struct customer *known, const struct customer *found)
{
    take(&known->user_id, found->user_id);
    take(&known->external_id, found->external_id);
    take(&known->zendesk_id, found->zendesk_id);
    take(&known->name, found->name);
    take(&known->email, found->email);
    take(&known->locale, found->locale);
    take(&known->phone, found->phone);
    take(&known->avatar_url, found->avatar_url);
}

/* The values under way: a list that has room for one more than may be kept. */
struct values {
    struct datum *list;
    size_t count;
    size_t bytes;
    bool is_cut;
};

static void drop(struct values *v, struct slice key)
{
    for (size_t i = 0; i < v->count; i++) {
        if (slice_equal(v->list[i].key, key)) {
            v->bytes -= v->list[i].key.len + v->list[i].value.len;
            v->count--;
            memmove(&v->list[i], &v->list[i + 1], (v->count - i) * sizeof v->list[0]);
            return;
        }
    }
}

static void put(struct values *v, struct slice key, struct slice value)
{
    size_t bytes = key.len + value.len;
    bool fits = v->count < LIMIT_DATA_ENTRIES_MAX && v->bytes + bytes <= LIMIT_DATA_BYTES_MAX &&
                value.len <= LIMIT_DATA_VALUE_BYTES_MAX;
    if (!fits || key.len == 0 || key.len > LIMIT_DATA_KEY_BYTES_MAX || slice_has_nul(key) ||
        !slice_is_utf8(value)) {
        v->is_cut = true;
        return;
    }
    v->list[v->count++] = (struct datum){key, value};
    v->bytes += bytes;
}

static err_t merge(struct context *ctx, const struct json *root, struct slice text)
{
    struct conversation *state = ctx->state;
    struct values values = {.list = ARENA_ARRAY(ctx->arena, struct datum, LIMIT_DATA_ENTRIES_MAX)};
    if (values.list == NULL) {
        return ERR(ARENA_FULL);
    }
    for (size_t i = 0; i < state->data_count; i++) {
        put(&values, state->data[i].key, state->data[i].value);
    }
    JSON_EACH(member, root)
    {
        drop(&values, member->key);
        if (member->type != JSON_NULL) {
            put(&values, member->key, slice_sub(text, member->offset, member->end));
        }
    }
    if (values.is_cut) {
        effects_note(ctx->effects, NOTE_DATA_CUT);
    }
    state->data = values.list;
    state->data_count = values.count;
    return err_ok();
}

err_t customer_data_take(struct context *ctx)
{
    const struct platform_event *body = &ctx->event->body.platform;
    const struct json *root = NULL;
    struct slice user_id = ctx->state->customer.user_id;
    customer_data_take_person(&ctx->state->customer, &body->customer);
    if (user_id.len > 0) {
        ctx->state->customer.user_id = user_id; /* whose it is, Zendesk says */
    }
    if (body->data.len == 0) {
        return err_ok();
    }
    err_t err = json_parse(ctx->arena, body->data, NULL, NULL, &root);
    if (err_failed(err) && err_class(err) != ERR_CLASS_POISON) {
        return err;
    }
    if (err_failed(err) || root->type != JSON_OBJECT) {
        effects_note(ctx->effects, NOTE_DATA_CUT);
        return err_ok();
    }
    return merge(ctx, root, body->data);
}

struct slice customer_data_get(const struct conversation *state, struct slice key)
{
    for (size_t i = 0; i < state->data_count; i++) {
        if (slice_equal(state->data[i].key, key)) {
            return state->data[i].value;
        }
    }
    return SLICE("");
}

err_t customer_data_text(struct arena *arena, const struct conversation *state, struct slice key,
                         struct slice *ret_text)
{
    struct slice value = customer_data_get(state, key);
    const struct json *json = NULL;
    *ret_text = SLICE("");
    if (value.len == 0) {
        return err_ok();
    }
    err_t err = json_parse(arena, value, NULL, NULL, &json);
    if (err_failed(err)) {
        return err_class(err) == ERR_CLASS_POISON && !err_is(err, ERR_ARENA_FULL) ? err_ok() : err;
    }
    if (json->type == JSON_BOOL) {
        *ret_text = json->boolean ? SLICE("true") : SLICE("false");
    } else if (json->type == JSON_STRING || json->type == JSON_NUMBER) {
        *ret_text = json->text;
    }
    return err_ok();
}

bool customer_data_is_zendesks(struct slice key)
{
    return slice_starts_with(key, SLICE("dataCapture."));
}

void customer_data_write(struct json_write *w, const struct conversation *state)
{
    bool is_open = false;
    for (size_t i = 0; i < state->data_count; i++) {
        if (customer_data_is_zendesks(state->data[i].key)) {
            continue;
        }
        if (!is_open) {
            json_key(w, "data");
            json_object(w);
            is_open = true;
        }
        json_key_slice(w, state->data[i].key);
        json_raw(w, state->data[i].value);
    }
    if (is_open) {
        json_end(w);
    }
}
