#include "event/codec_schema.h"

#include <math.h>

err_t row_missing(const struct row *row, struct why *why)
{
    why_set(why, "%s: is missing", row->name);
    return ERR(MISSING);
}

static err_t not_utf8(const char *name, struct why *why)
{
    why_set(why, "%s: is not valid UTF-8", name);
    return ERR(UTF8);
}

static err_t has_nul(const char *name, struct why *why)
{
    why_set(why, "%s: has a NUL byte in it", name);
    return ERR(RANGE);
}

static err_t check_utf8(const struct row *row, struct slice value, bool nul, struct why *why)
{
    if (!slice_is_utf8(value)) {
        return not_utf8(row->name, why);
    }
    if (!nul && slice_has_nul(value)) {
        return has_nul(row->name, why);
    }
    return err_ok();
}

static err_t check_key(const struct row *row, struct slice value, struct why *why)
{
    struct slice account;
    struct slice id;
    enum surface surface = SURFACE_NONE;
    err_t e = ident_key_parse(value, &account, &surface, &id);
    if (err_failed(e)) {
        why_set(why, "%s: is not a conversation key (account/surface/id)", row->name);
    }
    return e;
}

static err_t check_fixed(const struct row *row, struct slice value, struct why *why)
{
    if (value.len != row->max) {
        why_set(why, "%s: must have %u bytes, not %zu", row->name, row->max, value.len);
        return ERR(RANGE);
    }
    return err_ok();
}

err_t row_check_slice(const struct row *row, struct slice value, struct why *why)
{
    if (value.len == 0) {
        return row->required ? row_missing(row, why) : err_ok();
    }
    if (value.len > row->max) {
        why_set(why, "%s: has %zu bytes, at most %u are allowed", row->name, value.len, row->max);
        return ERR(TOO_LARGE);
    }
    if (row->kind == ROW_ID) {
        return slice_has_nul(value) ? has_nul(row->name, why) : err_ok();
    }
    if (row->kind == ROW_LABEL) {
        return check_utf8(row, value, false, why);
    }
    if (row->kind == ROW_TEXT) {
        return check_utf8(row, value, true, why);
    }
    if (row->kind == ROW_NAME && !ident_is_name(value)) {
        why_set(why, "%s: is not a name ([a-z0-9-], not - in front)", row->name);
        return ERR(RANGE);
    }
    if (row->kind == ROW_KEY) {
        return check_key(row, value, why);
    }
    if (row->kind == ROW_FIXED || row->kind == ROW_EFFECT_ID) {
        return check_fixed(row, value, why);
    }
    return err_ok(); /* ROW_BYTES */
}

err_t row_check_item(const struct row *row, size_t index, struct slice item, struct why *why)
{
    enum row_kind kind = row->kind == ROW_TEXTS       ? ROW_TEXT
                         : row->kind == ROW_LABELS    ? ROW_LABEL
                         : row->kind == ROW_HASHES_IN ? ROW_FIXED
                                                      : ROW_BYTES;
    struct row one = {
        .name = row->name, .kind = kind, .required = true, .max = row->item_bytes_max};
    err_t e = row_check_slice(&one, item, why);
    if (err_failed(e)) {
        why_prefix(why, "element %zu of ", index);
    }
    return e;
}

err_t row_check_count(const struct row *row, size_t count, struct why *why)
{
    if (count > row->max) {
        why_set(why, "%s: has %zu elements, at most %u are allowed", row->name, count, row->max);
        return ERR(TOO_LARGE);
    }
    return err_ok();
}

err_t row_check_i64(const struct row *row, int64_t value, struct why *why)
{
    int64_t least = row->kind == ROW_I64 ? 0 : -1;
    if (value < least) {
        why_set(why, "%s: is %lld, at least %d is needed", row->name, (long long)value, (int)least);
        return ERR(RANGE);
    }
    return err_ok();
}

err_t row_check_double(const struct row *row, double value, struct why *why)
{
    bool fraction = row->kind == ROW_DOUBLE_GIVEN;
    if (!isfinite(value) || (fraction && (value < 0.0 || value > 1.0))) {
        why_set(why, "%s: must be %s", row->name, fraction ? "from 0 to 1" : "a finite number");
        return ERR(RANGE);
    }
    return err_ok();
}

static err_t unknown_value(const struct row *row, uint32_t value, struct why *why)
{
    if (value == 0) {
        return row_missing(row, why);
    }
    why_set(why, "%s: has the unknown value %u", row->name, value);
    return ERR(RANGE);
}

err_t row_enum_wire(const struct row *row, uint32_t domain, struct why *why, uint32_t *ret_wire)
{
    for (size_t i = 0; i < row->names->count; i++) {
        if (row->names->rows[i].domain == domain) {
            *ret_wire = row->names->rows[i].wire;
            return err_ok();
        }
    }
    return unknown_value(row, domain, why);
}

err_t row_enum_domain(const struct row *row, uint32_t wire, struct why *why, uint32_t *ret_domain)
{
    for (size_t i = 0; i < row->names->count; i++) {
        if (row->names->rows[i].wire == wire) {
            *ret_domain = row->names->rows[i].domain;
            return err_ok();
        }
    }
    return unknown_value(row, wire, why);
}

err_t codec_check_version(uint32_t version, uint32_t newest, struct why *why)
{
    if (version == 0) {
        why_set(why, "schema: is missing");
        return ERR(MISSING);
    }
    if (version > newest) {
        why_set(why, "schema: is %u, this version reads up to %u: upgrade first", version, newest);
        return ERR(UNKNOWN_SCHEMA);
    }
    return err_ok();
}

err_t codec_check_key(struct slice key, struct slice account, struct why *why)
{
    if (key.len <= account.len || key.ptr[account.len] != '/' || !slice_starts_with(key, account)) {
        why_set(why, "account: is not the one in the conversation key");
        return ERR(RANGE);
    }
    return err_ok();
}
