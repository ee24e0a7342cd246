#include "processor/core/requester.h"

#include "processor/core/customer_data.h"

#include <inttypes.h>

enum { MAIL_BYTES_MAX = 254, NAME_BYTES_MAX = 255, PHONE_BYTES_MAX = 64 };

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool local_is_good(struct slice local)
{
    bool is_good = local.len > 0 && local.ptr[0] != '.' && local.ptr[local.len - 1] != '.';
    for (size_t i = 0; i < local.len && is_good; i++) {
        char c = local.ptr[i];
        bool is_known = is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
        is_good = is_known && !(c == '.' && i > 0 && local.ptr[i - 1] == '.');
    }
    return is_good;
}

/* Labels of letters, digits and dashes, at least two of them. */
static bool domain_is_good(struct slice domain)
{
    size_t labels = 0;
    while (domain.len > 0) {
        struct slice label = {0};
        bool has_more = slice_split(domain, '.', &label, &domain);
        if (label.len == 0 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-' ||
            (has_more && domain.len == 0)) {
            return false;
        }
        for (size_t i = 0; i < label.len; i++) {
            if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-') {
                return false;
            }
        }
        labels++;
    }
    return labels >= 2;
}

bool requester_mail_is_good(struct slice email)
{
    struct slice local = {0};
    struct slice domain = {0};
    return email.len <= MAIL_BYTES_MAX && slice_split(email, '@', &local, &domain) &&
           local_is_good(local) && domain_is_good(domain);
}

/* By whatever names the customer; by the conversation where nothing does. */
static err_t placeholder(struct context *ctx, struct slice *ret_email)
{
    const struct conversation *state = ctx->state;
    const struct customer *customer = &state->customer;
    struct slice domain = ctx->store != NULL ? ctx->store->placeholder_domain : SLICE("");
    struct slice who = customer->external_id.len > 0 ? customer->external_id : customer->user_id;
    struct slice name = {0};
    who = who.len > 0 ? who : state->key;
    domain = domain.len > 0 ? domain : SLICE("visitors.invalid");
    TRY(arena_printf(ctx->arena, &name, "%.*s/%.*s", SLICE_ARG(state->account), SLICE_ARG(who)));
    return arena_printf(ctx->arena, ret_email, "visitor-%016" PRIx64 "@%.*s", ident_digest(name),
                        SLICE_ARG(domain));
}

static err_t first_of(struct context *ctx, const char *key, struct slice otherwise,
                      struct slice *ret_text)
{
    TRY(customer_data_text(ctx->arena, ctx->state, slice_of(key), ret_text));
    *ret_text = slice_trim(ret_text->len > 0 ? *ret_text : otherwise);
    return err_ok();
}

err_t requester_of(struct context *ctx, struct requester *ret_requester)
{
    const struct customer *customer = &ctx->state->customer;
    struct requester r = {0};
    uint64_t number = 0;
    TRY(first_of(ctx, "dataCapture.systemField.requester.name", customer->name, &r.name));
    TRY(first_of(ctx, "dataCapture.systemField.requester.email", customer->email, &r.email));
    TRY(first_of(ctx, "dataCapture.systemField.requester.phone", customer->phone, &r.phone));
    r.name = slice_cut_utf8(r.name.len > 0 ? r.name : SLICE("Anonymous Visitor"), NAME_BYTES_MAX);
    r.phone = slice_cut_utf8(r.phone, PHONE_BYTES_MAX);
    r.is_placeholder = !requester_mail_is_good(r.email);
    if (r.is_placeholder) {
        TRY(placeholder(ctx, &r.email));
    }
    bool is_captured =
        customer_data_get(ctx->state, SLICE("dataCapture.systemField.requester.email")).len > 0;
    if (!is_captured && !err_failed(slice_to_u64(customer->zendesk_id, &number))) {
        r.user_id = customer->zendesk_id;
    }
    *ret_requester = r;
    return err_ok();
}
