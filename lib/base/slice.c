#include "base/slice.h"

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_equal(slice_sub(s, 0, prefix.len), prefix);
}

bool slice_ends_with(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && slice_equal(slice_sub(s, s.len - suffix.len, s.len), suffix);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

size_t slice_find(struct slice s, char c)
{
    const char *found = s.len == 0 ? NULL : memchr(s.ptr, c, s.len);
    return found == NULL ? s.len : (size_t)(found - s.ptr);
}

struct slice slice_sub(struct slice s, size_t from, size_t to)
{
    to = to > s.len ? s.len : to;
    from = from > to ? to : from;
    return s.ptr == NULL ? (struct slice){0} : (struct slice){s.ptr + from, to - from};
}

bool slice_split(struct slice s, char separator, struct slice *ret_head, struct slice *ret_tail)
{
    size_t at = slice_find(s, separator);
    *ret_head = slice_sub(s, 0, at);
    if (at == s.len) {
        *ret_tail = (struct slice){0};
        return false;
    }
    *ret_tail = slice_sub(s, at + 1, s.len);
    return true;
}

err_t slice_take_member(struct slice *rest, struct slice name, struct slice *ret_value)
{
    struct slice member = {0};
    struct slice tail = {0};
    (void)slice_split(*rest, ';', &member, &tail);
    if (!slice_starts_with(member, name)) {
        return ERR(SYNTAX);
    }
    *ret_value = slice_sub(member, name.len, member.len);
    *rest = tail;
    return err_ok();
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    size_t from = 0;
    size_t to = s.len;
    while (from < to && is_blank(s.ptr[from])) {
        from++;
    }
    while (to > from && is_blank(s.ptr[to - 1])) {
        to--;
    }
    return slice_sub(s, from, to);
}

err_t slice_to_u64(struct slice s, uint64_t *ret_value)
{
    if (s.len == 0) {
        return ERR(SYNTAX);
    }
    uint64_t value = 0;
    bool fits = true;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return ERR(SYNTAX);
        }
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        fits = fits && !__builtin_mul_overflow(value, UINT64_C(10), &value) &&
               !__builtin_add_overflow(value, digit, &value);
    }
    if (!fits) {
        return ERR(RANGE);
    }
    *ret_value = value;
    return err_ok();
}

err_t slice_to_i64(struct slice s, int64_t *ret_value)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t size = 0;
    TRY(slice_to_u64(negative ? slice_sub(s, 1, s.len) : s, &size));
    if (size > (uint64_t)INT64_MAX + (negative ? 1U : 0U)) {
        return ERR(RANGE);
    }
    if (negative) {
        *ret_value = size > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)size;
    } else {
        *ret_value = (int64_t)size;
    }
    return err_ok();
}

/* Length of the UTF-8 character at the start of `p` (`left` > 0 bytes), or 0 when there is none.
 *
 *     first byte   second byte    what the narrower ranges keep out
 *     00..7F
 *     C2..DF       80..BF         overlong forms C0, C1
 *     E0           A0..BF         overlong
 *     E1..EC, EE   80..BF
 *     ED           80..9F         surrogates
 *     F0           90..BF         overlong
 *     F1..F3       80..BF
 *     F4           80..8F         above U+10FFFF            further bytes are 80..BF */
static size_t utf8_char(const unsigned char *p, size_t left)
{
    unsigned char first = p[0];
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    size_t len = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (len > left) {
        return 0;
    }
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

size_t slice_utf8_prefix(struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t at = 0;
    while (at < s.len) {
        uint64_t four[4];
        if (s.len - at >= sizeof four) {
            memcpy(four, p + at, sizeof four);
            if (((four[0] | four[1] | four[2] | four[3]) & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof four;
                continue;
            }
        }
        uint64_t eight = 0;
        if (s.len - at >= sizeof eight) {
            memcpy(&eight, p + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        size_t len = utf8_char(p + at, s.len - at);
        if (len == 0) {
            break;
        }
        at += len;
    }
    return at;
}

bool slice_is_utf8(struct slice s)
{
    return slice_utf8_prefix(s) == s.len;
}

bool slice_has_nul(struct slice s)
{
    return slice_find(s, '\0') < s.len;
}

struct slice slice_cut_utf8(struct slice s, size_t bytes_max)
{
    if (s.len <= bytes_max) {
        return s;
    }
    size_t cut = bytes_max;
    /* Back over continuation bytes, of which a character has at most three. */
    for (int back = 0; back < 3 && cut > 0 && ((unsigned char)s.ptr[cut] & 0xC0) == 0x80; back++) {
        cut--;
    }
    return slice_sub(s, 0, cut);
}
