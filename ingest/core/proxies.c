#include "ingest/core/proxies.h"

enum { HOPS_MAX = 16, ADDRESS_BITS = 8 * ADDRESS_BYTES };

static bool has_host_bits(const struct address *a, unsigned bits)
{
    static const struct address none = {{0}};
    struct address host = *a;
    for (unsigned bit = 0; bit < bits; bit++) {
        host.bytes[bit / 8] &= (unsigned char)~(0x80U >> bit % 8);
    }
    return !address_matches(&host, &none, ADDRESS_BITS);
}

static err_t add_one(struct proxies *p, struct slice text, struct why *why)
{
    struct slice host = {0};
    struct slice length = {0};
    struct address address = {{0}};
    bool is_range = slice_split(text, '/', &host, &length);
    if (!address_parse(host, &address)) {
        why_set(why, "\"%.*s\" is no address and no ADDRESS/BITS", SLICE_ARG(text));
        return ERR(USAGE);
    }
    bool v4 = address_is_v4(&address) && slice_find(host, ':') == host.len;
    unsigned most = v4 ? ADDRESS_BITS - ADDRESS_V4_PREFIX_BITS : ADDRESS_BITS;
    uint64_t bits = most;
    if (is_range && (err_failed(slice_to_u64(length, &bits)) || bits == 0 || bits > most)) {
        why_set(why, "\"%.*s\": behind the / stands a number from 1 to %u", SLICE_ARG(text), most);
        return ERR(USAGE);
    }
    unsigned prefix = (unsigned)bits + (v4 ? ADDRESS_V4_PREFIX_BITS : 0);
    if (has_host_bits(&address, prefix)) {
        why_set(why, "\"%.*s\" has more of an address than its first %u bits", SLICE_ARG(text),
                (unsigned)bits);
        return ERR(USAGE);
    }
    if (p->count == LIMIT_TRUSTED_PROXIES_MAX) {
        why_set(why, "more than %d of them", LIMIT_TRUSTED_PROXIES_MAX);
        return ERR(USAGE);
    }
    p->range[p->count].address = address;
    p->range[p->count].bits = prefix;
    p->count++;
    return err_ok();
}

err_t proxies_add(struct proxies *p, struct slice text, struct why *why)
{
    struct slice rest = text;
    bool more = true;
    while (more) {
        struct slice one = {0};
        more = slice_split(rest, ',', &one, &rest);
        TRY(add_one(p, slice_trim(one), why));
    }
    return err_ok();
}

bool proxies_trust(const struct proxies *p, const struct address *peer)
{
    for (size_t i = 0; i < p->count; i++) {
        if (address_matches(&p->range[i].address, peer, p->range[i].bits)) {
            return true;
        }
    }
    return false;
}

/* Takes the last element off a list; false when there is none. */
static bool take_last(struct slice *list, struct slice *ret_element)
{
    if (slice_empty(*list)) {
        return false;
    }
    size_t from = list->len;
    while (from > 0 && list->ptr[from - 1] != ',') {
        from--;
    }
    *ret_element = slice_trim(slice_sub(*list, from, list->len));
    *list = slice_sub(*list, 0, from == 0 ? 0 : from - 1);
    return true;
}

/* A walk from the nearest hop to the farthest. */
struct walk {
    const struct proxies *proxies;
    struct forwarded *told;
    unsigned hops;
};

/* One field of the name, from its right. False when the walk is over. */
static bool walk_field(struct walk *w, struct slice list)
{
    struct slice element = {0};
    while (take_last(&list, &element)) {
        struct address hop = {{0}};
        if (slice_empty(element)) {
            continue;
        }
        if (w->hops == HOPS_MAX || !address_parse_with_port(element, &hop)) {
            w->told->malformed = true;
            return false;
        }
        w->hops++;
        w->told->client = hop;
        if (!proxies_trust(w->proxies, &hop)) {
            return false;
        }
    }
    return true;
}

struct forwarded proxies_read(const struct proxies *p, const struct address *peer,
                              const struct head *head)
{
    struct forwarded told = {.client = *peer};
    struct walk w = {.proxies = p, .told = &told};
    bool goes_on = true;
    for (size_t i = head->field_count; i > 0 && goes_on; i--) {
        const struct head_field *field = &head->fields[i - 1];
        if (slice_equal_nocase(field->name, SLICE("X-Forwarded-For"))) {
            goes_on = walk_field(&w, field->value);
        }
    }
    struct slice scheme = head_value(head, SLICE("X-Forwarded-Proto"));
    if (slice_equal_nocase(scheme, SLICE("https"))) {
        told.scheme = "https";
    } else if (slice_equal_nocase(scheme, SLICE("http"))) {
        told.scheme = "http";
    } else if (!slice_empty(scheme)) {
        told.malformed = true;
    }
    return told;
}
