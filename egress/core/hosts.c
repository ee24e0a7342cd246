#include "egress/core/hosts.h"

#include "base/check.h"
#include "event/file_place.h"

static bool is_of(struct slice url, struct slice configured)
{
    struct slice origin = file_place_origin(configured);
    return origin.len > 0 && slice_equal_nocase(file_place_origin(url), origin);
}

/* Of an API of the account's Zendesk: at the address that is configured, else at its subdomain. */
static bool is_zendesks(const struct account *account, struct slice configured, struct slice url)
{
    const struct account plain = {.subdomain = account->subdomain};
    return slice_empty(configured) ? file_place(&plain, NULL, url) == FILE_PLACE_ZENDESK
                                   : is_of(url, configured);
}

static bool is_bots(const struct account *account, const struct store *store, struct slice url)
{
    return store != NULL && slice_equal(store->account, account->name) &&
           is_of(url, store->bot_url);
}

static bool is_listed(enum host_kind kind, const struct account *account, const struct store *store,
                      struct slice url)
{
    switch (kind) {
    case HOST_SUPPORT: return is_zendesks(account, account->support_url, url);
    case HOST_CONVERSATIONS: return is_zendesks(account, account->conversations_url, url);
    case HOST_BOT:
    case HOST_FILE_OF_BOT: return is_bots(account, store, url);
    case HOST_FILE_OF_ZENDESK: return file_place(account, NULL, url) == FILE_PLACE_ZENDESK;
    case HOST_KIND_COUNT: break;
    }
    BUG("kind of host out of range");
}

bool hosts_allow(enum host_kind kind, const struct account *account, const struct store *store,
                 struct slice url, bool *ret_private_allowed)
{
    if (account == NULL || !is_listed(kind, account, store, url)) {
        return false;
    }
    bool is_bot = kind == HOST_BOT || kind == HOST_FILE_OF_BOT;
    struct slice scheme = SLICE("http://");
    *ret_private_allowed = is_bot ? store->bot_private_allowed
                                  : slice_equal_nocase(slice_sub(url, 0, scheme.len), scheme);
    return true;
}
