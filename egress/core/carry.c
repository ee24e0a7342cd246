#include "egress/core/carry.h"

#include "base/limits.h"
#include "egress/core/zendesk.h"
#include "json/json_write.h"

#include <sodium.h>

#include <string.h>

enum { NAME_BYTES_MAX = 100 };

/* ---- types */

/* Of a document, beside all images (but drawings, which may have scripts in them), sounds, films.
 */
static const char *const documents[] = {
    "application/pdf",    "application/json", "application/rtf",
    "application/zip",    "application/gzip", "application/x-zip-compressed",
    "application/msword", "text/plain",       "text/csv",
    "text/markdown",      "text/calendar",    "text/rtf",
};
static const char *const families[] = {
    "image/",
    "audio/",
    "video/",
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.ms-",
};

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr("/.+-_", c) == NULL)) {
            return false;
        }
    }
    return !slice_empty(text) && text.len <= CARRY_TYPE_BYTES_MAX;
}

static struct slice without_parameters(struct slice type)
{
    return slice_trim(slice_sub(type, 0, slice_find(type, ';')));
}

static bool type_may(struct slice type)
{
    struct slice drawing = SLICE("image/svg");
    if (!is_token(type) || slice_equal_nocase(slice_sub(type, 0, drawing.len), drawing)) {
        return false;
    }
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        if (slice_equal_nocase(type, slice_of(documents[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct slice family = slice_of(families[i]);
        if (slice_equal_nocase(slice_sub(type, 0, family.len), family)) {
            return true;
        }
    }
    return false;
}

struct slice carry_type(struct slice told, struct slice expected)
{
    struct slice type = without_parameters(told);
    bool is_vague = slice_empty(type) ||
                    slice_equal_nocase(type, SLICE("application/octet-stream")) ||
                    slice_equal_nocase(type, SLICE("binary/octet-stream"));
    type = is_vague ? without_parameters(expected) : type;
    return type_may(type) ? type : SLICE("");
}

/* ---- names */

static struct slice last_part(struct slice url)
{
    struct slice path = slice_sub(url, 0, slice_find(url, '?'));
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/') {
        at--;
    }
    return slice_sub(path, at, path.len);
}

err_t carry_name(struct arena *arena, const struct carried_file *file, struct slice *ret_name)
{
    struct slice name = slice_trim(file->name);
    char clean[NAME_BYTES_MAX];
    name = slice_cut_utf8(name.len > 0 ? name : last_part(file->url), NAME_BYTES_MAX);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool is_bad = c < ' ' || c == 0x7F || strchr("\"\\/:;", c) != NULL;
        clean[i] = is_bad ? '_' : name.ptr[i];
    }
    return arena_copy(arena, name.len > 0 ? slice_from(clean, name.len) : SLICE("file"), ret_name);
}

/* ---- handing over */

err_t carry_upload_path(struct arena *arena, const struct command *command,
                        const struct carried_file *file, struct slice *ret_path)
{
    struct slice name = {0};
    struct slice encoded = {0};
    if (command->api == API_SUPPORT) {
        TRY(carry_name(arena, file, &name));
        TRY(zendesk_encode(arena, name, &encoded));
        return arena_printf(arena, ret_path, "/api/v2/uploads?filename=%.*s", SLICE_ARG(encoded));
    }
    TRY(zendesk_encode(arena, command->remote_id, &encoded));
    return arena_printf(arena, ret_path,
                        "/attachments?access=public&for=message&conversationId=%.*s",
                        SLICE_ARG(encoded));
}

err_t carry_boundary(struct arena *arena, const struct command *command, struct slice *ret_boundary)
{
    char id[IDENT_EFFECT_TEXT_BYTES];
    effect_id_text(command->effect_id, id);
    return arena_printf(arena, ret_boundary, "tieline-%s", id);
}

static bool contains(struct slice bytes, struct slice wanted)
{
    while (bytes.len >= wanted.len) {
        size_t at = slice_find(slice_sub(bytes, 0, bytes.len - wanted.len + 1), wanted.ptr[0]);
        if (at > bytes.len - wanted.len) {
            return false;
        }
        bytes = slice_sub(bytes, at, bytes.len);
        if (slice_starts_with(bytes, wanted)) {
            return true;
        }
        bytes = slice_sub(bytes, 1, bytes.len);
    }
    return false;
}

err_t carry_upload_body(struct arena *arena, const struct command *command,
                        const struct carried_file *file, struct slice type, struct slice bytes,
                        struct buf *out)
{
    struct slice name = {0};
    struct slice boundary = {0};
    if (command->api == API_SUPPORT) {
        return buf_append(out, bytes);
    }
    TRY(carry_name(arena, file, &name));
    TRY(carry_boundary(arena, command, &boundary));
    if (contains(bytes, boundary)) {
        return ERR(RANGE);
    }
    TRY(buf_printf(out,
                   "--%.*s\r\nContent-Disposition: form-data; name=\"source\"; "
                   "filename=\"%.*s\"\r\nContent-Type: %.*s\r\n\r\n",
                   SLICE_ARG(boundary), SLICE_ARG(name), SLICE_ARG(type)));
    TRY(buf_append(out, bytes));
    return buf_printf(out, "\r\n--%.*s--\r\n", SLICE_ARG(boundary));
}

struct slice carry_handed_over(const struct command *command, const struct json *root)
{
    const char *place = command->api == API_SUPPORT ? "upload.token" : "attachment.mediaUrl";
    struct slice ref = json_string(json_find(root, place));
    return slice_has_nul(ref) || ref.len > LIMIT_URL_BYTES_MAX ? SLICE("") : ref;
}

/* ---- what uses it */

err_t carry_notice_body(const struct command *command, struct slice bytes, struct buf *out)
{
    struct slice tail = SLICE("}]}}");
    size_t room = sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_ORIGINAL);
    char *at = NULL;
    if (!slice_ends_with(command->body, tail)) {
        return ERR(SYNTAX);
    }
    TRY(buf_append(out, slice_sub(command->body, 0, command->body.len - tail.len)));
    TRY(buf_append_text(out, ",\"content\":\""));
    TRY(buf_reserve(out, room, &at));
    (void)sodium_bin2base64(at, room, (const unsigned char *)bytes.ptr, bytes.len,
                            sodium_base64_VARIANT_ORIGINAL);
    buf_grew(out, room - 1); /* it counts the NUL */
    TRY(buf_append_char(out, '"'));
    return buf_append(out, tail);
}

/* The refs as members of a list: "a","b". */
static err_t put_refs(struct slice refs, struct buf *out)
{
    struct json_write w;
    json_write_init(&w, out);
    json_array(&w);
    while (!slice_empty(refs)) {
        struct slice ref = {0};
        (void)slice_split(refs, '\0', &ref, &refs);
        json_slice(&w, ref);
    }
    json_end(&w);
    return json_write_done(&w);
}

err_t carry_put(struct arena *arena, const struct command *command, struct slice body,
                struct slice refs, struct slice *ret_body)
{
    bool is_message = command->effect == EFFECT_MESSAGE;
    struct slice head = is_message ? SLICE("{\"content\":{") : SLICE("{\"ticket\":{\"comment\":{");
    CLEANUP(buf) struct buf list = {0};
    if (slice_empty(refs)) {
        *ret_body = body;
        return err_ok();
    }
    if (!slice_starts_with(body, head) || body.len == head.len || body.ptr[head.len] != '"') {
        return ERR(SYNTAX);
    }
    buf_init(&list, 8 * LIMIT_ATTACHMENTS_MAX * LIMIT_URL_BYTES_MAX);
    TRY(put_refs(refs, &list));
    struct slice value = buf_slice(&list);
    value = is_message ? slice_sub(value, 1, value.len - 1) : value; /* it has one */
    return arena_printf(arena, ret_body, "%.*s\"%s\":%.*s,%.*s", SLICE_ARG(head),
                        is_message ? "mediaUrl" : "uploads", SLICE_ARG(value),
                        SLICE_ARG(slice_sub(body, head.len, body.len)));
}
