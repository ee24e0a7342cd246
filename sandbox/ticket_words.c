#include "sandbox/ticket_words.h"

#include "sandbox/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { WORDS_BYTES_MAX = 4 * 1024 * 1024 };

static err_t escape(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&': TRY(buf_append_text(out, "&amp;")); break;
        case '<': TRY(buf_append_text(out, "&lt;")); break;
        case '>': TRY(buf_append_text(out, "&gt;")); break;
        case '\n': TRY(buf_append_text(out, "<br>")); break;
        default: TRY(buf_append_char(out, text.ptr[i]));
        }
    }
    return err_ok();
}

/* `inner` is HTML when `is_html`, else plain text. */
static err_t wrap(struct arena *arena, struct slice inner, bool is_html, struct slice *ret_html)
{
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, 6 * WORDS_BYTES_MAX);
    TRY(buf_append_text(&out, "<div class=\"zd-comment\" dir=\"auto\">"));
    if (is_html) {
        TRY(buf_append(&out, slice_trim(inner)));
    } else {
        TRY(buf_append_text(&out, "<p dir=\"auto\">"));
        TRY(escape(&out, inner));
        TRY(buf_append_text(&out, "</p>"));
    }
    TRY(buf_append_text(&out, "</div>"));
    return arena_copy(arena, buf_slice(&out), ret_html);
}

bool ticket_words(struct save *s, const struct comment_draft *draft, struct comment *comment)
{
    struct call *c = s->c;
    struct slice body = draft->body;
    struct slice html = draft->html;
    bool by_staff = s->actor != NULL && s->actor->role != ROLE_END_USER;
    bool is_html = slice_empty(body) && !slice_empty(html);
    struct slice *given = is_html ? &html : &body;
    *given = slice_cut_utf8(*given, TICKET_COMMENT_BYTES_MAX);
    if (by_staff && text_contains(*given, SLICE("{{")) && !ticket_placeholders(s, *given, given)) {
        return false;
    }
    if (is_html) {
        return call_ok(c, text_from_html(&c->store->arena, html, &comment->body)) &&
               call_ok(c, wrap(&c->store->arena, html, true, &comment->html));
    }
    if (by_staff && !call_ok(c, text_from_markdown(c->arena, body, &html))) {
        return false;
    }
    return call_keep(c, body, &comment->body) &&
           call_ok(c, wrap(&c->store->arena, by_staff ? html : body, by_staff, &comment->html));
}

/* "Open", "Pending": as people see them. */
static err_t put_title(struct buf *out, const char *name)
{
    if (name == NULL) {
        return err_ok();
    }
    char first = name[0] >= 'a' && name[0] <= 'z' ? (char)(name[0] - 'a' + 'A') : name[0];
    TRY(buf_append_char(out, first));
    return buf_append_text(out, name + 1);
}

static const char *via_title(enum via via)
{
    switch (via) {
    case VIA_MAIL: return "Mail";
    case VIA_API: return "Web service";
    case VIA_RULE: return "Rule";
    case VIA_MESSAGING: return "Messaging";
    case VIA_WEB: break;
    }
    return "Web form";
}

/* `digits` of the time's text: 10 = the day only. */
static err_t put_time(struct buf *out, wall_ms_t time, size_t digits)
{
    char text[INSTANT_TEXT_BYTES];
    instant_format_iso8601(time, text);
    TRY(buf_append(out, slice_from(text, digits)));
    return digits > 10 ? buf_append_char(out, 'Z') : err_ok();
}

static const struct comment *newest(const struct ticket *t, bool only_public)
{
    for (size_t i = t->comment_count; i > 0; i--) {
        if (!only_public || t->comments[i - 1]->is_public) {
            return t->comments[i - 1];
        }
    }
    return NULL;
}

/* It is not only the words: who, when and the words, as in the mails. */
static err_t put_comment(struct buf *out, const struct comment *comment)
{
    if (comment == NULL) {
        return err_ok();
    }
    TRY(buf_append_text(out, "----------------------------------------------\n\n"));
    if (comment->author != NULL) {
        TRY(buf_append(out, comment->author->name));
    }
    TRY(buf_append_text(out, ", "));
    TRY(put_time(out, comment->created_at, 19));
    TRY(buf_append_text(out, "\n\n"));
    return buf_append(out, comment->body);
}

static err_t put_person(struct buf *out, const struct person *person, struct slice member)
{
    if (person == NULL) {
        return err_ok();
    }
    if (slice_equal(member, SLICE("id"))) {
        return buf_append(out, person->id_text);
    }
    if (slice_equal(member, SLICE("name"))) {
        return buf_append(out, person->name);
    }
    return slice_equal(member, SLICE("email")) ? buf_append(out, person->email) : err_ok();
}

static err_t put_brand(struct buf *out, const struct brand *brand, struct slice member)
{
    if (brand == NULL) {
        return err_ok();
    }
    if (slice_equal(member, SLICE("id"))) {
        return buf_append(out, brand->id_text);
    }
    return slice_equal(member, SLICE("name")) ? buf_append(out, brand->name) : err_ok();
}

static err_t put_ticket(struct buf *out, const struct ticket *t, struct slice name)
{
    if (slice_equal(name, SLICE("id"))) {
        return buf_append(out, t->id_text);
    }
    if (slice_equal(name, SLICE("external_id"))) {
        return buf_append(out, t->external_id);
    }
    if (slice_equal(name, SLICE("title"))) {
        return buf_append(out, t->subject);
    }
    if (slice_equal(name, SLICE("description"))) {
        return buf_append(out, t->description);
    }
    if (slice_equal(name, SLICE("status"))) {
        return put_title(out, status_name(t->status));
    }
    if (slice_equal(name, SLICE("priority"))) {
        return put_title(out, priority_name(t->priority));
    }
    if (slice_equal(name, SLICE("tags"))) {
        return buf_append(out, t->tags);
    }
    if (slice_equal(name, SLICE("via"))) {
        return buf_append_text(out, via_title(t->via));
    }
    if (slice_equal(name, SLICE("updated_at_with_timestamp"))) {
        return put_time(out, t->updated_at, 19);
    }
    if (slice_equal(name, SLICE("created_at_with_timestamp"))) {
        return put_time(out, t->created_at, 19);
    }
    if (slice_equal(name, SLICE("updated_at")) || slice_equal(name, SLICE("created_at"))) {
        return put_time(out, name.ptr[0] == 'u' ? t->updated_at : t->created_at, 10);
    }
    if (slice_equal(name, SLICE("latest_comment"))) {
        return put_comment(out, newest(t, false));
    }
    return slice_equal(name, SLICE("latest_public_comment")) ? put_comment(out, newest(t, true))
                                                             : err_ok();
}

/* "ticket.brand.id" and the like: names of three parts. */
static err_t put_part(struct buf *out, const struct ticket *t, struct slice part,
                      struct slice member)
{
    if (slice_equal(part, SLICE("brand"))) {
        return put_brand(out, t->brand, member);
    }
    if (slice_equal(part, SLICE("requester"))) {
        return put_person(out, t->requester, member);
    }
    if (slice_equal(part, SLICE("assignee"))) {
        return put_person(out, t->assignee, member);
    }
    if (slice_equal(part, SLICE("group"))) {
        bool is_name = slice_equal(member, SLICE("name"));
        return t->group == NULL                   ? err_ok()
               : is_name                          ? buf_append_text(out, t->group->name)
               : slice_equal(member, SLICE("id")) ? buf_printf(out, "%" PRId64, t->group->id)
                                                  : err_ok();
    }
    bool only_public = slice_equal(part, SLICE("latest_public_comment"));
    if (!only_public && !slice_equal(part, SLICE("latest_comment"))) {
        return err_ok();
    }
    const struct comment *comment = newest(t, only_public);
    if (comment == NULL) {
        return err_ok();
    }
    if (slice_equal(member, SLICE("id"))) {
        return buf_append(out, comment->id_text);
    }
    return slice_equal(member, SLICE("value")) ? buf_append(out, comment->body) : err_ok();
}

static err_t put_placeholder(struct buf *out, const struct save *s, struct slice name)
{
    struct slice object = {0};
    struct slice rest = {0};
    struct slice part = {0};
    struct slice member = {0};
    (void)slice_split(name, '.', &object, &rest);
    if (slice_equal(object, SLICE("current_user"))) {
        if (s->actor == NULL) {
            return slice_equal(rest, SLICE("id")) ? buf_append_text(out, "-1") : err_ok();
        }
        return put_person(out, s->actor, rest);
    }
    if (!slice_equal(object, SLICE("ticket"))) {
        return err_ok();
    }
    return slice_split(rest, '.', &part, &member) ? put_part(out, s->ticket, part, member)
                                                  : put_ticket(out, s->ticket, rest);
}

static err_t replace(const struct save *s, struct slice text, struct buf *out)
{
    size_t at = 0;
    while (at < text.len) {
        size_t end = at;
        bool opens = text.len - at >= 2 && text.ptr[at] == '{' && text.ptr[at + 1] == '{';
        while (opens && end + 1 < text.len && !(text.ptr[end] == '}' && text.ptr[end + 1] == '}')) {
            end++;
        }
        if (opens && end + 1 < text.len) {
            TRY(put_placeholder(out, s, slice_trim(slice_sub(text, at + 2, end))));
            at = end + 2;
        } else {
            TRY(buf_append_char(out, text.ptr[at]));
            at++;
        }
    }
    return err_ok();
}

bool ticket_placeholders(struct save *s, struct slice text, struct slice *ret_text)
{
    CLEANUP(buf) struct buf out = {0};
    buf_init(&out, WORDS_BYTES_MAX);
    return call_ok(s->c, replace(s, text, &out)) &&
           call_ok(s->c, arena_copy(s->c->arena, buf_slice(&out), ret_text));
}
