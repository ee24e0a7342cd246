#include "ctl/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_set(char *text, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, size, format, args);
    va_end(args);
}

void text_add(char *text, size_t size, const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text + len, size - len, format, args);
    va_end(args);
}

err_t text_tame(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_c1 = c == 0xC2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xA0;
        i += is_c1 ? 1 : 0; /* U+0080 to U+009F take two bytes */
        TRY(buf_append_char(out, c < 0x20 || c == 0x7F || is_c1 ? ' ' : (char)c));
    }
    return err_ok();
}
