#include "event/horizon_text.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>

static uint32_t crc32_of(struct slice bytes)
{
    uint32_t crc = 0xFFFFFFFFU;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
        }
    }
    return ~crc;
}

void horizon_text_format(const struct horizon_text *value, char text[HORIZON_TEXT_BYTES])
{
    CHECK(value->horizon >= 0 && value->events >= 0);
    int length = snprintf(text, HORIZON_TEXT_BYTES,
                          "v=2;inc=%" PRIu64 ";hor=%" PRId64 ";ev=%" PRId64 ";at=%" PRIu64,
                          value->incarnation, value->horizon, value->events, value->counts);
    CHECK(length > 0 && length + 14 < HORIZON_TEXT_BYTES);
    size_t len = (size_t)length;
    (void)snprintf(text + len, HORIZON_TEXT_BYTES - len, ";crc=%08" PRIx32,
                   crc32_of(slice_from(text, len)));
}

static err_t number_take(struct slice *rest, struct slice name, uint64_t *ret_value)
{
    struct slice value = {0};
    TRY(slice_take_member(rest, name, &value));
    return slice_to_u64(value, ret_value);
}

err_t horizon_text_parse(struct slice text, struct horizon_text *ret_value)
{
    if (text.len >= HORIZON_TEXT_BYTES) {
        return ERR(SYNTAX);
    }
    struct slice rest = text;
    uint64_t version = 0;
    uint64_t incarnation = 0;
    uint64_t horizon = 0;
    uint64_t events = 0;
    uint64_t counts = 0;
    if (err_failed(number_take(&rest, SLICE("v="), &version)) || version != 2 ||
        err_failed(number_take(&rest, SLICE("inc="), &incarnation)) ||
        err_failed(number_take(&rest, SLICE("hor="), &horizon)) || horizon > INT64_MAX ||
        err_failed(number_take(&rest, SLICE("ev="), &events)) || events > INT64_MAX ||
        err_failed(number_take(&rest, SLICE("at="), &counts))) {
        return ERR(SYNTAX);
    }
    struct horizon_text value = {
        .incarnation = incarnation,
        .horizon = (int64_t)horizon,
        .events = (int64_t)events,
        .counts = counts,
    };
    /* There is one way to write it, so writing it again is the whole check. */
    char again[HORIZON_TEXT_BYTES];
    horizon_text_format(&value, again);
    if (!slice_equal(text, slice_of(again))) {
        return ERR(SYNTAX);
    }
    *ret_value = value;
    return err_ok();
}

const char *horizon_first_metadata(void)
{
    return "v=2;inc=0;hor=0;ev=0;at=0;crc=549737c9";
}

bool horizon_text_is_of_another(struct slice text)
{
    struct slice rest = text;
    uint64_t version = 0;
    return !err_failed(number_take(&rest, SLICE("v="), &version)) && version != 2;
}
