#include "event/file_place.h"

static bool has_prefix(struct slice text, struct slice prefix)
{
    return slice_equal_nocase(slice_sub(text, 0, prefix.len), prefix);
}

struct slice file_place_origin(struct slice url)
{
    size_t at = has_prefix(url, SLICE("https://")) ? 8 : has_prefix(url, SLICE("http://")) ? 7 : 0;
    size_t end = at;
    while (end < url.len && url.ptr[end] != '/' && url.ptr[end] != '?' && url.ptr[end] != '#') {
        unsigned char c = (unsigned char)url.ptr[end];
        if (c <= ' ' || c >= 0x7F || c == '@' || c == '\\') {
            return SLICE("");
        }
        end++;
    }
    return at == 0 || end == at ? SLICE("") : slice_sub(url, 0, end);
}

static bool is_at(struct slice url, struct slice base)
{
    struct slice origin = file_place_origin(base);
    return origin.len > 0 && slice_equal_nocase(file_place_origin(url), origin);
}

/* https://{subdomain}.zendesk.com */
static bool is_at_subdomain(struct slice url, struct slice subdomain)
{
    struct slice origin = file_place_origin(url);
    struct slice rest = slice_sub(origin, 8, origin.len);
    return subdomain.len > 0 && has_prefix(origin, SLICE("https://")) &&
           has_prefix(rest, subdomain) &&
           slice_equal_nocase(slice_sub(rest, subdomain.len, rest.len), SLICE(".zendesk.com"));
}

enum file_place file_place(const struct account *account, const struct store *store,
                           struct slice url)
{
    if (account != NULL &&
        (is_at(url, account->conversations_url) || is_at_subdomain(url, account->subdomain))) {
        return FILE_PLACE_ZENDESK;
    }
    return store != NULL && is_at(url, store->bot_url) ? FILE_PLACE_BOT : FILE_PLACE_ELSEWHERE;
}
