#include "egress/core/support.h"

#include "egress/core/zendesk.h"

#include <string.h>

enum { STAMP_BYTES = 19 }; /* "2026-09-14T09:31:40", without fraction and Z */

static bool is_subdomain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && c != '-') {
            return false;
        }
    }
    return !slice_empty(text);
}

err_t support_url(struct arena *arena, const struct account *account, struct slice path,
                  struct slice *ret_url)
{
    struct slice base = account->support_url;
    if (slice_empty(base)) {
        if (slice_empty(account->subdomain)) {
            return ERR(MISSING);
        }
        if (!is_subdomain(account->subdomain)) {
            return ERR(SYNTAX);
        }
        TRY(arena_printf(arena, &base, "https://%.*s.zendesk.com", SLICE_ARG(account->subdomain)));
    }
    return zendesk_url(arena, base, path, ret_url);
}

/* How many to ask for when more was too much so often. */
static unsigned size_after(uint32_t failures)
{
    static const unsigned sizes[] = {SUPPORT_COMMENTS_MAX, 30, 10, 3};
    enum { SIZE_COUNT = sizeof sizes / sizeof sizes[0] };
    return sizes[failures < SIZE_COUNT ? failures : SIZE_COUNT - 1];
}

err_t support_comments_path(struct arena *arena, struct slice ticket_path, uint32_t failures,
                            struct slice after, struct slice *ret_path)
{
    struct slice mark = {0};
    TRY(zendesk_encode(arena, after, &mark));
    return arena_printf(arena, ret_path,
                        "%.*s/comments?sort=-created_at&include=users&page%%5Bsize%%5D=%u%s%.*s",
                        SLICE_ARG(ticket_path), size_after(failures),
                        slice_empty(after) ? "" : "&page%5Bafter%5D=", SLICE_ARG(mark));
}

err_t support_audits_path(struct arena *arena, struct slice ticket_path, uint32_t failures,
                          uint32_t page, struct slice *ret_path)
{
    return arena_printf(arena, ret_path, "%.*s/audits?sort_order=desc&per_page=%u&page=%u",
                        SLICE_ARG(ticket_path), size_after(failures), (unsigned)page);
}

err_t support_external_path(struct arena *arena, struct slice body, struct slice *ret_path,
                            struct slice *ret_id)
{
    const struct json *root = NULL;
    TRY(json_parse(arena, body, NULL, NULL, &root));
    struct slice id = json_string(json_find(root, "ticket.external_id"));
    if (slice_empty(id)) {
        return ERR(MISSING);
    }
    struct slice encoded = {0};
    TRY(zendesk_encode(arena, id, &encoded));
    TRY(arena_printf(arena, ret_path, "/api/v2/tickets?external_id=%.*s", SLICE_ARG(encoded)));
    *ret_id = id;
    return err_ok();
}

span_ms_t support_stamp_wait(wall_ms_t updated, wall_ms_t read)
{
    int64_t left = SUPPORT_STAMP_AGE_MS - wall_since(read, updated).ms;
    left = left < 0 ? 0 : left;
    return span_ms(left > SUPPORT_STAMP_AGE_MS ? SUPPORT_STAMP_AGE_MS : left);
}

err_t support_stamped(struct arena *arena, struct slice body, wall_ms_t updated,
                      struct slice *ret_body)
{
    const struct slice head = SLICE("{\"ticket\":{");
    struct slice rest = slice_sub(body, head.len, body.len);
    if (!slice_starts_with(body, head) || slice_empty(rest)) {
        return ERR(SYNTAX);
    }
    char stamp[INSTANT_TEXT_BYTES];
    instant_format_iso8601(updated, stamp);
    const char *comma = rest.ptr[0] == '}' ? "" : ",";
    return arena_printf(arena, ret_body,
                        "%.*s\"updated_stamp\":\"%.*sZ\",\"safe_update\":true%s%.*s",
                        SLICE_ARG(head), (int)STAMP_BYTES, stamp, comma, SLICE_ARG(rest));
}

bool support_key_stands(wall_ms_t created, wall_ms_t now)
{
    return wall_known(created) && wall_since(now, created).ms < SUPPORT_KEY_USED_MS;
}

bool support_key_taken(const struct json *root)
{
    return slice_equal(json_string(json_member(root, SLICE("error"))),
                       SLICE("IdempotentRequestError"));
}

struct slice support_ticket_id(const struct json *root)
{
    return json_id(json_find(root, "ticket.id"));
}
