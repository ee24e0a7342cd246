#include "base/check.h"
#include "event/codec_schema.h"

#include <string.h>

struct get {
    const char *wire; /* generated struct that is read */
    char *domain;     /* struct that is filled */
    struct arena *arena;
    struct why *why;
};

static const void *from(const struct get *g, const struct row *row)
{
    return g->wire + row->wire;
}
static void *to(const struct get *g, const struct row *row)
{
    return g->domain + row->domain;
}
static size_t count_of(const struct get *g, const struct row *row)
{
    size_t count = 0;
    memcpy(&count, g->wire + row->wire_count, sizeof count);
    return count;
}
static void set_count(const struct get *g, const struct row *row, size_t count)
{
    memcpy(g->domain + row->domain_count, &count, sizeof count);
}
/* True when a oneof of one member holds it. */
static bool given(const struct get *g, const struct row *row)
{
    uint32_t number = 0;
    memcpy(&number, g->wire + row->wire_count, sizeof number);
    return number == row->max;
}

static err_t full(struct why *why)
{
    why_set(why, "the record asks for more memory than one record may have");
    return ERR(ARENA_FULL);
}

static struct slice slice_at(const void *place)
{
    const ProtobufCBinaryData *data = place;
    return data->len == 0 ? (struct slice){0} : slice_from(data->data, data->len);
}

static err_t get_slice(struct get *g, const struct row *row)
{
    struct slice value = slice_at(from(g, row));
    TRY(row_check_slice(row, value, g->why));
    memcpy(to(g, row), &value, sizeof value);
    return err_ok();
}

static err_t get_effect_id(struct get *g, const struct row *row)
{
    struct slice value = slice_at(from(g, row));
    TRY(row_check_slice(row, value, g->why));
    if (value.len > 0) {
        memcpy(to(g, row), value.ptr, IDENT_EFFECT_BYTES);
        /* All zero in memory says "none", which is written by leaving it out. */
        const struct effect_id *id = to(g, row);
        if (effect_id_zero(*id)) {
            return row_missing(row, g->why);
        }
    }
    return err_ok();
}

static void get_bool(struct get *g, const struct row *row)
{
    protobuf_c_boolean value = 0;
    memcpy(&value, from(g, row), sizeof value);
    bool flag = value != 0;
    memcpy(to(g, row), &flag, sizeof flag);
}

static err_t get_signed(struct get *g, const struct row *row)
{
    if (row->kind == ROW_I32) {
        int32_t value = 0;
        memcpy(&value, from(g, row), sizeof value);
        TRY(row_check_i64(row, value, g->why));
        memcpy(to(g, row), &value, sizeof value);
        return err_ok();
    }
    int64_t value = 0;
    memcpy(&value, from(g, row), sizeof value);
    TRY(row_check_i64(row, value, g->why));
    memcpy(to(g, row), &value, sizeof value);
    return err_ok();
}

static void get_size(struct get *g, const struct row *row)
{
    uint32_t value = 0;
    memcpy(&value, from(g, row), sizeof value);
    size_t size = value;
    memcpy(to(g, row), &size, sizeof size);
}

static err_t get_double(struct get *g, const struct row *row)
{
    double value = -1.0; /* not given */
    if (row->kind == ROW_DOUBLE || given(g, row)) {
        memcpy(&value, from(g, row), sizeof value);
        TRY(row_check_double(row, value, g->why));
    }
    memcpy(to(g, row), &value, sizeof value);
    return err_ok();
}

static void get_bool_given(struct get *g, const struct row *row)
{
    bool flag = given(g, row);
    memcpy(g->domain + row->domain_count, &flag, sizeof flag);
    if (flag) {
        get_bool(g, row);
    }
}

static err_t get_enum(struct get *g, const struct row *row)
{
    uint32_t wire = 0;
    memcpy(&wire, from(g, row), sizeof wire);
    uint32_t domain = 0;
    TRY(row_enum_domain(row, wire, g->why, &domain));
    memcpy(to(g, row), &domain, sizeof domain);
    return err_ok();
}

static err_t get_message(struct get *g, const struct row *row)
{
    const ProtobufCMessage *wire = NULL;
    memcpy(&wire, from(g, row), sizeof wire);
    if (row->kind == ROW_MESSAGE_GIVEN) {
        bool flag = wire != NULL;
        memcpy(g->domain + row->domain_count, &flag, sizeof flag);
    }
    if (wire == NULL) { /* all empty, as the domain struct is already */
        return row->required ? row_missing(row, g->why) : err_ok();
    }
    err_t e = schema_get(row->of, wire, g->arena, g->why, to(g, row));
    if (err_failed(e)) {
        why_prefix(g->why, "%s.", row->name);
    }
    return e;
}

static err_t get_messages(struct get *g, const struct row *row)
{
    size_t count = count_of(g, row);
    TRY(row_check_count(row, count, g->why));
    if (count == 0) {
        return err_ok();
    }
    ProtobufCMessage *const *wires = NULL;
    memcpy(&wires, from(g, row), sizeof wires);
    char *items = to(g, row);
    if (row->kind == ROW_MESSAGES) {
        items = arena_array(g->arena, count, row->of->domain_size);
        if (items == NULL) {
            return full(g->why);
        }
        memcpy(to(g, row), &items, sizeof items);
    }
    for (size_t i = 0; i < count; i++) {
        err_t e = schema_get(row->of, wires[i], g->arena, g->why, items + i * row->of->domain_size);
        if (err_failed(e)) {
            why_prefix(g->why, "%s[%zu].", row->name, i);
            return e;
        }
    }
    set_count(g, row, count);
    return err_ok();
}

/* Lists of slices, and of hashes. */
static err_t get_slices(struct get *g, const struct row *row)
{
    size_t count = count_of(g, row);
    TRY(row_check_count(row, count, g->why));
    if (count == 0) {
        return err_ok();
    }
    const ProtobufCBinaryData *wires = NULL;
    memcpy(&wires, from(g, row), sizeof wires);
    char *items = to(g, row);
    if (row->kind == ROW_TEXTS || row->kind == ROW_LABELS) {
        items = arena_array(g->arena, count, sizeof(struct slice));
        if (items == NULL) {
            return full(g->why);
        }
        memcpy(to(g, row), &items, sizeof items);
    }
    for (size_t i = 0; i < count; i++) {
        struct slice item = slice_at(&wires[i]);
        TRY(row_check_item(row, i, item, g->why));
        if (row->kind == ROW_HASHES_IN) {
            memcpy(items + i * IDENT_KEY_BYTES, item.ptr, IDENT_KEY_BYTES);
        } else {
            memcpy(items + i * sizeof item, &item, sizeof item);
        }
    }
    set_count(g, row, count);
    return err_ok();
}

static err_t get_row(struct get *g, const struct row *row)
{
    switch (row->kind) {
    case ROW_BYTES:
    case ROW_ID:
    case ROW_LABEL:
    case ROW_TEXT:
    case ROW_NAME:
    case ROW_KEY:
    case ROW_FIXED: return get_slice(g, row);
    case ROW_EFFECT_ID: return get_effect_id(g, row);
    case ROW_BOOL: get_bool(g, row); return err_ok();
    case ROW_U32: memcpy(to(g, row), from(g, row), sizeof(uint32_t)); return err_ok();
    case ROW_SIZE: get_size(g, row); return err_ok();
    case ROW_U64: memcpy(to(g, row), from(g, row), sizeof(uint64_t)); return err_ok();
    case ROW_I32:
    case ROW_I64:
    case ROW_OFFSET: return get_signed(g, row);
    case ROW_DOUBLE:
    case ROW_DOUBLE_GIVEN: return get_double(g, row);
    case ROW_BOOL_GIVEN: get_bool_given(g, row); return err_ok();
    case ROW_ENUM: return get_enum(g, row);
    case ROW_MESSAGE:
    case ROW_MESSAGE_GIVEN: return get_message(g, row);
    case ROW_MESSAGES:
    case ROW_MESSAGES_IN: return get_messages(g, row);
    case ROW_TEXTS:
    case ROW_LABELS:
    case ROW_BOXES_IN:
    case ROW_HASHES_IN: return get_slices(g, row);
    }
    BUG("a row of no kind");
}

err_t schema_get(const struct schema *schema, const ProtobufCMessage *wire, struct arena *arena,
                 struct why *why, void *domain)
{
    const void *place = wire;
    struct get g = {.wire = place, .arena = arena, .why = why};
    g.domain = domain;
    for (size_t i = 0; i < schema->row_count; i++) {
        TRY(get_row(&g, &schema->rows[i]));
    }
    return schema->check == NULL ? err_ok() : schema->check(domain, why);
}

struct arena_use {
    struct arena *arena;
    bool full;
};

static void *unpack_alloc(void *use_, size_t bytes)
{
    struct arena_use *use = use_;
    void *place = arena_alloc(use->arena, bytes);
    use->full = use->full || place == NULL;
    return place;
}

static void unpack_free(void *use, void *place)
{
    (void)use; /* it goes with the arena */
    (void)place;
}

err_t codec_unpack(const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
                   size_t bytes_max, struct arena *arena, struct why *why,
                   ProtobufCMessage **ret_wire)
{
    if (bytes.len > bytes_max) {
        why_set(why, "the record has %zu bytes, at most %zu are allowed", bytes.len, bytes_max);
        return ERR(TOO_LARGE);
    }
    struct arena_use use = {.arena = arena};
    ProtobufCAllocator allocator = {
        .alloc = unpack_alloc, .free = unpack_free, .allocator_data = &use};
    const void *place = bytes.ptr;
    ProtobufCMessage *wire = protobuf_c_message_unpack(descriptor, &allocator, bytes.len, place);
    if (wire == NULL && use.full) {
        return full(why);
    }
    if (wire == NULL) {
        why_set(why, "the bytes are not a record of this kind");
        return ERR(SYNTAX);
    }
    *ret_wire = wire;
    return err_ok();
}
