#include "processor/core/checkpoint.h"

#include "event/ident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* No conversation key starts like this: account names have no "#". */
struct slice checkpoint_key(void)
{
    return SLICE("#checkpoint");
}

void checkpoint_format(struct checkpoint c, char text[CHECKPOINT_TEXT_BYTES])
{
    (void)snprintf(text, CHECKPOINT_TEXT_BYTES,
                   "v=5;next=%" PRId64 ";config=%" PRId64 ";inc=%" PRIu64 ";alive=%" PRId64
                   ";since=%" PRId64 ";until=%" PRId64 ";of=%s;at=%" PRId64 ";episode=%" PRIu32
                   ";epoch=%" PRIu32 ";status=%" PRIu32,
                   c.next, c.config, c.incarnation, c.gaps.alive.ms, c.gaps.since.ms,
                   c.gaps.until.ms, c.gaps.account, c.at.ms, c.numbers.episode, c.numbers.epoch,
                   c.numbers.status);
}

static err_t take_number(struct slice *rest, struct slice name, int64_t *ret_number)
{
    struct slice value = {0};
    TRY(slice_take_member(rest, name, &value));
    return slice_to_i64(value, ret_number);
}

static err_t take_gaps(struct slice *rest, struct gaps *ret_gaps)
{
    struct gaps gaps = {0};
    struct slice account = {0};
    TRY(take_number(rest, SLICE("alive="), &gaps.alive.ms));
    TRY(take_number(rest, SLICE("since="), &gaps.since.ms));
    TRY(take_number(rest, SLICE("until="), &gaps.until.ms));
    TRY(slice_take_member(rest, SLICE("of="), &account));
    if (account.len > 0 && !ident_is_name(account)) {
        return ERR(SYNTAX);
    }
    if (account.len > 0) {
        memcpy(gaps.account, account.ptr, account.len);
    }
    *ret_gaps = gaps;
    return err_ok();
}

static err_t take_u32(struct slice *rest, struct slice name, uint32_t *ret_number)
{
    int64_t number = 0;
    TRY(take_number(rest, name, &number));
    if (number < 0 || number > UINT32_MAX) {
        return ERR(SYNTAX);
    }
    *ret_number = (uint32_t)number;
    return err_ok();
}

static err_t take_life(struct slice *rest, struct checkpoint *c)
{
    TRY(take_number(rest, SLICE("at="), &c->at.ms));
    TRY(take_u32(rest, SLICE("episode="), &c->numbers.episode));
    return take_u32(rest, SLICE("epoch="), &c->numbers.epoch);
}

err_t checkpoint_parse(struct slice text, struct checkpoint *ret_checkpoint)
{
    struct checkpoint c = {0};
    int64_t version = 0;
    int64_t incarnation = 0;
    struct slice rest = text;
    TRY(take_number(&rest, SLICE("v="), &version));
    TRY(take_number(&rest, SLICE("next="), &c.next));
    TRY(take_number(&rest, SLICE("config="), &c.config));
    if (version >= 2) {
        TRY(take_number(&rest, SLICE("inc="), &incarnation));
    }
    if (version >= 3) {
        TRY(take_gaps(&rest, &c.gaps));
    }
    if (version >= 4) {
        TRY(take_life(&rest, &c));
    }
    if (version >= 5) {
        TRY(take_u32(&rest, SLICE("status="), &c.numbers.status));
    }
    if (version < 1 || version > 5 || rest.len > 0 || c.next < 0 || c.config < -1 ||
        incarnation < 0) {
        return ERR(SYNTAX);
    }
    c.incarnation = (uint64_t)incarnation;
    *ret_checkpoint = c;
    return err_ok();
}
