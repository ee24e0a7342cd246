#include "base/check.h"
#include "event/codec_schema.h"

#include <string.h>

void *scratch_take(struct scratch *scratch, size_t bytes)
{
    size_t taken = SCRATCH_BYTES(bytes);
    CHECK(taken <= scratch->left);
    void *place = scratch->at;
    scratch->at += taken;
    scratch->left -= taken;
    return place;
}

struct put {
    const char *domain; /* struct that is read */
    char *wire;         /* generated struct that is filled */
    struct scratch *scratch;
    struct why *why;
    bool any; /* something is not empty */
};

static const void *from(const struct put *p, const struct row *row)
{
    return p->domain + row->domain;
}
static void *to(const struct put *p, const struct row *row)
{
    return p->wire + row->wire;
}
static void set_count(const struct put *p, const struct row *row, size_t count)
{
    memcpy(p->wire + row->wire_count, &count, sizeof count);
}
static size_t count_of(const struct put *p, const struct row *row)
{
    size_t count = 0;
    memcpy(&count, p->domain + row->domain_count, sizeof count);
    return count;
}
static bool flag_of(const struct put *p, const struct row *row)
{
    bool flag = false;
    memcpy(&flag, p->domain + row->domain_count, sizeof flag);
    return flag;
}

/* The generated structs have no const; packing only reads. */
static ProtobufCBinaryData binary(struct slice s)
{
    ProtobufCBinaryData data = {.len = s.len};
    memcpy(&data.data, &s.ptr, sizeof data.data);
    return data;
}

static err_t put_slice(struct put *p, const struct row *row, struct slice value)
{
    TRY(row_check_slice(row, value, p->why));
    ProtobufCBinaryData data = binary(value);
    memcpy(to(p, row), &data, sizeof data);
    p->any = p->any || value.len > 0;
    return err_ok();
}

static err_t put_effect_id(struct put *p, const struct row *row)
{
    const struct effect_id *id = from(p, row);
    return put_slice(p, row, effect_id_zero(*id) ? (struct slice){0} : effect_id_slice(id));
}

static err_t put_number(struct put *p, const struct row *row, const void *value, size_t bytes)
{
    static const char zero[sizeof(uint64_t)];
    memcpy(to(p, row), value, bytes);
    p->any = p->any || memcmp(value, zero, bytes) != 0;
    return err_ok();
}

static err_t put_signed(struct put *p, const struct row *row)
{
    if (row->kind == ROW_I32) {
        int32_t value = 0;
        memcpy(&value, from(p, row), sizeof value);
        TRY(row_check_i64(row, value, p->why));
        return put_number(p, row, &value, sizeof value);
    }
    int64_t value = 0;
    memcpy(&value, from(p, row), sizeof value);
    TRY(row_check_i64(row, value, p->why));
    return put_number(p, row, &value, sizeof value);
}

static err_t put_size(struct put *p, const struct row *row)
{
    size_t size = 0;
    memcpy(&size, from(p, row), sizeof size);
    if (size > UINT32_MAX) {
        return ERR(RANGE);
    }
    uint32_t value = (uint32_t)size;
    return put_number(p, row, &value, sizeof value);
}

static err_t put_bool(struct put *p, const struct row *row)
{
    const bool *flag = from(p, row);
    protobuf_c_boolean value = *flag ? 1 : 0;
    return put_number(p, row, &value, sizeof value);
}

static err_t put_double(struct put *p, const struct row *row)
{
    double value = 0.0;
    memcpy(&value, from(p, row), sizeof value);
    if (row->kind == ROW_DOUBLE_GIVEN) {
        if (value < 0.0) {
            return err_ok(); /* not given: the oneof's case stays 0 */
        }
        memcpy(p->wire + row->wire_count, &row->max, sizeof row->max);
        p->any = true;
    }
    TRY(row_check_double(row, value, p->why));
    return put_number(p, row, &value, sizeof value);
}

static err_t put_bool_given(struct put *p, const struct row *row)
{
    if (!flag_of(p, row)) {
        return err_ok();
    }
    memcpy(p->wire + row->wire_count, &row->max, sizeof row->max);
    p->any = true;
    return put_bool(p, row);
}

static err_t put_enum(struct put *p, const struct row *row)
{
    uint32_t domain = 0;
    memcpy(&domain, from(p, row), sizeof domain);
    uint32_t wire = 0;
    TRY(row_enum_wire(row, domain, p->why, &wire));
    return put_number(p, row, &wire, sizeof wire);
}

static err_t put_message(struct put *p, const struct row *row)
{
    bool given = row->kind == ROW_MESSAGE_GIVEN;
    if (given && !flag_of(p, row)) {
        return err_ok();
    }
    ProtobufCMessage *wire = NULL;
    bool any = false;
    err_t e = schema_put(row->of, from(p, row), p->why, p->scratch, &wire, &any);
    if (err_failed(e)) {
        why_prefix(p->why, "%s.", row->name);
        return e;
    }
    if (given || any || row->required) {
        memcpy(to(p, row), &wire, sizeof wire);
        p->any = true;
    }
    return err_ok();
}

static err_t put_messages(struct put *p, const struct row *row)
{
    size_t count = count_of(p, row);
    TRY(row_check_count(row, count, p->why));
    if (count == 0) {
        return err_ok();
    }
    const char *items = from(p, row);
    if (row->kind == ROW_MESSAGES) {
        memcpy(&items, from(p, row), sizeof items);
    }
    ProtobufCMessage **wires = scratch_take(p->scratch, count * sizeof *wires);
    for (size_t i = 0; i < count; i++) {
        err_t e = schema_put(row->of, items + i * row->of->domain_size, p->why, p->scratch,
                             &wires[i], NULL);
        if (err_failed(e)) {
            why_prefix(p->why, "%s[%zu].", row->name, i);
            return e;
        }
    }
    set_count(p, row, count);
    memcpy(to(p, row), &wires, sizeof wires);
    p->any = true;
    return err_ok();
}

/* Lists of slices, and of hashes as slices. */
static err_t put_slices(struct put *p, const struct row *row)
{
    size_t count = count_of(p, row);
    TRY(row_check_count(row, count, p->why));
    if (count == 0) {
        return err_ok();
    }
    const char *items = from(p, row);
    if (row->kind == ROW_TEXTS || row->kind == ROW_LABELS) {
        memcpy(&items, from(p, row), sizeof items);
    }
    ProtobufCBinaryData *wires = scratch_take(p->scratch, count * sizeof *wires);
    for (size_t i = 0; i < count; i++) {
        struct slice item = {0};
        if (row->kind == ROW_HASHES_IN) {
            item = slice_from(items + i * IDENT_KEY_BYTES, IDENT_KEY_BYTES);
        } else {
            memcpy(&item, items + i * sizeof item, sizeof item);
        }
        TRY(row_check_item(row, i, item, p->why));
        wires[i] = binary(item);
    }
    set_count(p, row, count);
    memcpy(to(p, row), &wires, sizeof wires);
    p->any = true;
    return err_ok();
}

static err_t put_row(struct put *p, const struct row *row)
{
    switch (row->kind) {
    case ROW_BYTES:
    case ROW_ID:
    case ROW_LABEL:
    case ROW_TEXT:
    case ROW_NAME:
    case ROW_KEY:
    case ROW_FIXED: {
        const struct slice *value = from(p, row);
        return put_slice(p, row, *value);
    }
    case ROW_EFFECT_ID: return put_effect_id(p, row);
    case ROW_BOOL: return put_bool(p, row);
    case ROW_U32: return put_number(p, row, from(p, row), sizeof(uint32_t));
    case ROW_SIZE: return put_size(p, row);
    case ROW_U64: return put_number(p, row, from(p, row), sizeof(uint64_t));
    case ROW_I32:
    case ROW_I64:
    case ROW_OFFSET: return put_signed(p, row);
    case ROW_DOUBLE:
    case ROW_DOUBLE_GIVEN: return put_double(p, row);
    case ROW_BOOL_GIVEN: return put_bool_given(p, row);
    case ROW_ENUM: return put_enum(p, row);
    case ROW_MESSAGE:
    case ROW_MESSAGE_GIVEN: return put_message(p, row);
    case ROW_MESSAGES:
    case ROW_MESSAGES_IN: return put_messages(p, row);
    case ROW_TEXTS:
    case ROW_LABELS:
    case ROW_BOXES_IN:
    case ROW_HASHES_IN: return put_slices(p, row);
    }
    BUG("a row of no kind");
}

err_t schema_put(const struct schema *schema, const void *domain, struct why *why,
                 struct scratch *scratch, ProtobufCMessage **ret_wire, bool *ret_any)
{
    ProtobufCMessage *wire = scratch_take(scratch, schema->descriptor->sizeof_message);
    schema->descriptor->message_init(wire);
    struct put p = {.domain = domain, .scratch = scratch, .why = why};
    void *place = wire;
    p.wire = place;
    for (size_t i = 0; i < schema->row_count; i++) {
        TRY(put_row(&p, &schema->rows[i]));
    }
    if (schema->check != NULL) {
        TRY(schema->check(domain, why));
    }
    *ret_wire = wire;
    if (ret_any != NULL) {
        *ret_any = p.any;
    }
    return err_ok();
}

err_t codec_pack(const ProtobufCMessage *wire, size_t bytes_max, struct buf *out)
{
    size_t bytes = protobuf_c_message_get_packed_size(wire);
    if (bytes > bytes_max) {
        return ERR(TOO_LARGE);
    }
    char *room = NULL;
    TRY(buf_reserve(out, bytes, &room));
    void *place = room;
    CHECK(protobuf_c_message_pack(wire, place) == bytes);
    buf_grew(out, bytes);
    return err_ok();
}
