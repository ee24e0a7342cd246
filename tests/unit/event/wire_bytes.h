/* wire_bytes — members of a protobuf message, written by hand.
 *
 * A later value of a member replaces an earlier one, a later message is merged into an earlier one,
 * and a later element is added to a list. So what is appended to a good record changes one thing in
 * it, without the encoder, which would refuse it. Only a oneof is replaced whole. */
#ifndef TESTS_UNIT_EVENT_WIRE_BYTES_H
#define TESTS_UNIT_EVENT_WIRE_BYTES_H

#include "base/buf.h"
#include "tests/support/unit.h"

static inline void wire_varint(struct buf *out, uint64_t value)
{
    do {
        unsigned char byte = (unsigned char)(value & 0x7F);
        value >>= 7;
        byte = (unsigned char)(byte | (value > 0 ? 0x80 : 0));
        EXPECT_OK("append", buf_append(out, slice_from(&byte, 1)));
    } while (value > 0);
}
static inline void wire_number(struct buf *out, uint32_t member, uint64_t value)
{
    wire_varint(out, (uint64_t)member << 3);
    wire_varint(out, value);
}
static inline void wire_fixed64(struct buf *out, uint32_t member, uint64_t value)
{
    wire_varint(out, (uint64_t)member << 3 | 1);
    unsigned char bytes[8];
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    EXPECT_OK("append", buf_append(out, slice_from(bytes, sizeof bytes)));
}
static inline void wire_bytes(struct buf *out, uint32_t member, struct slice value)
{
    wire_varint(out, (uint64_t)member << 3 | 2);
    wire_varint(out, value.len);
    EXPECT_OK("append", buf_append(out, value));
}
/* The bytes of the message `member`, which must be in `message` and have a number below 2048. */
static inline struct slice wire_find(struct slice message, uint32_t member)
{
    size_t at = 0;
    while (at < message.len) {
        uint64_t head[2] = {0}; /* member and type; value or length */
        for (size_t i = 0; i < 2; i++) {
            unsigned shift = 0;
            unsigned char byte = 0x80;
            while (at < message.len && (byte & 0x80) != 0) {
                byte = (unsigned char)message.ptr[at++];
                head[i] |= (uint64_t)(byte & 0x7F) << shift;
                shift += 7;
            }
        }
        if ((head[0] & 7) != 2) {
            continue; /* a number: these records have no others at the top */
        }
        struct slice bytes = slice_sub(message, at, at + (size_t)head[1]);
        if (head[0] >> 3 == member) {
            return bytes;
        }
        at += bytes.len;
    }
    fail_msg("no member %u", (unsigned)member);
    return (struct slice){0};
}

#endif
