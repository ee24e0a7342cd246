#include "processor/attempts.h"

#include "base/check.h"
#include "event/ident.h"

#include <inttypes.h>
#include <stdio.h>

void attempts_format(const struct attempts *a, char text[ATTEMPTS_TEXT_BYTES])
{
    int length = snprintf(text, ATTEMPTS_TEXT_BYTES, "v=1;by=%016" PRIx64 ";end=%s;tries=%" PRIu32,
                          a->owner, a->is_open ? "open" : "clean", a->tries);
    CHECK(length > 0 && length + 14 < ATTEMPTS_TEXT_BYTES);
    size_t len = (size_t)length;
    uint64_t digest = ident_digest(slice_from(text, len));
    (void)snprintf(text + len, ATTEMPTS_TEXT_BYTES - len, ";sum=%08" PRIx32,
                   (uint32_t)(digest & UINT32_MAX));
}

static err_t hex_read(struct slice text, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        if (i == 16 || (!is_digit && (c < 'a' || c > 'f'))) {
            return ERR(SYNTAX);
        }
        value = value << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
    }
    *ret_value = value;
    return err_ok();
}

err_t attempts_parse(struct slice text, struct attempts *ret_attempts)
{
    struct slice rest = text;
    struct slice member = {0};
    struct attempts a = {0};
    uint64_t tries = 0;
    TRY(slice_take_member(&rest, SLICE("v="), &member));
    TRY(slice_take_member(&rest, SLICE("by="), &member));
    TRY(hex_read(member, &a.owner));
    TRY(slice_take_member(&rest, SLICE("end="), &member));
    a.is_open = slice_equal(member, SLICE("open"));
    TRY(slice_take_member(&rest, SLICE("tries="), &member));
    if (err_failed(slice_to_u64(member, &tries)) || tries > UINT32_MAX) {
        return ERR(SYNTAX);
    }
    a.tries = (uint32_t)tries;
    /* There is one way to write it, so writing it again is the whole check. */
    char again[ATTEMPTS_TEXT_BYTES];
    attempts_format(&a, again);
    if (!slice_equal(text, slice_of(again))) {
        return ERR(SYNTAX);
    }
    *ret_attempts = a;
    return err_ok();
}
