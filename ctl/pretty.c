#include "ctl/pretty.h"

static err_t new_line(struct buf *out, size_t depth)
{
    TRY(buf_append_char(out, '\n'));
    for (size_t i = 0; i < depth; i++) {
        TRY(buf_append_text(out, "  "));
    }
    return err_ok();
}

err_t pretty_print(struct slice json, struct buf *out)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        char next = i + 1 < json.len ? json.ptr[i + 1] : '\0';
        if (in_string) {
            TRY(buf_append_char(out, c));
            if (c == '\\') {
                TRY(buf_append_char(out, next));
                i++;
            }
            in_string = c != '"';
            continue;
        }
        if (c == '}' || c == ']') {
            depth--;
            TRY(new_line(out, depth));
        }
        TRY(buf_append_char(out, c));
        in_string = c == '"';
        if ((c == '{' || c == '[') && (next == '}' || next == ']')) {
            TRY(buf_append_char(out, next)); /* stays together */
            i++;
        } else if (c == '{' || c == '[') {
            depth++;
            TRY(new_line(out, depth));
        } else if (c == ',') {
            TRY(new_line(out, depth));
        } else if (c == ':') {
            TRY(buf_append_char(out, ' '));
        }
    }
    return buf_append_char(out, '\n');
}
