#include "event/codec.h"
#include "event/codec_parts.h"

#include "wire/dead.pb-c.h"

#include <stdalign.h>
#include <string.h>

#define DOMAIN struct dead
#define WIRE Tieline__V1__Dead
static const struct row dead_rows[] = {
    LABEL_NEEDED(stage),
    {.name = "class", /* a word that generated code does not take as it is */
     .kind = ROW_LABEL,
     .wire = WIRE_OFFSET(class_, ProtobufCBinaryData),
     .domain = DOMAIN_OFFSET(class, struct slice),
     .max = LIMIT_LABEL_BYTES_MAX},
    LABEL_NEEDED(reason),
    LABEL(text),
    ID(topic),
    PARTITION(partition),
    OFFSET(offset),
    U32(tries),
    WALL(at),
    ID(account),
    ROW_(conversation, ID, struct slice, ProtobufCBinaryData, LIMIT_KEY_BYTES_MAX, false),
    EFFECT_ID(effect_id),
    BYTES(key, LIMIT_DEAD_VALUE_BYTES_MAX),
    BYTES(value, LIMIT_DEAD_VALUE_BYTES_MAX),
};
#undef DOMAIN
#undef WIRE
static const struct schema dead_schema =
    SCHEMA(dead_rows, struct dead, tieline__v1__dead__descriptor, NULL);

err_t codec_dead_encode(const struct dead *dead, struct buf *out)
{
    alignas(SCRATCH_ALIGN) char room[SCRATCH_BYTES(sizeof(Tieline__V1__Dead))];
    struct scratch scratch = {room, sizeof room};
    ProtobufCMessage *message = NULL;
    TRY(schema_put(&dead_schema, dead, NULL, &scratch, &message, NULL));
    void *place = message;
    Tieline__V1__Dead *wire = place;
    wire->schema = DEAD_SCHEMA;
    return codec_pack(message, LIMIT_DEAD_BYTES_MAX, out);
}

static err_t dead_from(struct arena *arena, struct slice bytes, struct why *why,
                       struct dead *ret_dead)
{
    ProtobufCMessage *message = NULL;
    TRY(codec_unpack(&tieline__v1__dead__descriptor, bytes, LIMIT_DEAD_BYTES_MAX, arena, why,
                     &message));
    const void *place = message;
    const Tieline__V1__Dead *wire = place;
    TRY(codec_check_version(wire->schema, DEAD_SCHEMA, why));
    struct dead dead;
    memset(&dead, 0, sizeof dead);
    TRY(schema_get(&dead_schema, message, arena, why, &dead));
    *ret_dead = dead;
    return err_ok();
}

err_t codec_dead_decode(struct arena *arena, struct slice bytes, struct why *why,
                        struct dead *ret_dead)
{
    struct arena_mark mark = arena_mark(arena);
    err_t e = dead_from(arena, bytes, why, ret_dead);
    if (err_failed(e)) {
        arena_release(arena, mark);
    }
    return e;
}
