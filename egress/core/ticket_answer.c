#include "egress/core/ticket_answer.h"

#include "base/limits.h"
#include "egress/core/support.h"
#include "json/json_write.h"

enum {
    COMMENT_TEXT_BYTES_MAX = LIMIT_TEXT_BYTES_MAX,
    COMMENT_BYTES_MAX = TICKET_FETCHED_BYTES_MAX / 2,
    SUBJECT_BYTES_MAX = 1000,
    TAGS_MAX = 100,
    FLAG_AUTOMATIC = 4, /* Zendesk's own mark of a comment that was generated */
};

err_t ticket_seen_read(const struct json *root, struct ticket_seen *ret_seen)
{
    const struct json *ticket = json_member(root, SLICE("ticket"));
    if (ticket == NULL || ticket->type != JSON_OBJECT) {
        return ERR(MISSING);
    }
    struct ticket_seen seen = {
        .id = json_id(json_member(ticket, SLICE("id"))),
        .assignee_id = json_id(json_member(ticket, SLICE("assignee_id"))),
    };
    struct slice updated = json_string(json_member(ticket, SLICE("updated_at")));
    if (err_failed(instant_parse_iso8601(updated, &seen.updated))) {
        seen.updated = (wall_ms_t){0};
    }
    *ret_seen = seen;
    return err_ok();
}

/* The member as it came: number, string, true, false or null; anything else becomes null. */
static void put_as_given(struct json_write *w, const struct json *object, const char *key)
{
    const struct json *value = json_member(object, slice_of(key));
    json_key(w, key);
    switch (value == NULL ? JSON_NULL : value->type) {
    case JSON_NUMBER: json_raw(w, value->text); break;
    case JSON_STRING: json_slice(w, slice_cut_utf8(value->text, SUBJECT_BYTES_MAX)); break;
    case JSON_BOOL: json_boolean(w, value->boolean); break;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT: json_null(w); break;
    }
}

err_t ticket_answer_put(const struct json *root, struct buf *out)
{
    static const char *const members[] = {
        "id",         "brand_id",    "assignee_id",  "status",
        "updated_at", "external_id", "requester_id", "subject",
    };
    const struct json *ticket = json_member(root, SLICE("ticket"));
    if (ticket == NULL || ticket->type != JSON_OBJECT) {
        return ERR(MISSING);
    }
    struct json_write w;
    json_write_init(&w, out);
    json_object(&w);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        put_as_given(&w, ticket, members[i]);
    }
    json_put_bool(&w, "from_messaging_channel",
                  json_bool(json_member(ticket, SLICE("from_messaging_channel")), false));
    json_key(&w, "tags");
    json_array(&w);
    size_t count = 0;
    JSON_EACH(tag, json_member(ticket, SLICE("tags")))
    {
        if (tag->type == JSON_STRING && count++ < TAGS_MAX) {
            json_slice(&w, slice_cut_utf8(tag->text, LIMIT_ID_BYTES_MAX));
        }
    }
    json_end(&w);
    json_end(&w);
    return json_write_done(&w);
}

/* ---- mail that a machine sent */

/* "Auto-Submitted" and "auto_submitted" are one name. */
static bool same_name(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        struct slice x = a.ptr[i] == '_' ? SLICE("-") : slice_sub(a, i, i + 1);
        if (!slice_equal_nocase(x, slice_sub(b, i, i + 1))) {
            return false;
        }
    }
    return true;
}

static bool is_one_of(struct slice text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (slice_equal_nocase(slice_trim(text), slice_of(*words))) {
            return true;
        }
    }
    return false;
}

/* What the headers of automatic mail are, and with which values. */
static bool header_is_automatic(const struct json *header)
{
    static const char *const precedences[] = {"bulk", "junk", "list", "auto_reply", NULL};
    static const char *const nays[] = {"no", "none", "false", "", NULL};
    bool is_set = header->type == JSON_BOOL
                      ? header->boolean
                      : header->type == JSON_STRING && !is_one_of(header->text, nays);
    if (same_name(header->key, SLICE("precedence"))) {
        return is_one_of(json_string(header), precedences);
    }
    return is_set && (same_name(header->key, SLICE("auto-submitted")) ||
                      same_name(header->key, SLICE("x-autoreply")) ||
                      same_name(header->key, SLICE("x-autorespond")));
}

static bool any_header_is_automatic(const struct json *object)
{
    JSON_EACH(member, object != NULL && object->type == JSON_OBJECT ? object : NULL)
    {
        if (header_is_automatic(member)) {
            return true;
        }
    }
    return false;
}

bool ticket_comment_is_automatic(const struct json *comment)
{
    static const char *const machines[] = {"rule", "system", "trigger", "automation", NULL};
    JSON_EACH(flag, json_find(comment, "metadata.flags"))
    {
        if (json_i64(flag, 0) == FLAG_AUTOMATIC) {
            return true;
        }
    }
    return is_one_of(json_string(json_find(comment, "via.channel")), machines) ||
           any_header_is_automatic(json_find(comment, "metadata.system")) ||
           any_header_is_automatic(json_find(comment, "metadata.headers")) ||
           any_header_is_automatic(json_find(comment, "via.source.headers"));
}

/* A ticket that an out-of-office notice, or a mail that came back, opened: mailers begin its
 * subject so. */
static bool subject_is_automatic(struct slice subject)
{
    static const char *const beginnings[] = {
        "automatic reply:",
        "auto-reply:",
        "autoreply:",
        "auto: ",
        "out of office",
        "out of the office",
        "vacation reply",
        "undeliverable:",
        "undelivered mail",
        "mail delivery failed",
        "delivery status notification",
        "returned mail",
        "abwesenheitsnotiz:",
        "abwesend:",
        "automatische antwort",
        "automatisch antwoord",
        "respuesta autom",
        "resposta autom",
        "r\u00E9ponse autom",
        "risposta automatica",
        "autosvar",
        "automatiskt svar",
        "automaattinen vastaus",
        "odpowied\u017A automatyczna",
        "automatick\u00E1 odpov",
        "automatikus v\u00E1lasz",
        "otomatik yan\u0131t",
        "\u81EA\u52D5\u5FDC\u7B54", /* Japanese */
        "\u81EA\u52A8\u56DE\u590D", /* Chinese */
        "\u81EA\u52D5\u56DE\u8986",
        "\uC790\uB3D9 \uC751\uB2F5", /* Korean */
        NULL,
    };
    for (const char *const *text = beginnings; *text != NULL; text++) {
        size_t len = slice_of(*text).len;
        if (slice_equal_nocase(slice_sub(slice_trim(subject), 0, len), slice_of(*text))) {
            return true;
        }
    }
    return false;
}

/* ---- comments */

/* NULL = not among those who came along. */
static const struct json *user_of(const struct json *users, struct slice author)
{
    JSON_EACH(user, users)
    {
        if (slice_equal(json_id(json_member(user, SLICE("id"))), author)) {
            return user;
        }
    }
    return NULL;
}

/* Whose account Zendesk has suspended, and whose address no person reads. */
static bool user_is_automatic(const struct json *user)
{
    static const char *const boxes[] = {
        "mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", NULL,
    };
    struct slice box = {0};
    struct slice domain = {0};
    bool has_address =
        slice_split(json_string(json_member(user, SLICE("email"))), '@', &box, &domain);
    return json_bool(json_member(user, SLICE("suspended")), false) ||
           (has_address && is_one_of(box, boxes));
}

static struct slice text_of(const struct json *comment)
{
    struct slice text = json_string(json_member(comment, SLICE("plain_body")));
    return slice_empty(text) ? json_string(json_member(comment, SLICE("body"))) : text;
}

/* What came with a comment: where it is, what it is, how it is called. Not what Zendesk took away
 * or found harmful. */
static void put_attachments(struct json_write *w, const struct json *list)
{
    size_t count = 0;
    JSON_EACH(file, list)
    {
        struct slice url = json_string(json_member(file, SLICE("content_url")));
        bool is_bad = json_bool(json_member(file, SLICE("deleted")), false) ||
                      slice_equal(json_string(json_member(file, SLICE("malware_scan_result"))),
                                  SLICE("malware_found"));
        if (url.len == 0 || url.len > LIMIT_URL_BYTES_MAX || is_bad ||
            count == LIMIT_ATTACHMENTS_MAX) {
            continue;
        }
        if (count++ == 0) {
            json_key(w, "attachments");
            json_array(w);
        }
        json_object(w);
        json_put_slice(w, "url", url);
        json_put_slice_if(w, "media_type",
                          slice_cut_utf8(json_string(json_member(file, SLICE("content_type"))),
                                         LIMIT_LABEL_BYTES_MAX));
        json_put_slice_if(w, "name",
                          slice_cut_utf8(json_string(json_member(file, SLICE("file_name"))),
                                         LIMIT_LABEL_BYTES_MAX));
        json_end(w);
    }
    if (count > 0) {
        json_end(w);
    }
}

/* One comment as JSON in `out`, which is emptied first. */
static err_t comment_write(const struct json *comment, struct slice role, bool automatic,
                           size_t text_max, struct buf *out)
{
    struct json_write w;
    buf_reset(out);
    json_write_init(&w, out);
    json_object(&w);
    put_as_given(&w, comment, "id");
    put_as_given(&w, comment, "author_id");
    json_put_slice(&w, "author_role", role);
    json_put_bool(&w, "public", json_bool(json_member(comment, SLICE("public")), false));
    put_as_given(&w, comment, "created_at");
    json_put_slice(&w, "text", slice_cut_utf8(text_of(comment), text_max));
    put_attachments(&w, json_member(comment, SLICE("attachments")));
    json_put_bool(&w, "automatic", automatic);
    json_end(&w);
    return json_write_done(&w);
}

static bool has_more(const struct json *root)
{
    struct slice next = json_string(json_member(root, SLICE("next_page")));
    return json_bool(json_find(root, "meta.has_more"), false) || !slice_empty(next);
}

err_t ticket_answer_whole(struct arena *arena, struct slice ticket, const struct json *root,
                          struct buf *out)
{
    const struct json *kept = NULL;
    TRY(json_parse(arena, ticket, NULL, NULL, &kept));
    const struct json *comments = json_member(root, SLICE("comments"));
    if (comments == NULL || comments->type != JSON_ARRAY) {
        return ERR(MISSING);
    }
    const struct json *users = json_member(root, SLICE("users"));
    bool more = has_more(root);
    bool is_notice = subject_is_automatic(json_string(json_member(kept, SLICE("subject"))));
    size_t count = 0;
    CLEANUP(buf) struct buf one = {0};
    buf_init(&one, COMMENT_BYTES_MAX);
    TRY(buf_printf(out, "{\"ticket\":%.*s,\"comments\":[", SLICE_ARG(ticket)));
    JSON_EACH(comment, comments)
    {
        if (comment->type != JSON_OBJECT) {
            continue;
        }
        const struct json *user = user_of(users, json_id(json_member(comment, SLICE("author_id"))));
        struct slice role = json_string(json_member(user, SLICE("role")));
        bool is_first = comment->next == NULL && !more; /* the one that opened the ticket */
        bool automatic = ticket_comment_is_automatic(comment) || user_is_automatic(user) ||
                         (is_first && is_notice);
        err_t e = comment_write(comment, role, automatic, COMMENT_TEXT_BYTES_MAX, &one);
        if (err_is(e, ERR_BUF_FULL)) { /* escapes made it long */
            e = comment_write(comment, role, automatic, COMMENT_BYTES_MAX / 8, &one);
        }
        TRY(e);
        if (count == SUPPORT_COMMENTS_MAX || out->len + one.len + 32 > TICKET_FETCHED_BYTES_MAX) {
            more = true;
            break;
        }
        TRY(buf_append_text(out, count++ > 0 ? "," : ""));
        TRY(buf_append(out, buf_slice(&one)));
    }
    return buf_printf(out, "],\"more\":%s}", more ? "true" : "false");
}
