/* codec_schema — a record's format as a table: one row a member, read in both directions.
 *
 *     struct customer            customer_rows[]             Tieline__V1__Customer
 *       user_id   slice  ◀──▶  { "user_id", ID, 256 }  ◀──▶   user_id  ProtobufCBinaryData
 *       name      slice  ◀──▶  { "name", LABEL, 1024 } ◀──▶   name     ProtobufCBinaryData
 *
 * The same row checks what is written and what was read, so that nothing can be encoded that the
 * decoder would refuse. Whoever writes a table defines, around it, DOMAIN as the domain's struct
 * and WIRE as the generated one; the rows' macros check the domain member's type at compile time.
 * Private to lib/event/codec_*.c. */
#ifndef EVENT_CODEC_SCHEMA_H
#define EVENT_CODEC_SCHEMA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "event/ident.h"

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum row_kind {
    ROW_BYTES, /* slice: anything */
    ROW_ID,    /* slice without NUL */
    ROW_LABEL, /* slice of UTF-8 without NUL */
    ROW_TEXT,  /* slice of UTF-8 */
    ROW_NAME,  /* slice: account or store name */
    ROW_KEY,   /* slice: conversation key */
    ROW_FIXED, /* slice of exactly `max` bytes */
    ROW_EFFECT_ID,
    ROW_BOOL,
    ROW_U32, /* also size_t: ROW_SIZE */
    ROW_SIZE,
    ROW_U64,
    ROW_I32,          /* an int32_t from -1: partition */
    ROW_I64,          /* an int64_t from 0: time, span, offset */
    ROW_OFFSET,       /* an int64_t from -1 */
    ROW_DOUBLE,       /* finite */
    ROW_DOUBLE_GIVEN, /* 0..1; in the domain negative = not given, on the wire a oneof of one */
    ROW_BOOL_GIVEN,   /* with a flag in the domain, on the wire a oneof of one */
    ROW_ENUM,
    ROW_MESSAGE,       /* struct within the struct; absent when all of it is empty */
    ROW_MESSAGE_GIVEN, /* the same, present when its flag is set */
    ROW_MESSAGES,      /* pointer to structs, and a count */
    ROW_MESSAGES_IN,   /* array of structs within the struct, and a count */
    ROW_TEXTS,         /* pointer to slices of UTF-8, none empty, and a count */
    ROW_LABELS,        /* the same without NUL */
    ROW_BOXES_IN,      /* array of slices within the struct, and a count */
    ROW_HASHES_IN,     /* array of IDENT_KEY_BYTES within the struct, and a count */
};

/* Domain value and wire number of one name; what stands in no row is refused. */
struct enum_row {
    uint32_t domain;
    uint32_t wire;
};
struct enum_rows {
    const struct enum_row *rows;
    size_t count;
};
#define ENUM_ROWS(array)                                                                           \
    {                                                                                              \
        (array), sizeof(array) / sizeof((array)[0])                                                \
    }
/* Without the first row, which says "none". */
#define ENUM_ROWS_NEEDED(array)                                                                    \
    {                                                                                              \
        (array) + 1, sizeof(array) / sizeof((array)[0]) - 1                                        \
    }

struct schema;
struct row {
    const char *name;
    enum row_kind kind;
    bool required;           /* empty, zero or absent is refused */
    uint16_t wire;           /* offset in the generated struct */
    uint16_t wire_count;     /* offset of n_…, or of a oneof's case */
    uint32_t domain;         /* offset in the domain struct */
    uint32_t domain_count;   /* offset of the count or flag */
    uint32_t max;            /* bytes of a value, elements of a list, number of a oneof's field */
    uint32_t item_bytes_max; /* of each element of a list of slices */
    const struct schema *of;
    const struct enum_rows *names;
};
struct schema {
    const ProtobufCMessageDescriptor *descriptor;
    size_t domain_size;
    const struct row *rows;
    size_t row_count;
    /* What rows cannot say: a rule between members. May be NULL. */
    err_t (*check)(const void *domain, struct why *why);
};

/* Offset of a member that must have the type; anything else does not compile. */
#define TYPED_OFFSET(struct_, member, type)                                                        \
    (offsetof(struct_, member) + 0 * sizeof(char[_Generic(((struct_ *)0)->member, type : 1)]))
#define DOMAIN_OFFSET(member, type) ((uint32_t)TYPED_OFFSET(DOMAIN, member, type))
#define WIRE_OFFSET(member, type) ((uint16_t)TYPED_OFFSET(WIRE, member, type))

#define ROW_(name_, kind_, type, wire_type, max_, needed)                                          \
    {                                                                                              \
        .name = #name_, .kind = ROW_##kind_, .required = (needed),                                 \
        .wire = WIRE_OFFSET(name_, wire_type), .domain = DOMAIN_OFFSET(name_, type), .max = (max_) \
    }
#define BYTES(name, max) ROW_(name, BYTES, struct slice, ProtobufCBinaryData, max, false)
#define ID(name) ROW_(name, ID, struct slice, ProtobufCBinaryData, LIMIT_ID_BYTES_MAX, false)
#define ID_NEEDED(name) ROW_(name, ID, struct slice, ProtobufCBinaryData, LIMIT_ID_BYTES_MAX, true)
#define LABEL(name)                                                                                \
    ROW_(name, LABEL, struct slice, ProtobufCBinaryData, LIMIT_LABEL_BYTES_MAX, false)
#define LABEL_NEEDED(name)                                                                         \
    ROW_(name, LABEL, struct slice, ProtobufCBinaryData, LIMIT_LABEL_BYTES_MAX, true)
#define URL(name) ROW_(name, LABEL, struct slice, ProtobufCBinaryData, LIMIT_URL_BYTES_MAX, false)
#define URL_NEEDED(name)                                                                           \
    ROW_(name, LABEL, struct slice, ProtobufCBinaryData, LIMIT_URL_BYTES_MAX, true)
#define TEXT(name, max) ROW_(name, TEXT, struct slice, ProtobufCBinaryData, max, false)
#define NAME(name) ROW_(name, NAME, struct slice, ProtobufCBinaryData, LIMIT_NAME_BYTES_MAX, false)
#define NAME_NEEDED(name)                                                                          \
    ROW_(name, NAME, struct slice, ProtobufCBinaryData, LIMIT_NAME_BYTES_MAX, true)
#define KEY(name) ROW_(name, KEY, struct slice, ProtobufCBinaryData, LIMIT_KEY_BYTES_MAX, false)
#define KEY_NEEDED(name)                                                                           \
    ROW_(name, KEY, struct slice, ProtobufCBinaryData, LIMIT_KEY_BYTES_MAX, true)
#define FIXED(name, bytes) ROW_(name, FIXED, struct slice, ProtobufCBinaryData, bytes, false)
#define FIXED_NEEDED(name, bytes) ROW_(name, FIXED, struct slice, ProtobufCBinaryData, bytes, true)
#define BOX(name) ROW_(name, BYTES, struct sealed, ProtobufCBinaryData, CODEC_BOX_BYTES_MAX, false)
#define EFFECT_ID(name)                                                                            \
    ROW_(name, EFFECT_ID, struct effect_id, ProtobufCBinaryData, IDENT_EFFECT_BYTES, false)
#define EFFECT_ID_NEEDED(name)                                                                     \
    ROW_(name, EFFECT_ID, struct effect_id, ProtobufCBinaryData, IDENT_EFFECT_BYTES, true)
#define BOOL(name) ROW_(name, BOOL, bool, protobuf_c_boolean, 0, false)
#define U32(name) ROW_(name, U32, uint32_t, uint32_t, 0, false)
#define COUNT(name) ROW_(name, SIZE, size_t, uint32_t, 0, false)
#define U64(name) ROW_(name, U64, uint64_t, uint64_t, 0, false)
#define PARTITION(name) ROW_(name, I32, int32_t, int32_t, 0, false)
#define OFFSET(name) ROW_(name, OFFSET, int64_t, int64_t, 0, false)
#define WALL(name) ROW_(name, I64, wall_ms_t, int64_t, 0, false)
#define SPAN(name) ROW_(name, I64, span_ms_t, int64_t, 0, false)
#define DOUBLE(name) ROW_(name, DOUBLE, double, double, 0, false)

/* A member of the domain's enum `type`; `names_` says which values there are. */
#define ENUM(name_, type, names_)                                                                  \
    {                                                                                              \
        .name = #name_, .kind = ROW_ENUM, .wire = (uint16_t)offsetof(WIRE, name_),                 \
        .domain = DOMAIN_OFFSET(name_, type), .names = &(names_)                                   \
    }
#define MESSAGE(name_, type, schema_)                                                              \
    {                                                                                              \
        .name = #name_, .kind = ROW_MESSAGE, .wire = (uint16_t)offsetof(WIRE, name_),              \
        .domain = DOMAIN_OFFSET(name_, type), .of = &(schema_)                                     \
    }
/* Present even when all of it is empty. */
#define MESSAGE_NEEDED(name_, type, schema_)                                                       \
    {                                                                                              \
        .name = #name_, .kind = ROW_MESSAGE, .required = true,                                     \
        .wire = (uint16_t)offsetof(WIRE, name_), .domain = DOMAIN_OFFSET(name_, type),             \
        .of = &(schema_)                                                                           \
    }
#define MESSAGE_GIVEN(name_, type, flag_, schema_)                                                 \
    {                                                                                              \
        .name = #name_, .kind = ROW_MESSAGE_GIVEN, .wire = (uint16_t)offsetof(WIRE, name_),        \
        .domain = DOMAIN_OFFSET(name_, type), .domain_count = DOMAIN_OFFSET(flag_, bool),          \
        .of = &(schema_)                                                                           \
    }
/* A oneof `name_given` of one member, with field number `number_`. */
#define DOUBLE_GIVEN(name_, number_)                                                               \
    {                                                                                              \
        .name = #name_, .kind = ROW_DOUBLE_GIVEN, .wire = WIRE_OFFSET(name_, double),              \
        .wire_count = (uint16_t)offsetof(WIRE, name_##_given_case),                                \
        .domain = DOMAIN_OFFSET(name_, double), .max = (number_)                                   \
    }
#define BOOL_GIVEN(name_, flag_, number_)                                                          \
    {                                                                                              \
        .name = #name_, .kind = ROW_BOOL_GIVEN, .wire = WIRE_OFFSET(name_, protobuf_c_boolean),    \
        .wire_count = (uint16_t)offsetof(WIRE, name_##_given_case),                                \
        .domain = DOMAIN_OFFSET(name_, bool), .domain_count = DOMAIN_OFFSET(flag_, bool),          \
        .max = (number_)                                                                           \
    }

#define LIST_(name_, kind_, place_, count_, max_, item_max_, of_)                                  \
    {                                                                                              \
        .name = #name_, .kind = ROW_##kind_, .wire = (uint16_t)offsetof(WIRE, name_),              \
        .wire_count = WIRE_OFFSET(n_##name_, size_t),                                              \
        .domain = (uint32_t)offsetof(DOMAIN, place_),                                              \
        .domain_count = DOMAIN_OFFSET(count_, size_t), .max = (max_),                              \
        .item_bytes_max = (item_max_), .of = (of_)                                                 \
    }
#define MESSAGES(name, count, max, schema) LIST_(name, MESSAGES, name, count, max, 0, &(schema))
#define MESSAGES_IN(name, count, max, schema)                                                      \
    LIST_(name, MESSAGES_IN, name, count, max, 0, &(schema))
#define TEXTS(name, count, max, bytes) LIST_(name, TEXTS, name, count, max, bytes, NULL)
#define LABELS(name, count, max) LIST_(name, LABELS, name, count, max, LIMIT_LABEL_BYTES_MAX, NULL)
#define BOXES_IN(name, count, max)                                                                 \
    LIST_(name, BOXES_IN, name, count, max, CODEC_BOX_BYTES_MAX, NULL)
/* A struct secret_hashes. */
#define HASHES_IN(name)                                                                            \
    LIST_(name, HASHES_IN, name.hash, name.count, LIMIT_LIVE_SECRETS_MAX, IDENT_KEY_BYTES, NULL)

#define SCHEMA(rows_, domain_, descriptor_, check_)                                                \
    {                                                                                              \
        .descriptor = &(descriptor_), .domain_size = sizeof(domain_), .rows = (rows_),             \
        .row_count = sizeof(rows_) / sizeof((rows_)[0]), .check = (check_)                         \
    }

enum { CODEC_BOX_BYTES_MAX = LIMIT_SECRET_BYTES_MAX + 64 }; /* a sealed box adds 48 */

/* Room for the generated structs of one record while it is packed; on the encoder's stack. */
struct scratch {
    char *at; /* aligned for any type */
    size_t left;
};
/* `bytes` of it, not cleared, aligned for any type. CHECKs that they are there: an encoder gives
 * its scratch the size that the limits ask for. */
void *scratch_take(struct scratch *scratch, size_t bytes);
enum { SCRATCH_ALIGN = 16 };
#define SCRATCH_BYTES(bytes) (((bytes) + SCRATCH_ALIGN - 1) / SCRATCH_ALIGN * SCRATCH_ALIGN)
/* What a list of `count` generated messages takes. */
#define SCRATCH_LIST(count, wire)                                                                  \
    ((count)*SCRATCH_BYTES(sizeof(wire)) + SCRATCH_BYTES((count) * sizeof(void *)))

/* The generated struct for `domain`, in the scratch; *ret_any (may be NULL) says whether anything
 * in it is not empty.
 * Errors  MISSING, RANGE, TOO_LARGE, UTF8: the decoder would refuse it; `why` names the member. */
MUST_USE err_t schema_put(const struct schema *schema, const void *domain, struct why *why,
                          struct scratch *scratch, ProtobufCMessage **ret_wire, bool *ret_any);
/* Fills `domain` (all zero) from `wire`; slices borrow from it. Lists are made in the arena.
 * Errors  as above, ARENA_FULL. */
MUST_USE err_t schema_get(const struct schema *schema, const ProtobufCMessage *wire,
                          struct arena *arena, struct why *why, void *domain);

/* The rules of one value, the same in both directions. */
MUST_USE err_t row_check_slice(const struct row *row, struct slice value, struct why *why);
MUST_USE err_t row_check_item(const struct row *row, size_t index, struct slice item,
                              struct why *why);
MUST_USE err_t row_check_count(const struct row *row, size_t count, struct why *why);
MUST_USE err_t row_check_i64(const struct row *row, int64_t value, struct why *why);
MUST_USE err_t row_check_double(const struct row *row, double value, struct why *why);
MUST_USE err_t row_missing(const struct row *row, struct why *why);
MUST_USE err_t row_enum_wire(const struct row *row, uint32_t domain, struct why *why,
                             uint32_t *ret_wire);
MUST_USE err_t row_enum_domain(const struct row *row, uint32_t wire, struct why *why,
                               uint32_t *ret_domain);

/* Appends the packed message. TOO_LARGE beyond `bytes_max`, BUF_FULL, NO_MEMORY. */
MUST_USE err_t codec_pack(const ProtobufCMessage *wire, size_t bytes_max, struct buf *out);
/* Unpacks with all memory from the arena. SYNTAX, TOO_LARGE, ARENA_FULL. */
MUST_USE err_t codec_unpack(const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
                            size_t bytes_max, struct arena *arena, struct why *why,
                            ProtobufCMessage **ret_wire);
/* The record's `schema` number. MISSING for 0, UNKNOWN_SCHEMA above `newest`. */
MUST_USE err_t codec_check_version(uint32_t version, uint32_t newest, struct why *why);
/* A conversation key belongs to the account beside it; both have been checked alone. */
MUST_USE err_t codec_check_key(struct slice key, struct slice account, struct why *why);

#endif
