#include "egress/core/audits.h"

#include "base/buf.h"
#include "egress/core/support.h"

/* Of an audit's id; longer ones are none that may stand in a path. */
enum { AUDIT_ID_BYTES_MAX = 40 };

/* ---- what both ways share */

static bool has_comment(const struct verify_ask *ask)
{
    const struct json *body = NULL;
    return !err_failed(json_parse(ask->arena, ask->command->body, NULL, NULL, &body)) &&
           json_find(body, "ticket.comment") != NULL;
}

/* Written through the API or by the user we work as: a customer's mail is neither. */
static bool is_ours(const struct verify_ask *ask, const struct json *object)
{
    struct slice author = json_id(json_member(object, SLICE("author_id")));
    struct slice bot = ask->account == NULL ? (struct slice){0} : ask->account->bot_user_id;
    return slice_equal(json_string(json_find(object, "via.channel")), SLICE("api")) ||
           (!slice_empty(author) && slice_equal(author, bot));
}

static bool is_present(const struct verify_ask *ask, const struct json *object)
{
    return verify_names(json_find(object, "metadata.custom"), ask->command) && is_ours(ask, object);
}

static err_t present(const struct verify_ask *ask, const struct json *audit,
                     struct verify_found *found)
{
    struct slice ticket = json_id(json_member(audit, SLICE("ticket_id")));
    found->result = VERIFY_PRESENT;
    found->remote_id = slice_empty(ticket) ? ask->command->remote_id : ticket;
    return err_ok();
}

enum order { ORDER_UNKNOWN, NEWEST_FIRST, OLDEST_FIRST };

static enum order order_of(const struct json *list, const struct json *last)
{
    wall_ms_t a = {0};
    wall_ms_t b = {0};
    uint64_t m = 0;
    uint64_t n = 0;
    const struct json *first = list->first;
    if (first == last) {
        return ORDER_UNKNOWN;
    }
    if (!err_failed(
            instant_parse_iso8601(json_string(json_member(first, SLICE("created_at"))), &a)) &&
        !err_failed(
            instant_parse_iso8601(json_string(json_member(last, SLICE("created_at"))), &b)) &&
        a.ms != b.ms) {
        return wall_before(b, a) ? NEWEST_FIRST : OLDEST_FIRST;
    }
    if (err_failed(slice_to_u64(json_id(json_member(first, SLICE("id"))), &m)) ||
        err_failed(slice_to_u64(json_id(json_member(last, SLICE("id"))), &n)) || m == n) {
        return ORDER_UNKNOWN;
    }
    return n < m ? NEWEST_FIRST : OLDEST_FIRST;
}

static const struct json *last_of(const struct json *list)
{
    const struct json *last = NULL;
    JSON_EACH(item, list)
    {
        last = item;
    }
    return last;
}

/* ---- by comments */

/* The cursor's two parts. */
struct trail {
    struct slice ids;   /* of audits to be read, with commas */
    struct slice after; /* of the next comments; empty = there are none */
};

static struct trail trail_of(struct slice cursor)
{
    struct trail trail = {0};
    (void)slice_split(cursor, ';', &trail.ids, &trail.after);
    return trail;
}

static err_t trail_put(const struct verify_ask *ask, struct slice ids, struct slice after,
                       struct verify_found *found)
{
    if (slice_empty(ids) && slice_empty(after)) {
        found->result = VERIFY_ABSENT;
        return err_ok();
    }
    found->result = VERIFY_MORE;
    return arena_printf(ask->arena, &found->cursor, "%.*s;%.*s", SLICE_ARG(ids), SLICE_ARG(after));
}

static err_t by_comment_path(const struct verify_ask *ask, struct slice *ret_path)
{
    struct trail trail = trail_of(ask->cursor);
    struct slice ticket = ask->command->path;
    struct slice id = {0};
    struct slice rest = {0};
    if (slice_empty(trail.ids)) {
        /* Few at a time: the newest tell, and comments may be long. */
        return support_comments_path(ask->arena, ticket, ask->failures + 1, trail.after, ret_path);
    }
    (void)slice_split(trail.ids, ',', &id, &rest);
    return arena_printf(ask->arena, ret_path, "%.*s/audits/%.*s", SLICE_ARG(ticket), SLICE_ARG(id));
}

static bool is_audit_id(struct slice id)
{
    uint64_t number = 0;
    return id.len <= AUDIT_ID_BYTES_MAX && !err_failed(slice_to_u64(id, &number));
}

/* Where the comments go on; *ret_readable = false when they do and it cannot be told where. */
static struct slice comments_after(const struct json *root, bool *ret_readable)
{
    bool has_more = json_bool(json_find(root, "meta.has_more"), false) ||
                    !slice_empty(json_string(json_member(root, SLICE("next_page"))));
    struct slice after = json_string(json_find(root, "meta.after_cursor"));
    *ret_readable = !has_more || !slice_empty(after);
    return has_more ? after : (struct slice){0};
}

static err_t comments_read(const struct verify_ask *ask, const struct json *root,
                           struct verify_found *found)
{
    const struct json *comments = json_member(root, SLICE("comments"));
    bool is_readable = false;
    struct slice after = comments_after(root, &is_readable);
    if (comments == NULL || comments->type != JSON_ARRAY || !is_readable) {
        return err_ok();
    }
    CLEANUP(buf) struct buf ids = {0};
    buf_init(&ids, VERIFY_CURSOR_BYTES_MAX);
    bool is_deep = false;
    JSON_EACH(comment, comments)
    {
        const struct json *custom = json_find(comment, "metadata.custom");
        struct slice id = json_id(json_member(comment, SLICE("audit_id")));
        if (is_present(ask, comment)) {
            return present(ask, comment, found);
        }
        bool is_older = verify_is_older(comment, "created_at", ask->command);
        is_deep = is_deep || is_older;
        if (is_older || !is_ours(ask, comment) ||
            json_member(custom, SLICE(VERIFY_STAMP)) != NULL) {
            continue; /* not of this command */
        }
        if (!is_audit_id(id)) {
            return err_ok();
        }
        TRY(buf_printf(&ids, "%s%.*s", ids.len == 0 ? "" : ",", SLICE_ARG(id)));
    }
    if (is_deep && order_of(comments, last_of(comments)) != OLDEST_FIRST) {
        after = (struct slice){0};
    }
    return trail_put(ask, buf_slice(&ids), after, found);
}

static err_t audit_read(const struct verify_ask *ask, const struct json *root,
                        struct verify_found *found)
{
    const struct json *audit = json_member(root, SLICE("audit"));
    struct trail trail = trail_of(ask->cursor);
    struct slice id = {0};
    struct slice rest = {0};
    (void)slice_split(trail.ids, ',', &id, &rest);
    if (audit == NULL || !slice_equal(json_id(json_member(audit, SLICE("id"))), id)) {
        return err_ok();
    }
    return is_present(ask, audit) ? present(ask, audit, found)
                                  : trail_put(ask, rest, trail.after, found);
}

/* ---- by audits */

struct place {
    enum order order;
    uint32_t page;
};

static bool place_of(struct slice cursor, struct place *ret_place)
{
    uint64_t page = 1;
    struct place place = {ORDER_UNKNOWN, 1};
    if (!slice_empty(cursor)) {
        bool is_up = cursor.ptr[0] == 'u';
        if ((!is_up && cursor.ptr[0] != 'd') ||
            err_failed(slice_to_u64(slice_sub(cursor, 1, cursor.len), &page)) || page == 0 ||
            page > INT32_MAX) {
            return false;
        }
        place = (struct place){is_up ? OLDEST_FIRST : NEWEST_FIRST, (uint32_t)page};
    }
    *ret_place = place;
    return true;
}

static err_t place_put(const struct verify_ask *ask, enum order order, uint64_t page,
                       struct verify_found *found)
{
    found->result = VERIFY_MORE;
    return arena_printf(ask->arena, &found->cursor, "%c%u", order == OLDEST_FIRST ? 'u' : 'd',
                        (unsigned)page);
}

/* The first page is the oldest one: the newest is the last. */
static err_t from_the_end(const struct verify_ask *ask, const struct json *root,
                          const struct json *audits, struct verify_found *found)
{
    int64_t count = json_i64(json_member(root, SLICE("count")), 0);
    int64_t size = (int64_t)audits->count;
    if (count <= size || count > INT32_MAX) {
        return err_ok(); /* there is more, and it is not told how much */
    }
    return place_put(ask, OLDEST_FIRST, (uint64_t)((count + size - 1) / size), found);
}

static err_t page_read(const struct verify_ask *ask, const struct json *root,
                       struct verify_found *found)
{
    const struct json *audits = json_member(root, SLICE("audits"));
    struct place place = {0};
    if (audits == NULL || audits->type != JSON_ARRAY || !place_of(ask->cursor, &place)) {
        return err_ok();
    }
    JSON_EACH(audit, audits)
    {
        if (is_present(ask, audit)) {
            return present(ask, audit, found);
        }
    }
    bool has_next = !slice_empty(json_string(json_member(root, SLICE("next_page")))) ||
                    json_bool(json_find(root, "meta.has_more"), false);
    enum order order = order_of(audits, last_of(audits));
    if (place.page == 1 && order == OLDEST_FIRST && has_next) {
        return from_the_end(ask, root, audits, found);
    }
    bool is_up = place.order == OLDEST_FIRST;
    const struct json *oldest = is_up ? audits->first : last_of(audits);
    bool is_deep = (order == place.order || place.order == ORDER_UNKNOWN) &&
                   order != ORDER_UNKNOWN && verify_is_older(oldest, "created_at", ask->command);
    /* The first page was read before the last ones. */
    bool is_end = is_up ? place.page <= 2 : !has_next;
    if (is_end || is_deep) {
        found->result = VERIFY_ABSENT;
        return err_ok();
    }
    return place_put(ask, place.order, is_up ? place.page - 1 : (uint64_t)place.page + 1, found);
}

/* ---- either */

err_t audits_path(const struct verify_ask *ask, struct slice *ret_path)
{
    struct place place = {0};
    if (has_comment(ask)) {
        return by_comment_path(ask, ret_path);
    }
    if (!place_of(ask->cursor, &place)) {
        return ERR(SYNTAX);
    }
    return support_audits_path(ask->arena, ask->command->path, ask->failures, place.page, ret_path);
}

err_t audits_read(const struct verify_ask *ask, const struct json *root,
                  struct verify_found *ret_found)
{
    if (!has_comment(ask)) {
        return page_read(ask, root, ret_found);
    }
    return slice_empty(trail_of(ask->cursor).ids) ? comments_read(ask, root, ret_found)
                                                  : audit_read(ask, root, ret_found);
}

uint32_t audits_requests_max(const struct verify_ask *ask)
{
    return has_comment(ask) ? AUDITS_REQUESTS_MAX : AUDITS_PAGES_MAX;
}
