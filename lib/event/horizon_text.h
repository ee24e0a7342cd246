/* horizon_text — what egress writes beside the committed offset of a `commands` partition, as text.
 *
 *     v=2;inc=7;hor=1204;ev=88120;at=6;crc=5f3a90c1
 *
 *     inc  incarnation: how many owners the partition has had; in its upper 32 bits how often the
 *          deployment was moved, since the topics of the next prefix count their offsets from 0
 *          again, and what is named by one must not be taken for its namesake
 *     hor  the horizon: no command at or beyond this offset has been sent, unless a record in
 *          `events` says so
 *     ev   offset in `events` (same partition number) from which outcomes and horizons count
 *     at   the incarnation whose records count at `ev`, until a newer one begins there
 *     crc  CRC-32 of all before ";crc=", eight lower-case hex digits
 *
 * Kafka keeps metadata as text only and cuts it at a NUL. One form only is accepted: no spaces, no
 * leading zeros, members in this order. It stands here, and not in egress, because the operator's
 * tool writes the first one. */
#ifndef EVENT_HORIZON_TEXT_H
#define EVENT_HORIZON_TEXT_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum { HORIZON_TEXT_BYTES = 128 };

struct horizon_text {
    uint64_t incarnation;
    int64_t horizon; /* >= 0 */
    int64_t events;  /* >= 0 */
    uint64_t counts; /* incarnation that counts at `events` */
};

enum { HORIZON_MOVES_SHIFT = 32 };
static inline uint64_t horizon_moves(uint64_t incarnation)
{
    return incarnation >> HORIZON_MOVES_SHIFT;
}
/* Below every owner that a partition has after so many moves. */
static inline uint64_t horizon_first_incarnation(uint64_t moves)
{
    return moves << HORIZON_MOVES_SHIFT;
}

/* Writes the text and a NUL. CHECK: offsets are not negative. */
void horizon_text_format(const struct horizon_text *value, char text[HORIZON_TEXT_BYTES]);
/* SYNTAX: another version or form, or the checksum does not fit. */
MUST_USE err_t horizon_text_parse(struct slice text, struct horizon_text *ret_value);
/* Of those that cannot be parsed: another release of ours wrote it, in another version. */
bool horizon_text_is_of_another(struct slice text);

/* Of a partition that nobody has owned yet; static text. */
const char *horizon_first_metadata(void);

#endif
